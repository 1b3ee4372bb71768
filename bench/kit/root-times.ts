/** What a state root costs after more and more writes, and when all is written anew. */

import type { PickBelow } from '../../test/support/random.ts'
import { seededBelow } from '../../test/support/random.ts'
import type { Compared, Contender, MeasureOptions } from './measure.ts'
import { measureInTurns } from './measure.ts'
import type { Batch, RootedMaker, RootedState, Write } from './root-states.ts'
import { requireEqualRoots, rewritten, stateOf } from './root-states.ts'

export interface RootOptions {
  /** Balances and slots written before, half of each. */
  readonly before: number
  /** Numbers of writes before a root. */
  readonly writes: readonly number[]
  readonly rounds: number
  readonly rebuilds: number
}

/** What each contender takes, writes included, nanoseconds. */
export interface RootTimes {
  /** Some writes and the root, by the number of writes. */
  readonly after: ReadonlyMap<number, readonly Compared[]>
  /** All of the state written anew, and the root. */
  readonly rebuild: readonly Compared[]
}

/** Writes that a round should have at least, in batches, so that it can be timed. */
const ROUND_WRITES = 40

/**
 * @param timed Take turns.
 * @param reference Has the right roots; timed only if it is among the former.
 * @throws Error if their roots differ.
 */
export async function timeRoots(
  timed: readonly RootedMaker[],
  reference: RootedMaker,
  { before, writes, rounds, rebuilds }: RootOptions,
): Promise<RootTimes> {
  const below = seededBelow(2)
  const state = stateOf(before, below)
  const makers = timed.includes(reference) ? timed : [...timed, reference]
  const rivals: Rival[] = []
  for (const { name, make } of makers) rivals.push({ name, state: await make() })
  await requireEqualRoots(rivals, state)

  const after = new Map<number, readonly Compared[]>()
  for (const size of writes) {
    const calls = Math.max(1, Math.ceil(ROUND_WRITES / size))
    const batches = batchesOf(state, size, calls * (rounds + 1), below)
    after.set(size, await timeBatches(rivals.slice(0, timed.length), batches, { calls, rounds }))
    for (const rival of rivals.slice(timed.length)) await writeAll(rival.state, batches)
    await requireEqualRoots(rivals, [])
  }
  for (const rival of rivals) rival.state.destroy()
  const rebuild = await measureInTurns(
    timed.map(({ name, make }) => ({ name, run: async () => await rebuilt(make, state) })),
    { calls: 1, rounds: rebuilds },
  )
  return { after, rebuild }
}

interface Rival {
  readonly name: string
  readonly state: RootedState
}

/** Batches of values for places of the state; a single write is always one of a slot. */
function batchesOf(state: Batch, size: number, count: number, below: PickBelow): readonly Batch[] {
  const places = size === 1 ? state.filter(({ slot }) => slot !== undefined) : state
  return Array.from({ length: count }, () =>
    Array.from({ length: size }, () => rewritten(places[below(places.length)] as Write, below)),
  )
}

function timeBatches(
  rivals: readonly Rival[],
  batches: readonly Batch[],
  options: MeasureOptions,
): Promise<readonly Compared[]> {
  const contenders = rivals.map(({ name, state }): Contender => {
    return { name, run: (index) => state.write(batches[index] ?? []) }
  })
  return measureInTurns(contenders, options)
}

async function writeAll(state: RootedState, batches: readonly Batch[]): Promise<void> {
  await state.write(batches.flat())
}

async function rebuilt(make: RootedMaker['make'], state: Batch): Promise<void> {
  const fresh = await make()
  await fresh.write(state)
  fresh.destroy()
}
