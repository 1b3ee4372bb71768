/**
 * Timing of work that needs preparing and cleaning up around it, and whose contenders differ
 * thousandfold: batches time themselves, and a round takes as many as fill its time.
 */

import type { Scale } from './group.ts'
import type { Clock, Measurement } from './measure.ts'
import { now, summaryOf } from './measure.ts'

/** What is there at once, or later. */
export type MaybeLater<Value> = Value | Promise<Value>

/** Does its work so many times. @returns What they took, nanoseconds, preparing them left out. */
export type Batch = (calls: number) => MaybeLater<number>

/** How long to measure, without what the work is. */
export type Timing = Pick<BatchOptions, 'warmUpMs' | 'roundMs' | 'rounds'>

/** How long to measure at which scale. */
export function timingOf({ isQuick }: Scale): Timing {
  return isQuick
    ? { warmUpMs: 50, roundMs: 4, rounds: 3 }
    : { warmUpMs: 200, roundMs: 20, rounds: 9 }
}

export interface BatchOptions {
  /** What a round takes at least, milliseconds. */
  readonly roundMs: number
  readonly rounds: number
  /** How long it runs before the first round, milliseconds, so that it is compiled by then. */
  readonly warmUpMs: number
  /** Calls in one batch, at most. */
  readonly mostCalls: number
  /** What is counted in one call; 1 if not said. */
  readonly operations?: number
}

/**
 * Runs larger and larger batches while it warms up, until one takes half a round or has the most
 * calls, and then the rounds.
 *
 * @returns What one operation took.
 */
export async function measureBatches(batch: Batch, options: BatchOptions): Promise<Measurement> {
  const { roundMs, rounds, warmUpMs, mostCalls, operations = 1 } = options
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

/** What some work took, nanoseconds. */
export async function elapsedOf(work: () => unknown, clock: Clock = 'processor'): Promise<number> {
  const start = now(clock)
  const result = work()
  if (result instanceof Promise) await result
  return now(clock) - start
}
