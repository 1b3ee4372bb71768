/** State roots; the writes are in the time, since the peer hashes while it writes. */

import { type PickBelow, seededBelow } from '../../../test/support/random.ts'
import type { Contender } from '../../kit/group.ts'
import { type Measurement, measureInTurns } from '../../kit/measure.ts'
import type { FULL } from './roots.ts'
import { type Batch, type RootedState, rewritten, stateOf, type Write } from './states.ts'

export interface RootTime {
  readonly work: 'after' | 'rebuild'
  readonly size: number
  readonly took: readonly Measurement[]
}

/** At least, so that a round can be timed. */
const ROUND_WRITES = 40

/** @param reference Has the right roots; timed only if it is among the former. */
export async function timeRoots(
  timed: readonly Contender<RootedState>[],
  reference: Contender<RootedState>,
  { before, writes, rounds, rebuilds }: typeof FULL,
): Promise<readonly RootTime[]> {
  const below = seededBelow(2)
  const all = stateOf(before, below)
  const contenders = timed.includes(reference) ? timed : [...timed, reference]
  const states: RootedState[] = []
  for (const { open } of contenders) states.push(await open())
  await requireEqualRoots(states, all)

  const times: RootTime[] = []
  for (const size of writes) {
    const calls = Math.max(1, Math.ceil(ROUND_WRITES / size))
    const batches = batchesOf(all, size, calls * (rounds + 1), below)
    const loops = states
      .slice(0, timed.length)
      .map((state) => async (count: number, first: number) => {
        for (const batch of batches.slice(first, first + count)) await state.write(batch)
      })
    times.push({ work: 'after', size, took: await measureInTurns(loops, { calls, rounds }) })
    for (const state of states.slice(timed.length)) await state.write(batches.flat())
    await requireEqualRoots(states, [])
  }
  for (const state of states) state.destroy()
  const rebuilding = timed.map(({ open }) => async () => {
    const fresh = await open()
    await fresh.write(all)
    fresh.destroy()
  })
  const took = await measureInTurns(rebuilding, { calls: 1, rounds: rebuilds })
  return [...times, { work: 'rebuild', size: before, took }]
}

async function requireEqualRoots(states: readonly RootedState[], batch: Batch): Promise<void> {
  const roots: string[] = []
  for (const state of states) roots.push(await state.write(batch))
  if (new Set(roots).size > 1) throw new Error(`the roots differ: ${roots.join(', ')}`)
}

/** Batches of values for places of the state; a single write is always one of a slot. */
function batchesOf(state: Batch, size: number, count: number, below: PickBelow): readonly Batch[] {
  const places = size === 1 ? state.filter(({ slot }) => slot !== undefined) : state
  return Array.from({ length: count }, () =>
    Array.from({ length: size }, () => rewritten(places[below(places.length)] as Write, below)),
  )
}
