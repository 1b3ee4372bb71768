/**
 * Runs one job in this process and prints its rows as the last line: `worker.js GROUP JOB [--quick]`.
 * `main.ts` starts it. Loads no other group, whose packages would take memory and time.
 */

import { loadGroup } from './groups/groups.ts'
import { LeftOut } from './kit/group.ts'
import type { Outcome } from './run-job.ts'

const [groupName = '', jobName, quick] = process.argv.slice(2)
const { jobs } = await loadGroup(groupName)
const job = jobs({ isQuick: quick === '--quick' }).find(({ name }) => name === jobName)
if (job === undefined) throw new Error(`there is no job ${jobName} in ${groupName}`)

let outcome: Outcome
try {
  outcome = { rows: await job.run() }
} catch (error) {
  if (!(error instanceof LeftOut)) throw error
  outcome = { rows: [], leftOut: error.message }
}
process.stdout.write(`\n${JSON.stringify(outcome)}\n`, () => process.exit(0))
