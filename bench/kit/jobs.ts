/** Jobs of contenders: one for each size in full runs, one for each contender in quick ones. */

import type { Contender, Job, Row, Runtime } from './group.ts'

/** A job of one contender. */
export interface ContenderJob extends Job {
  readonly contender: string
}

/** A contender of work that has sizes. */
export interface SizedContender<Made> extends Contender<Made> {
  /** What it manages in reasonable time. Default: any size. */
  readonly mostSize?: number | undefined
  /** Default: packages run in Node only, others in all runtimes of their group. */
  readonly runtimes?: readonly Runtime[]
}

/** One job for each of the sizes that each contender manages. */
export function jobsBySize<Who extends SizedContender<unknown>>(
  contenders: readonly Who[],
  sizes: readonly number[],
  what: string,
  run: (contender: Who, size: number) => Promise<readonly Row[]>,
): readonly Job[] {
  return contenders.flatMap((contender) => {
    const { name, mostSize = Number.POSITIVE_INFINITY } = contender
    const { runtimes = name.startsWith('@') ? (['Node'] as const) : undefined } = contender
    const managed = sizes.filter((size) => size <= mostSize)
    return managed.map((size): Job => {
      return { name: `${name}, ${size} ${what}`, runtimes, run: () => run(contender, size) }
    })
  })
}

/**
 * For quick runs: one job a contender, which does all of its jobs one after the other, since
 * starting a process takes longer than they do.
 */
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
