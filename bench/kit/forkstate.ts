/** forkstate over each build of the core: its own APIs, and its adapter for EthereumJS. */

import { toHex } from '../../src/encoding/hex.ts'
import { type Engine, type Hex, StateManager } from '../../src/index.ts'
import { loadNative } from '../../src/native.ts'
import { loadWasm } from '../../src/wasm.ts'
import { type Contender, LeftOut } from './group.ts'
import { NATIVE, WASM } from './names.ts'
import type { Peer } from './peers.ts'
import type { State } from './state.ts'

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

export const asBytes = (bytes: Uint8Array): Uint8Array => bytes
export const asHex = (bytes: Uint8Array): Hex => toHex(bytes)

type Read<Form> = (state: StateManager) => (place: Form, slot: Form) => unknown

/** A class, since a branch is timed with the making of its state. */
export class OwnState<Form extends Hex | Uint8Array> implements State<Form, Form, Form> {
  readonly read: (place: Form, slot: Form) => unknown
  private readonly state: StateManager
  private readonly form: (bytes: Uint8Array) => Form
  private readonly reader: Read<Form>

  constructor(state: StateManager, form: (bytes: Uint8Array) => Form, reader: Read<Form>) {
    this.read = reader(state)
    this.state = state
    this.form = form
    this.reader = reader
  }

  place(address: Uint8Array): Form {
    return this.form(address)
  }
  slot(slot: Uint8Array): Form {
    return this.form(slot)
  }
  value(value: Uint8Array): Form {
    return this.form(value)
  }
  create(): void {}
  write(place: Form, slot: Form, value: Form): void {
    this.state.setStorage(place, slot, value)
  }
  checkpoint(): void {
    this.state.checkpoint()
  }
  commit(): void {
    this.state.commit()
  }
  revert(): void {
    this.state.revert()
  }
  snapshot(): bigint {
    return this.state.snapshot()
  }
  revertTo(snapshot: unknown): void {
    this.state.revertToSnapshot(snapshot as bigint)
  }
  branch(): OwnState<Form> {
    return new OwnState(this.state.branch(), this.form, this.reader)
  }
  dump(): string {
    return JSON.stringify(this.state.dump())
  }
  load(text: string): void {
    this.state.load(JSON.parse(text))
  }
  destroy(): void {
    this.state.destroy()
  }
}

/** As bytes, read at once. */
export function bytesState(state: StateManager): OwnState<Uint8Array> {
  return new OwnState(state, asBytes, (of) => (place, slot) => of.peekStorageBytes(place, slot))
}

/** An empty `StateManager` over each of some builds, as a state. */
export function ownStates(
  builds: readonly Contender<Engine>[],
  stateOf: (state: StateManager) => State = bytesState,
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
