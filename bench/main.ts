/**
 * `npm run bench`: measures everything, prints tables, and writes `results.json`, `RESULTS.md` and
 * its charts. Every job runs in a process of its own.
 *
 *     npm run bench -- --quick             does little of everything and writes nothing
 *     npm run bench -- --quick --json FILE   the same, and its results to a file
 *     npm run bench -- warm checkpoints    only these groups; the others keep their last results
 *     npm run bench -- --report            writes RESULTS.md anew from results.json
 */

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadGroups, type NamedGroup } from './groups/groups.ts'
import type { ResultRow } from './kit/group.ts'
import { describeMachine } from './kit/machine.ts'
import { writeReport } from './report/report.ts'
import { type GroupResults, type Results, readResults, updateResults } from './report/results.ts'
import { printGroup } from './report/terminal.ts'
import { buildWorker, runJob } from './run-job.ts'

const { values: options, positionals: names } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
  allowPositionals: true,
})
const { quick: isQuick } = options

if (!options.report) await measureAll(await loadGroups(names.length > 0 ? names : undefined))
if (options.report || !isQuick) await writeReport(readResults())

async function measureAll(chosen: readonly NamedGroup[]): Promise<void> {
  await buildWorker()
  const machine = describeMachine()
  console.log(`${machine.processor}, ${machine.system}\n${machine.versions.join(', ')}`)
  const measured: Record<string, GroupResults> = {}
  const results: Results = { machine, groups: measured }
  for (const group of chosen) {
    measured[group.name] = await measureGroup(group)
    if (!isQuick) updateResults(results)
  }
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results))
}

async function measureGroup(group: NamedGroup): Promise<GroupResults> {
  const rows: ResultRow[] = []
  const leftOut: string[] = []
  const start = new Date()
  for (const runtime of group.runtimes) {
    for (const job of group.jobs({ isQuick })) {
      if (job.runtimes?.includes(runtime) === false) continue
      process.stderr.write(`${group.name}: ${job.name}, ${runtime}\n`)
      const outcome = await runJob(runtime, group.name, job.name, { isQuick })
      rows.push(...outcome.rows.map((row) => ({ ...row, runtime })))
      const { leftOut: reason } = outcome
      if (reason !== undefined) leftOut.push(`${job.name} (${runtime}): ${reason}`)
      else if (outcome.rows.length === 0 && !job.prepares) {
        throw new Error(`${group.name}, ${job.name}, ${runtime}: no rows`)
      }
    }
  }
  const date = start.toISOString().slice(0, 10)
  const seconds = Math.round((Date.now() - start.getTime()) / 1000)
  const results = { date, seconds, rows, leftOut }
  printGroup(group, results)
  return results
}
