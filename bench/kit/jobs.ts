/** Jobs of contenders: one for each size in full runs, one for each contender in quick ones. */

import type { Scale } from './group.ts'
import { type Contender, type Job, type Named, type Row, type Runtime, rowOf } from './group.ts'
import { type Measurement, type Timing, timingOf } from './measure.ts'

export interface ContenderJob extends Job {
  readonly contender: string
}

export interface SizedContender<Made> extends Contender<Made> {
  /** What it manages in reasonable time. Default: any size. */
  readonly mostSize?: number | undefined
  /** Default: packages run in Node only, others in all runtimes of their group. */
  readonly runtimes?: readonly Runtime[]
}

export function jobsBySize<Who extends SizedContender<unknown>>(
  contenders: readonly Who[],
  sizes: readonly number[],
  what: string,
  run: (contender: Who, size: number, timing: Timing) => Promise<readonly Row[]>,
  quickSize = sizes[0] as number,
): (scale: Scale) => readonly Job[] {
  return (scale) => {
    const chosen = scale.isQuick ? [quickSize] : sizes
    return contenders.flatMap((contender) => {
      const { name, mostSize = Number.POSITIVE_INFINITY } = contender
      const { runtimes = name.startsWith('@') ? (['Node'] as const) : undefined } = contender
      return chosen
        .filter((size) => size <= mostSize)
        .map((size) => ({
          name: `${name}, ${size} ${what}`,
          runtimes,
          run: () => run(contender, size, timingOf(scale)),
        }))
    })
  }
}

export function jobOfRow(
  who: Named,
  workload: string,
  entries: string | number,
  more: Pick<Row, 'size' | 'keys'> & Partial<Pick<Row, 'unit'>>,
  measure: () => Promise<Measurement>,
): ContenderJob {
  return {
    contender: who.name,
    name: `${workload}, ${who.name}, ${entries}`,
    run: async () => [rowOf(who, workload, await measure(), more)],
  }
}

/** For quick runs: starting a process takes longer than all jobs of a contender. */
export function oneProcessEach(jobs: readonly ContenderJob[]): readonly Job[] {
  const names = [...new Set(jobs.map(({ contender }) => contender))]
  return names.map((name) => ({
    name,
    async run() {
      const rows: Row[] = []
      for (const job of jobs) {
        if (job.contender === name) rows.push(...(await job.run()))
      }
      return rows
    },
  }))
}
