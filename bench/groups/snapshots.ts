/** Snapshots: points in time, gone back to one after the other, or to the first of many. */

import { engines, ownStates } from '../kit/forkstate.ts'
import { type Group, type Row, rowOf } from '../kit/group.ts'
import { jobsBySize, type SizedContender } from '../kit/jobs.ts'
import { entryValue, freshSlots, SLOT_BYTES } from '../kit/keys.ts'
import { MAP, UNDO_LOG_MAP } from '../kit/maps.ts'
import { elapsedOf, measureBatches, type Timing } from '../kit/measure.ts'
import { MERKLE, statesOf } from '../kit/peers.ts'
import { fill, requireValues, type State, visitsTo } from '../kit/state.ts'

/** Some manage fewer slots where many snapshots are live. */
type SnapshotContender = SizedContender<State> & { readonly mostSlotsOfMany?: number }

const FEW = 1_000
const WRITES = 10
const MOST_TURNS = 128
const BEFORE = new Uint8Array(SLOT_BYTES).fill(7)
const AFTER = new Uint8Array(SLOT_BYTES).fill(9)

const contenders: readonly SnapshotContender[] = [
  ...ownStates(engines),
  UNDO_LOG_MAP,
  { ...MAP, note: 'copied for each snapshot', mostSlotsOfMany: FEW },
  {
    ...{ ...statesOf(MERKLE), mostSize: FEW, mostSlotsOfMany: FEW },
    note: 'goes back by state root, which it calculates for that',
  },
]

export const group: Group = {
  title: 'Snapshots',
  runtimes: ['Node', 'Bun'],
  jobs: jobsBySize(contenders, [1_000, 100_000, 1_000_000], 'slots', measure),
}

async function measure(contender: SnapshotContender, size: number, timing: Timing) {
  const { name, mostSlotsOfMany = Number.POSITIVE_INFINITY } = contender
  const state = await contender.open()
  const [place] = await fill(state, { size, keys: 'uniform', accounts: 1 })
  await requireSnapshots(name, state, size)
  const fresh = freshSlots(size)
  const time = async (
    workload: string,
    work: typeof inTurn,
    { mostCalls = 1, operations = 1 },
  ): Promise<Row> => {
    const batch = (calls: number) => {
      const slots = fresh(calls * operations * WRITES)
      return elapsedOf(() => work(state, place, slots))
    }
    const took = await measureBatches(batch, { ...timing, mostCalls, operations })
    return rowOf(contender, workload, took, { size })
  }
  const one = `snapshot, ${WRITES} writes, revertToSnapshot`
  const rows = [await time(one, inTurn, { mostCalls: MOST_TURNS })]
  if (size <= mostSlotsOfMany) {
    const live = timing.isQuick ? 100 : 1_000
    const ofMany =
      `${live.toLocaleString('en')} live snapshots, ${WRITES} writes after each, back to the ` +
      'first, per snapshot'
    rows.push(await time(ofMany, toTheFirst, { operations: live }))
  }
  await requireSnapshots(name, state, size)
  state.destroy()
  return rows
}

async function inTurn(state: State, place: unknown, slots: readonly Uint8Array[]): Promise<void> {
  for (let at = 0; at < slots.length; ) {
    const taken = state.snapshot()
    const snapshot = taken instanceof Promise ? await taken : taken
    for (const end = at + WRITES; at < end; at++) {
      const written = state.write(place, slots[at], AFTER)
      if (written instanceof Promise) await written
    }
    const back = state.revertTo(snapshot)
    if (back instanceof Promise) await back
  }
}

const toTheFirst: typeof inTurn = async (state, place, slots) => {
  const first = await state.snapshot()
  for (let at = 0; at < slots.length; ) {
    for (const end = at + WRITES; at < end; at++) {
      const written = state.write(place, slots[at], AFTER)
      if (written instanceof Promise) await written
    }
    const taken = state.snapshot()
    if (taken instanceof Promise) await taken
  }
  await state.revertTo(first)
}

async function requireSnapshots(name: string, state: State, size: number): Promise<void> {
  const visits = visitsTo(state, { size, keys: 'uniform', accounts: 1 }, [size - 1, size])
  const expect = (old: Uint8Array, fresh?: Uint8Array) =>
    requireValues(name, state, visits, (entry) => (entry < size ? old : fresh))
  const write = async (value: Uint8Array) => {
    for (const slot of visits.slots) await state.write(visits.places[0], slot, value)
  }
  const known = entryValue(size - 1)
  await expect(known)
  const first = await state.snapshot()
  await write(BEFORE)
  const second = await state.snapshot()
  await write(AFTER)
  await expect(AFTER, AFTER)
  await state.revertTo(second)
  await expect(BEFORE, BEFORE)
  await state.snapshot()
  await write(AFTER)
  await state.revertTo(first)
  await expect(known)
}
