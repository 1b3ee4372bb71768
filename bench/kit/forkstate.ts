import { toHex } from '../../src/encoding/hex.ts'
import { type Engine, type Hex, StateManager } from '../../src/index.ts'
import { loadNative } from '../../src/native.ts'
import { loadWasm } from '../../src/wasm.ts'
import { type Contender, LeftOut } from './group.ts'
import { NATIVE, WASM } from './names.ts'
import type { Peer } from './peers.ts'
import type { Fields, State } from './state.ts'

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
  const openOnce = () => {
    engine ??= open()
    return engine
  }
  return { name, open: openOnce }
})

type Read<Form> = (state: StateManager) => (place: Form, slot: Form) => unknown

/** A class, since a branch is timed with the making of its state. */
class OwnState<Form extends Hex | Uint8Array> implements State<Form, Form, Form> {
  readonly read: (place: Form, slot: Form) => unknown
  readonly raw: StateManager
  private readonly form: (bytes: Uint8Array) => Form
  private readonly reader: Read<Form>

  constructor(state: StateManager, form: (bytes: Uint8Array) => Form, reader: Read<Form>) {
    this.read = reader(state)
    this.raw = state
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
  putAccount(place: Form, { nonce, balance }: Fields): void {
    this.raw.setBalance(place, balance)
    this.raw.setNonce(place, nonce)
  }
  putCode(place: Form, code: Uint8Array): void {
    this.raw.setCode(place, code)
  }
  balanceAt(place: Form): bigint | undefined {
    return this.raw.peekBalance(place)
  }
  write(place: Form, slot: Form, value: Form): void {
    this.raw.setStorage(place, slot, value)
  }
  checkpoint(): void {
    this.raw.checkpoint()
  }
  commit(): void {
    this.raw.commit()
  }
  revert(): void {
    this.raw.revert()
  }
  snapshot(): bigint {
    return this.raw.snapshot()
  }
  revertTo(snapshot: unknown): void {
    this.raw.revertToSnapshot(snapshot as bigint)
  }
  branch(): OwnState<Form> {
    return new OwnState(this.raw.branch(), this.form, this.reader)
  }
  dump(): string {
    return JSON.stringify(this.raw.dump())
  }
  load(text: string): void {
    this.raw.load(JSON.parse(text))
  }
  destroy(): void {
    this.raw.destroy()
  }
}

const statesOf = (reader: Read<Uint8Array>) => (state: StateManager) =>
  new OwnState(state, (bytes) => bytes, reader)
const hexStatesOf = (reader: Read<Hex>) => (state: StateManager) =>
  new OwnState(state, (bytes) => toHex(bytes), reader)

export const bytesState = statesOf((of) => (place, slot) => of.peekStorageBytes(place, slot))
export const hexState = hexStatesOf((of) => (place, slot) => of.peekStorage(place, slot))
export const awaitedBytes = statesOf((of) => (place, slot) => of.getStorageBytes(place, slot))
export const awaitedHex = hexStatesOf((of) => (place, slot) => of.getStorage(place, slot))

export function ownStates(
  builds: readonly Contender<Engine>[],
  stateOf: (state: StateManager) => State = bytesState,
): readonly Contender<State>[] {
  return builds.map(({ name, open }) => ({
    name,
    open: async () => stateOf(new StateManager({ ffi: await open() })),
  }))
}

export const adapters: readonly Peer[] = engines.map(({ name, open }) => ({
  name,
  async load() {
    const { ForkStateManager } = await import('../../src/ethereumjs.ts')
    const ffi = await open()
    return () => new ForkStateManager({ state: new StateManager({ ffi }) })
  },
}))
