/** forkstate over each build of the core: its own APIs, and its adapter for EthereumJS. */

import { toHex } from '../../src/encoding/hex.ts'
import { type Engine, type Hex, StateManager } from '../../src/index.ts'
import { loadNative } from '../../src/native.ts'
import { loadWasm } from '../../src/wasm.ts'
import { type Contender, LeftOut } from './group.ts'
import { NATIVE, WASM } from './names.ts'
import type { Peer } from './peers.ts'
import { inBytes, type State } from './state.ts'

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

const asHex = (bytes: Uint8Array): Hex => toHex(bytes)

/** Takes text. */
export const inHex = { place: asHex, slot: asHex, value: asHex }

/** A state with arguments in a form. @param read Default: at once, as bytes. */
export function ownState<Form extends Hex | Uint8Array = Uint8Array>(
  state: StateManager,
  form: Pick<State<Form, Form, Form>, 'place' | 'slot' | 'value'> = inBytes as never,
  read: (place: Form, slot: Form) => unknown = (place, slot) => state.peekStorageBytes(place, slot),
): State<Form, Form, Form> {
  return {
    ...form,
    create() {},
    read,
    write: (place, slot, value) => state.setStorage(place, slot, value),
    checkpoint: () => state.checkpoint(),
    commit: () => state.commit(),
    revert: () => state.revert(),
    snapshot: () => state.snapshot(),
    revertTo: (snapshot) => state.revertToSnapshot(snapshot as bigint),
    branch: () => ownState<Form>(state.branch(), form),
    dump: () => JSON.stringify(state.dump()),
    load: (text) => state.load(JSON.parse(text)),
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
