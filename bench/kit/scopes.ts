/**
 * Storage of one account with checkpoints: subjects that answer at once are called in a row, and
 * state managers with promises are awaited call by call, as an EVM does.
 */

import type { Address } from '@ethereumjs/util'
import { SLOT_BYTES, slotOf, writeSlot } from './keys.ts'
import type { PeerMaker, PeerState } from './peers.ts'
import { adapters, MERKLE, RPC, SIMPLE, TEVM } from './peers.ts'
import type { Subject } from './subjects.ts'
import { makers as subjectMakers } from './subjects.ts'

export type Ending = 'revert' | 'commit'

/** Slots to be written between checkpoints, so many in each scope. */
export interface Writes {
  readonly slots: readonly Uint8Array[]
  readonly each: number
}

export interface Scopes {
  get(slot: Uint8Array): Uint8Array | Promise<Uint8Array>
  set(slot: Uint8Array, value: Uint8Array): void | Promise<void>
  checkpoint(): void | Promise<void>
  end(ending: Ending): void | Promise<void>
  /** Scopes one after the other, each closed before the next is opened. */
  inTurn(writes: Writes, ending: Ending): void | Promise<void>
  /** Scopes within each other; all are opened before the innermost is closed. */
  nested(writes: Writes, ending: Ending): void | Promise<void>
  destroy(): void
}

export interface ScopesMaker {
  readonly name: string
  readonly note?: string
  /** What it does right. */
  readonly endings: readonly Ending[]
  /** Slots written before that it manages in reasonable time. */
  readonly mostSlots: number
  /** @throws LeftOut if it cannot run here. */
  make(): Promise<Scopes>
}

/** Slots and a value to be written; made before the clock runs, in arrays used again. */
export class WritePool {
  readonly #slots: Uint8Array[] = []
  /** Number of the next slot that was not handed out before. */
  #next: number

  constructor(first: number) {
    this.#next = first
  }

  /** Slots that were not written before; the arrays are good until the next call. */
  fresh(count: number): readonly Uint8Array[] {
    while (this.#slots.length < count) this.#slots.push(new Uint8Array(SLOT_BYTES))
    const slots = this.#slots.slice(0, count)
    for (const slot of slots) writeSlot('uniform', this.#next++, slot)
    return slots
  }
}

const ACCOUNT_BYTE = 0x11
const ADDRESS_BYTES = 20
const DIRTY = new Uint8Array(SLOT_BYTES).fill(7)
const WRITTEN = new Uint8Array(SLOT_BYTES).fill(9)
const UNWRITTEN = new Uint8Array(SLOT_BYTES)
const CHECKED_SLOTS = 100

/** Writes the first slots there are. */
export async function fill(scopes: Scopes, count: number): Promise<void> {
  const slot = new Uint8Array(SLOT_BYTES)
  for (let entry = 0; entry < count; entry++) {
    const written = scopes.set(writeSlot('uniform', entry, slot), DIRTY)
    if (written instanceof Promise) await written
  }
}

/**
 * Checks that the first slots, and no others, are as they were written, and stay so after scopes
 * that are ended within each other.
 *
 * @throws Error if not.
 */
export async function requireScopes(
  { name, endings }: ScopesMaker,
  scopes: Scopes,
  dirtySlots: number,
): Promise<void> {
  const step = Math.ceil(dirtySlots / CHECKED_SLOTS)
  const known = Array.from({ length: Math.ceil(dirtySlots / step) }, (_, at) => at * step)
  const slots = [...known, ...known.map((at) => dirtySlots + at)].map((at) => slotOf('uniform', at))
  const expect = async (when: string, expectedAt: (at: number) => Uint8Array) => {
    for (const [at, slot] of slots.entries()) {
      const [found, expected] = [(await scopes.get(slot)).at(-1) ?? 0, expectedAt(at).at(-1)]
      if (found !== expected) throw new Error(`${name}, ${when}: ${found}, not ${expected}`)
    }
  }
  const asBefore = (at: number) => (at < known.length ? DIRTY : UNWRITTEN)
  await expect('before', asBefore)
  for (const ending of endings) {
    await scopes.checkpoint()
    await scopes.nested({ slots, each: 1 }, ending)
    await expect(`after each ${ending}`, ending === 'commit' ? () => WRITTEN : asBefore)
    await scopes.end('revert')
    await expect(`${ending}, and a revert around it`, asBefore)
  }
}

class DirectScopes implements Scopes {
  readonly #subject: Subject

  constructor(subject: Subject) {
    this.#subject = subject
  }

  get(slot: Uint8Array): Uint8Array {
    return this.#subject.get(slot)
  }

  set(slot: Uint8Array, value: Uint8Array): void {
    this.#subject.set(slot, value)
  }

  checkpoint(): void {
    this.#subject.checkpoint()
  }

  end(ending: Ending): void {
    if (ending === 'revert') this.#subject.revert()
    else this.#subject.commit()
  }

  inTurn({ slots, each }: Writes, ending: Ending): void {
    const subject = this.#subject
    for (let at = 0; at < slots.length; ) {
      subject.checkpoint()
      for (const end = at + each; at < end; at++) subject.set(slots[at] as Uint8Array, WRITTEN)
      this.end(ending)
    }
  }

  nested({ slots, each }: Writes, ending: Ending): void {
    const subject = this.#subject
    for (let at = 0; at < slots.length; ) {
      subject.checkpoint()
      for (const end = at + each; at < end; at++) subject.set(slots[at] as Uint8Array, WRITTEN)
    }
    for (let at = 0; at < slots.length; at += each) this.end(ending)
  }

  destroy(): void {
    this.#subject.destroy()
  }
}

class AwaitedScopes implements Scopes {
  readonly #state: PeerState
  readonly #address: Address

  private constructor(state: PeerState, address: Address) {
    this.#state = state
    this.#address = address
  }

  static async create(state: PeerState): Promise<AwaitedScopes> {
    const { Account, Address: AddressOf } = await import('@ethereumjs/util')
    const address = new AddressOf(new Uint8Array(ADDRESS_BYTES).fill(ACCOUNT_BYTE))
    await state.putAccount(address, new Account())
    return new AwaitedScopes(state, address)
  }

  get(slot: Uint8Array): Promise<Uint8Array> {
    return this.#state.getStorage(this.#address, slot)
  }

  set(slot: Uint8Array, value: Uint8Array): Promise<void> {
    return this.#state.putStorage(this.#address, slot, value)
  }

  checkpoint(): Promise<void> {
    return this.#state.checkpoint()
  }

  end(ending: Ending): Promise<void> {
    return ending === 'revert' ? this.#state.revert() : this.#state.commit()
  }

  async inTurn({ slots, each }: Writes, ending: Ending): Promise<void> {
    const [state, address] = [this.#state, this.#address]
    for (let at = 0; at < slots.length; ) {
      await state.checkpoint()
      for (const end = at + each; at < end; at++) {
        await state.putStorage(address, slots[at] as Uint8Array, WRITTEN)
      }
      await this.end(ending)
    }
  }

  async nested({ slots, each }: Writes, ending: Ending): Promise<void> {
    const [state, address] = [this.#state, this.#address]
    for (let at = 0; at < slots.length; ) {
      await state.checkpoint()
      for (const end = at + each; at < end; at++) {
        await state.putStorage(address, slots[at] as Uint8Array, WRITTEN)
      }
    }
    for (let at = 0; at < slots.length; at += each) await this.end(ending)
  }

  destroy(): void {}
}

const BOTH: readonly Ending[] = ['revert', 'commit']

type Limits = Partial<Pick<ScopesMaker, 'note' | 'mostSlots' | 'endings'>>

function awaited({ name, note, make }: PeerMaker, limits: Limits = {}): ScopesMaker {
  return {
    name,
    ...(note !== undefined && { note }),
    endings: BOTH,
    mostSlots: Number.POSITIVE_INFINITY,
    ...limits,
    make: async () => await AwaitedScopes.create(await make()),
  }
}

/** Without a node, what it would fetch is what was not written. */
const unfetchedRpc: PeerMaker = {
  name: RPC.name,
  async make() {
    const state = await RPC.make()
    const getStorage = state.getStorage.bind(state)
    state.getStorage = (address, slot) => getStorage(address, slot).catch(() => UNWRITTEN)
    return state
  },
}

/** The engines of forkstate, and a map with the cheapest correct journal. */
export const directMakers: readonly ScopesMaker[] = subjectMakers.map(({ name, make }) => ({
  name,
  endings: BOTH,
  mostSlots: Number.POSITIVE_INFINITY,
  make: async () => new DirectScopes(await make()),
}))

/** All of the interface of EthereumJS. */
export const awaitedMakers: readonly ScopesMaker[] = [
  ...adapters.map(({ name, make }) => awaited({ name: `${name}, EthereumJS adapter`, make })),
  awaited(unfetchedRpc, {
    mostSlots: 1_000_000,
    endings: ['revert'],
    note: 'not committed: its `commit` leaves the checkpoint of its storage open',
  }),
  awaited(SIMPLE, { mostSlots: 100_000, note: 'its `checkpoint` copies the whole state' }),
  awaited(TEVM, { mostSlots: 100_000, note: 'its `commit` dumps the whole state' }),
  awaited(MERKLE, {
    mostSlots: 10_000,
    note: 'its `putStorage` writes to the trie at once, in spite of its caches',
  }),
]
