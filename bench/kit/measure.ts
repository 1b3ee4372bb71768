/**
 * Timing: several rounds of a workload, the median and the spread of one operation.
 *
 * Processor time of the process is counted, collector and compiler included, which does not grow so
 * much when others use the machine; where work waits for something else, the wall clock is.
 */

/** What one operation took, nanoseconds. */
export interface Measurement {
  readonly median: number
  /** Fastest and slowest round. */
  readonly least: number
  readonly most: number
}

export type Clock = 'processor' | 'wall'

export interface MeasureOptions {
  /** Operations in one round. */
  readonly calls: number
  readonly rounds: number
  readonly clock?: Clock
}

/** One of several that do the same work. */
export interface Contender {
  readonly name: string
  /** Does the work of one operation; `index` counts on from round to round. */
  run(index: number): unknown
}

/** What a contender took. */
export interface Compared {
  readonly name: string
  readonly took: Measurement
}

/**
 * Times `loop(calls, first)`, which does `calls` operations itself, for some rounds after one that
 * is not counted. `first` counts on from round to round. For operations of a few nanoseconds: the
 * loop belongs to the contender, so that nothing stands between.
 */
export async function measureLoop(
  loop: (calls: number, first: number) => unknown,
  { calls, rounds, clock = 'processor' }: MeasureOptions,
): Promise<Measurement> {
  const samples: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const start = now(clock)
    const work = loop(calls, round * calls)
    if (work instanceof Promise) await work
    const elapsed = now(clock) - start
    if (round > 0) samples.push(elapsed / calls)
  }
  return summaryOf(samples)
}

/**
 * Runs a round of each in turn, so that noise meets all alike, after one that is not counted. Work
 * that gives a promise is awaited.
 */
export async function measureInTurns(
  contenders: readonly Contender[],
  { calls, rounds, clock = 'processor' }: MeasureOptions,
): Promise<readonly Compared[]> {
  const samples = contenders.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [at, contender] of contenders.entries()) {
      const start = now(clock)
      for (let call = 0; call < calls; call++) {
        const work = contender.run(round * calls + call)
        if (work instanceof Promise) await work
      }
      const elapsed = now(clock) - start
      if (round > 0) samples[at]?.push(elapsed / calls)
    }
  }
  return contenders.map(({ name }, at) => ({ name, took: summaryOf(samples[at] ?? []) }))
}

/** Nanoseconds of a clock. */
export function now(clock: Clock): number {
  if (clock === 'wall') return performance.now() * 1e6
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}

/** Median and spread of samples. @throws Error if there is none. */
export function summaryOf(samples: readonly number[]): Measurement {
  const sorted = [...samples].sort((left, right) => left - right)
  const [median, least, most] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)]
  if (median === undefined || least === undefined || most === undefined) {
    throw new Error('nothing was measured')
  }
  return { median, least, most }
}

/** Nanoseconds as text. */
export function microseconds(nanoseconds: number): string {
  return `${(nanoseconds / 1_000).toFixed(2)} us`
}
