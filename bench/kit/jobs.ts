/** Jobs of contenders: one for each size in full runs, one for each contender in quick ones. */

import type { Job, Named, Row, Runtime } from './group.ts'

/** A job of one contender. */
export interface ContenderJob extends Job {
  readonly contender: string
}

/** A contender; packages run in Node only if nothing is said. */
interface Runnable extends Named {
  readonly runtimes?: readonly Runtime[]
}

/** One job for each of the sizes of each contender. */
export function jobsBySize<Who extends Runnable>(
  contenders: readonly Who[],
  sizesOf: (contender: Who) => readonly number[],
  what: string,
  run: (contender: Who, size: number) => Promise<readonly Row[]>,
): readonly Job[] {
  return contenders.flatMap((contender) => {
    const { name, runtimes = name.startsWith('@') ? (['Node'] as const) : undefined } = contender
    return sizesOf(contender).map((size): Job => {
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
