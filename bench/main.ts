/**
 * `npm run bench`: measures everything, prints tables, and writes `results.json`, `RESULTS.md` and
 * its charts. Every job runs in a process of its own.
 *
 *     npm run bench -- --quick            does little of everything and writes nothing
 *     npm run bench -- warm checkpoints   only these groups; the others keep their last results
 *     npm run bench -- --report           writes RESULTS.md anew from results.json
 */

import { groups } from './groups/groups.ts'
import type { Group, ResultRow } from './kit/group.ts'
import { describeMachine } from './kit/machine.ts'
import { writeReport } from './report/report.ts'
import type { GroupResults } from './report/results.ts'
import { readResults, writeResults } from './report/results.ts'
import { printGroup, printVerdicts } from './report/terminal.ts'
import { buildWorker, runJob } from './run-job.ts'

const words = process.argv.slice(2)
const isQuick = words.includes('--quick')
const names = words.filter((word) => !word.startsWith('--'))
const unknown = names.filter((wanted) => !groups.some(({ name }) => name === wanted))
if (unknown.length > 0) {
  const known = groups.map(({ name }) => name).join(', ')
  throw new Error(`no group ${unknown.join(', ')}; there are ${known}`)
}

if (words.includes('--report')) {
  await writeReport(readResults())
} else {
  await measureAll(groups.filter(({ name }) => names.length === 0 || names.includes(name)))
}

async function measureAll(chosen: readonly Group[]): Promise<void> {
  await buildWorker()
  const machine = describeMachine()
  console.log(`${machine.processor}, ${machine.system}\n${machine.versions.join(', ')}`)
  const measured: Record<string, GroupResults> = {}
  for (const group of chosen) {
    measured[group.name] = await measureGroup(group)
    if (!isQuick) writeResults({ ...readResults(), machine }, measured)
  }
  if (!isQuick) await writeReport(readResults())
}

async function measureGroup(group: Group): Promise<GroupResults> {
  const rows: ResultRow[] = []
  const leftOut: string[] = []
  const start = new Date()
  for (const runtime of group.runtimes) {
    for (const job of group.jobs({ isQuick })) {
      process.stderr.write(`${group.name}: ${job.name}, ${runtime}\n`)
      const outcome = await runJob(runtime, group.name, job.name, { isQuick })
      rows.push(...outcome.rows.map((row) => ({ ...row, runtime })))
      if (outcome.leftOut !== undefined) {
        leftOut.push(`${job.name} (${runtime}): ${outcome.leftOut}`)
      }
    }
  }
  const results = {
    date: start.toISOString().slice(0, 10),
    seconds: Math.round((Date.now() - start.getTime()) / 1000),
    rows,
    leftOut,
  }
  printGroup(group, results)
  printVerdicts(group, results)
  return results
}
