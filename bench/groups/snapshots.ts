/** Snapshots: points in time, gone back to one after the other, or to the first of many. */

import type { Timing } from '../kit/batches.ts'
import { elapsedOf, measureBatches, timingOf } from '../kit/batches.ts'
import type { Group, Job, Row } from '../kit/group.ts'
import { SLOT_BYTES, slotOf, writeSlot } from '../kit/keys.ts'
import { WritePool } from '../kit/scopes.ts'
import type { SnapshotTaker, SnapshotTakerMaker } from '../kit/snapshot-takers.ts'
import { snapshotTakers } from '../kit/snapshot-takers.ts'

interface Load {
  readonly dirtySlots: number
  /** Snapshots that are alive at once. */
  readonly live: number
  readonly timing: Timing
}

const WRITES = 10
const MOST_TURNS = 128
const BEFORE = new Uint8Array(SLOT_BYTES).fill(7)
const AFTER = new Uint8Array(SLOT_BYTES).fill(9)

export const snapshots: Group = {
  name: 'snapshots',
  title: 'Snapshots',
  about:
    `A snapshot, ${WRITES} writes and going back to it; and many snapshots, each after ${WRITES} ` +
    'writes, all alive until the first is gone back to. Slots of one account, 256 random bits ' +
    'each, written in every turn for the first time. `@tevm/state` has no snapshots beside its ' +
    'dumps.',
  runtimes: ['Node', 'Bun'],
  jobs: ({ isQuick }) => {
    const sizes = isQuick ? [1_000] : [1_000, 100_000, 1_000_000]
    const live = isQuick ? 100 : 1_000
    const timing = timingOf({ isQuick })
    return snapshotTakers.flatMap((maker) =>
      sizes
        .filter((size) => size <= maker.mostSlots)
        .map(
          (dirtySlots): Job => ({
            name: `${maker.name}, ${dirtySlots} slots`,
            runtimes: maker.name.startsWith('@') ? ['Node'] : ['Node', 'Bun'],
            run: async () => await run(maker, { dirtySlots, live, timing }),
          }),
        ),
    )
  },
}

async function run(maker: SnapshotTakerMaker, load: Load): Promise<readonly Row[]> {
  const { dirtySlots, live, timing } = load
  const { name: subject, note, mostSlotsOfMany } = maker
  const taker = await maker.make()
  const slot = new Uint8Array(SLOT_BYTES)
  for (let entry = 0; entry < dirtySlots; entry++) {
    await taker.set(writeSlot('uniform', entry, slot), BEFORE)
  }
  await requireSnapshots(maker.name, taker, dirtySlots)
  const pool = new WritePool(dirtySlots)
  const row = {
    subject,
    size: dirtySlots,
    unit: 'ns',
    ...(note !== undefined && { note }),
  } as const
  const oneByOne = await measureBatches(
    (calls) => {
      const slots = pool.fresh(calls * WRITES)
      return elapsedOf(() => inTurn(taker, slots))
    },
    { ...timing, mostCalls: MOST_TURNS },
  )
  const rows: Row[] = [
    { ...row, workload: `snapshot, ${WRITES} writes, revertToSnapshot`, ...oneByOne },
  ]
  if (dirtySlots <= mostSlotsOfMany) {
    const many = await measureBatches(
      () => {
        const slots = pool.fresh(live * WRITES)
        return elapsedOf(() => toTheFirst(taker, slots))
      },
      { ...timing, mostCalls: 1, operations: live },
    )
    const count = live.toLocaleString('en')
    const workload = `${count} live snapshots, ${WRITES} writes after each, back to the first, per snapshot`
    rows.push({ ...row, workload, ...many })
  }
  await requireSnapshots(maker.name, taker, dirtySlots)
  taker.destroy()
  return rows
}

async function inTurn(taker: SnapshotTaker, slots: readonly Uint8Array[]): Promise<void> {
  for (let at = 0; at < slots.length; ) {
    const taken = taker.take()
    const snapshot = taken instanceof Promise ? await taken : taken
    for (const end = at + WRITES; at < end; at++) {
      const written = taker.set(slots[at] as Uint8Array, AFTER)
      if (written instanceof Promise) await written
    }
    const back = taker.backTo(snapshot)
    if (back instanceof Promise) await back
  }
}

async function toTheFirst(taker: SnapshotTaker, slots: readonly Uint8Array[]): Promise<void> {
  const first = await taker.take()
  for (let at = 0; at < slots.length; ) {
    for (const end = at + WRITES; at < end; at++) {
      const written = taker.set(slots[at] as Uint8Array, AFTER)
      if (written instanceof Promise) await written
    }
    const taken = taker.take()
    if (taken instanceof Promise) await taken
  }
  await taker.backTo(first)
}

/** @throws Error if what was written is not there, or going back leaves something else. */
async function requireSnapshots(name: string, taker: SnapshotTaker, slots: number): Promise<void> {
  const [known, unknown] = [slotOf('uniform', slots - 1), slotOf('uniform', slots)]
  const expect = async (...expected: readonly number[]) => {
    const found = [known, unknown].map(async (slot) => (await taker.get(slot))?.at(-1) ?? 0)
    const values = (await Promise.all(found)).join()
    if (values !== expected.join()) throw new Error(`${name}: ${values}, not ${expected.join()}`)
  }
  const write = async (value: Uint8Array) => {
    for (const slot of [known, unknown]) await taker.set(slot, value)
  }
  await expect(7, 0)
  const first = await taker.take()
  await write(BEFORE)
  const second = await taker.take()
  await write(AFTER)
  await expect(9, 9)
  await taker.backTo(second)
  await expect(7, 7)
  await taker.take()
  await write(AFTER)
  await taker.backTo(first)
  await expect(7, 0)
}
