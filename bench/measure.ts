/**
 * Timing for the benchmarks: several rounds of a workload, the median and the spread of a call.
 *
 * One workload alone is timed on the wall. Contenders that are compared take turns, and processor
 * time of the process is counted, collector and compiler included, which does not grow so much when
 * others use the machine.
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

/** One of several that do the same work. */
export interface Contender {
  readonly name: string
  /** Does the work of a call; `index` counts on from round to round. */
  run(index: number): unknown
}

/** What a contender took. */
export interface Compared {
  readonly name: string
  readonly took: Measurement
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
  return summaryOf(samples)
}

/**
 * Runs a round of each in turn, so that noise meets all alike, after one that is not counted. Work
 * that gives a promise is awaited.
 */
export async function measureInTurns(
  contenders: readonly Contender[],
  { calls, rounds }: MeasureOptions,
): Promise<readonly Compared[]> {
  const samples = contenders.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [at, contender] of contenders.entries()) {
      const start = processorNs()
      for (let call = 0; call < calls; call++) {
        const work = contender.run(round * calls + call)
        if (work instanceof Promise) await work
      }
      const elapsed = processorNs() - start
      if (round > 0) samples[at]?.push(elapsed / calls)
    }
  }
  return contenders.map(({ name }, at) => ({ name, took: summaryOf(samples[at] ?? []) }))
}

function processorNs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}

function summaryOf(samples: number[]): Measurement {
  samples.sort((left, right) => left - right)
  return {
    medianNs: samples[samples.length >> 1] ?? 0,
    fastestNs: samples[0] ?? 0,
    slowestNs: samples[samples.length - 1] ?? 0,
  }
}
