/** Quick runs: many contenders in one process, since starting one takes longer than they do. */

import type { Job, Row } from './group.ts'

/** A job of one subject. */
export interface SubjectJob extends Job {
  readonly subject: string
}

/** One job a subject, which does all of its jobs one after the other. */
export function oneProcessEach(jobs: readonly SubjectJob[]): readonly Job[] {
  const subjects = [...new Set(jobs.map(({ subject }) => subject))]
  return subjects.map((name) => ({
    name,
    async run() {
      const rows: Row[] = []
      for (const job of jobs) {
        if (job.subject === name) rows.push(...(await job.run()))
      }
      return rows
    },
  }))
}
