/** Storage of one account with snapshots: forkstate, maps, and a trie that goes back by root. */

import { StateManager } from '../../src/index.ts'
import type { MaybeLater } from './batches.ts'
import { MERKLE } from './peers.ts'
import type { Subject } from './subjects.ts'
import { engines, undoLogMap } from './subjects.ts'

/** Slots and values are 32 bytes. What takes long gives promises. */
export interface SnapshotTaker {
  /** Undefined, or zeros or nothing, for a slot that was not written. */
  get(slot: Uint8Array): MaybeLater<Uint8Array | undefined>
  set(slot: Uint8Array, value: Uint8Array): MaybeLater<void>
  take(): MaybeLater<unknown>
  /** Goes back to what `take` gave; it and all later ones are used up. */
  backTo(snapshot: unknown): MaybeLater<void>
  destroy(): void
}

export interface SnapshotTakerMaker {
  readonly name: string
  readonly note?: string
  /** Slots written before that it manages in reasonable time. */
  readonly mostSlots: number
  /** The same with a thousand live snapshots. */
  readonly mostSlotsOfMany: number
  /** @throws LeftOut if it cannot run here. */
  make(): Promise<SnapshotTaker>
}

const ACCOUNT = new Uint8Array(20).fill(0x11)
const ANY = { mostSlots: Number.POSITIVE_INFINITY, mostSlotsOfMany: Number.POSITIVE_INFINITY }
const FEW = 1_000

function forkstate(state: StateManager): SnapshotTaker {
  return {
    get: (slot) => state.peekStorageBytes(ACCOUNT, slot),
    set: (slot, value) => state.setStorage(ACCOUNT, slot, value),
    take: () => state.snapshot(),
    backTo: (snapshot) => state.revertToSnapshot(snapshot as bigint),
    destroy: () => state.destroy(),
  }
}

/** Marks in the log are its snapshots. */
function marked(map: Subject): SnapshotTaker {
  let marks = 0
  return {
    get: (slot) => map.get(slot),
    set: (slot, value) => map.set(slot, value),
    take() {
      map.checkpoint()
      return marks++
    },
    backTo(mark) {
      for (; marks > (mark as number); marks--) map.revert()
    },
    destroy: () => map.destroy(),
  }
}

function copied(): SnapshotTaker {
  let values = new Map<string, Uint8Array>()
  const keyOf = (slot: Uint8Array) => Buffer.from(slot).toString('hex')
  return {
    get: (slot) => values.get(keyOf(slot)),
    set: (slot, value) => void values.set(keyOf(slot), value.slice()),
    take: () => new Map(values),
    backTo(copy) {
      values = copy as Map<string, Uint8Array>
    },
    destroy: () => values.clear(),
  }
}

async function byStateRoot(): Promise<SnapshotTaker> {
  const { Account, Address } = await import('@ethereumjs/util')
  const state = await MERKLE.make()
  const address = new Address(ACCOUNT)
  await state.putAccount(address, new Account())
  return {
    get: (slot) => state.getStorage(address, slot),
    set: (slot, value) => state.putStorage(address, slot, value),
    take: () => state.getStateRoot(),
    backTo: (root) => state.setStateRoot(root as Uint8Array),
    destroy() {},
  }
}

export const snapshotTakers: readonly SnapshotTakerMaker[] = [
  ...engines.map(({ name, load }) => ({
    ...ANY,
    name,
    make: async () => forkstate(new StateManager({ ffi: await load() })),
  })),
  { ...ANY, name: undoLogMap.name, make: async () => marked(await undoLogMap.make()) },
  {
    name: 'Map',
    note: 'copied for each snapshot',
    ...ANY,
    mostSlotsOfMany: FEW,
    make: async () => copied(),
  },
  {
    name: MERKLE.name,
    note: 'goes back by state root, which it calculates for that',
    mostSlots: FEW,
    mostSlotsOfMany: FEW,
    make: byStateRoot,
  },
]
