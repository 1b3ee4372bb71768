/** forkstate over each build of the core: its own APIs, and its adapter for EthereumJS. */

import { toHex } from '../../src/encoding/hex.ts'
import type { Engine, Hex } from '../../src/index.ts'
import { StateManager } from '../../src/index.ts'
import { loadNative } from '../../src/native.ts'
import { loadWasm } from '../../src/wasm.ts'
import type { Contender } from './group.ts'
import { LeftOut } from './group.ts'
import { NATIVE, WASM } from './names.ts'
import type { Peer } from './peers.ts'
import type { State } from './state.ts'
import { inBytes, unable } from './state.ts'

/** The builds of the core. */
export const engines: readonly Contender<Engine>[] = [
  { name: WASM, open: loadWasm },
  {
    name: NATIVE,
    async open() {
      try {
        return await loadNative()
      } catch (error) {
        throw new LeftOut((error as Error).message.split('\n')[0], { cause: error })
      }
    },
  },
]

/** The builds, each loaded once: its code is warm for later states, which live in it together. */
export const sharedEngines: readonly Contender<Engine>[] = engines.map(({ name, open }) => {
  let engine: Promise<Engine> | undefined
  return {
    name,
    open() {
      engine ??= open()
      return engine
    },
  }
})

type Read<Form> = (state: StateManager) => (place: Form, slot: Form) => unknown

const peekBytes: Read<Uint8Array> = (state) => (place, slot) => state.peekStorageBytes(place, slot)

/** A state that is written and read as bytes. @param reader Default: reads at once. */
export function ownState(
  state: StateManager,
  reader = peekBytes,
): State<Uint8Array, Uint8Array, Uint8Array> {
  return {
    ...inBytes,
    create() {},
    read: reader(state),
    write: (place, slot, value) => state.setStorage(place, slot, value),
    checkpoint: () => state.checkpoint(),
    commit: () => state.commit(),
    revert: () => state.revert(),
    snapshot: () => state.snapshot(),
    revertTo: (snapshot) => state.revertToSnapshot(snapshot as bigint),
    branch: () => ownState(state.branch()),
    dump: () => JSON.stringify(state.dump()),
    load: (text) => state.load(JSON.parse(text)),
    destroy: () => state.destroy(),
  }
}

const asHex = (bytes: Uint8Array): Hex => toHex(bytes)

/** A state that is written and read as text. */
export function ownHexState(state: StateManager, reader: Read<Hex>): State<Hex, Hex, Hex> {
  return {
    ...unable,
    ...{ place: asHex, slot: asHex, value: asHex },
    read: reader(state),
    write: (place, slot, value) => state.setStorage(place, slot, value),
    checkpoint: () => state.checkpoint(),
    commit: () => state.commit(),
    revert: () => state.revert(),
    destroy: () => state.destroy(),
  }
}

/** An empty `StateManager` over each of some builds, as a state. */
export function ownStates(
  builds: readonly Contender<Engine>[],
  stateOf: (state: StateManager) => State = (state) => ownState(state),
): readonly Contender<State>[] {
  return builds.map(({ name, open }) => ({
    name,
    open: async () => stateOf(new StateManager({ ffi: await open() })),
  }))
}

/** The adapter for EthereumJS over each build. */
export const adapters: readonly Peer[] = engines.map(({ name, open }) => ({
  name,
  async load() {
    const { ForkStateManager } = await import('../../src/ethereumjs.ts')
    const ffi = await open()
    return () => new ForkStateManager({ state: new StateManager({ ffi }) })
  },
}))
