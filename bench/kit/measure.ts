/**
 * Counted is processor time of the process, collector and compiler included, which does not grow so
 * much when others use the machine; where work waits for something else, the wall clock.
 */

import type { Scale } from './group.ts'

/** What one operation took, nanoseconds unless the row says otherwise. */
export interface Measurement {
  readonly median: number
  /** Fastest and slowest round. */
  readonly least: number
  readonly most: number
}

export type MaybeLater<Value> = Value | Promise<Value>

export interface MeasureOptions {
  /** In one round. */
  readonly calls: number
  readonly rounds: number
}

/** Does `calls` operations; `first` is the number of the first, counting on from round to round. */
export type Loop = (calls: number, first: number) => unknown

type Clock = 'processor' | 'wall'

/** Nanoseconds of a clock. */
export function now(clock: Clock): number {
  if (clock === 'wall') return performance.now() * 1e6
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}

/** What some work took, nanoseconds. */
export async function elapsedOf(work: () => unknown, clock: Clock = 'processor'): Promise<number> {
  const start = now(clock)
  const result = work()
  if (result instanceof Promise) await result
  return now(clock) - start
}

export function summaryOf(samples: readonly number[]): Measurement {
  const sorted = [...samples].sort((left, right) => left - right)
  const [median, least, most] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)]
  if (most === undefined) throw new Error('nothing was measured')
  return { median, least, most } as Measurement
}

/** Samples of each, in turn, so that noise meets all alike; a round before them is not counted. */
export async function samplesInTurn<Sample>(
  samplers: readonly ((round: number) => MaybeLater<Sample>)[],
  rounds: number,
): Promise<readonly (readonly Sample[])[]> {
  const samples = samplers.map((): Sample[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [at, sample] of samplers.entries()) {
      const taken = await sample(round)
      if (round > 0) samples[at]?.push(taken)
    }
  }
  return samples
}

/** Each contender has its loop: nothing stands between operations of a few nanoseconds. */
export async function measureInTurns(
  loops: readonly Loop[],
  { calls, rounds }: MeasureOptions,
): Promise<readonly Measurement[]> {
  const samplers = loops.map(
    (loop) => async (round: number) => (await elapsedOf(() => loop(calls, round * calls))) / calls,
  )
  return (await samplesInTurn(samplers, rounds)).map(summaryOf)
}

export async function measureLoop(loop: Loop, options: MeasureOptions): Promise<Measurement> {
  const [took] = await measureInTurns([loop], options)
  return took as Measurement
}

export interface Timing extends Scale {
  /** How long a batch runs before the first round, so that it is compiled by then. */
  readonly warmUpMs: number
  /** What a round takes at least. */
  readonly roundMs: number
  readonly rounds: number
}

export function timingOf({ isQuick }: Scale): Timing {
  return isQuick
    ? { isQuick, warmUpMs: 50, roundMs: 4, rounds: 3 }
    : { isQuick, warmUpMs: 200, roundMs: 20, rounds: 9 }
}

interface BatchOptions extends Timing {
  readonly mostCalls?: number
  readonly operations?: number
}

/** Does its work so many times. @returns What that took, nanoseconds, preparing it left out. */
type Batch = (calls: number) => MaybeLater<number>

/**
 * For work with preparing and cleaning up around it: runs larger and larger batches while it warms
 * up, until one takes half a round or has the most calls, and then as many as fill each round.
 */
export async function measureBatches(batch: Batch, options: BatchOptions): Promise<Measurement> {
  const { roundMs, rounds, warmUpMs, mostCalls = 1, operations = 1 } = options
  const roundNs = roundMs * 1e6
  let calls = 1
  for (let spent = 0; spent < warmUpMs * 1e6; ) {
    const elapsed = await batch(calls)
    spent += elapsed
    if (elapsed < roundNs / 2) calls = Math.min(calls * 2, mostCalls)
  }
  const samples: number[] = []
  while (samples.length < rounds) {
    let [done, elapsed] = [0, 0]
    while (elapsed < roundNs) {
      elapsed += await batch(calls)
      done += calls
    }
    samples.push(elapsed / (done * operations))
  }
  return summaryOf(samples)
}

export function microseconds(nanoseconds: number): string {
  return `${(nanoseconds / 1_000).toFixed(2)} us`
}
