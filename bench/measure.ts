/**
 * Timing for the benchmarks: several rounds of a workload, the median and the spread of a call.
 */

/** What one workload took. */
export interface Measurement {
  /** Median over the rounds, nanoseconds a call. */
  readonly medianNs: number
  /** Fastest and slowest round, nanoseconds a call. */
  readonly fastestNs: number
  readonly slowestNs: number
}

export interface MeasureOptions {
  /** Calls in one round. */
  readonly calls: number
  readonly rounds: number
}

/** Runs `work(index)` for some rounds, after one that is not counted. */
export function measure(work: (index: number) => void, options: MeasureOptions): Measurement {
  const { calls, rounds } = options
  const samples: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const start = process.hrtime.bigint()
    for (let call = 0; call < calls; call++) work(call)
    const elapsed = Number(process.hrtime.bigint() - start)
    if (round > 0) samples.push(elapsed / calls)
  }
  samples.sort((left, right) => left - right)
  return {
    medianNs: samples[samples.length >> 1] ?? 0,
    fastestNs: samples[0] ?? 0,
    slowestNs: samples[samples.length - 1] ?? 0,
  }
}
