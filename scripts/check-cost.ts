/**
 * Compares the cost of the core's hot operations with `core/cost-baseline.json`: builds
 * `core/cost/`, counts its instructions and allocations under callgrind, which gives the same
 * numbers on every machine, and fails if an operation takes over 5 % more instructions, or one
 * allocation more.
 *
 * `npm run check:cost -- --update` writes the baseline instead. Without valgrind the check is
 * counted as skipped.
 */

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type Costs, countCosts, whyNotCountable } from './callgrind.ts'
import { zigBuild, zigOut } from './core-files.ts'
import { compareCosts, costTable, isFailure } from './cost-comparison.ts'
import { inProject, runScript, ScriptError, writeIfChanged } from './project.ts'
import { type Counts, writeCounts } from './reports.ts'

const baselineFile = inProject('core', 'cost-baseline.json')
const program = path.join(zigOut, 'cost', 'forkstate-cost')
const renew = 'renew the baseline: npm run check:cost -- --update'

/** The committed baseline; empty if it is absent or, as after a merge, not JSON. */
function readBaseline(): Costs {
  if (!existsSync(baselineFile)) return {}
  try {
    return JSON.parse(readFileSync(baselineFile, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function measure(): Costs {
  zigBuild(['cost'])
  const costs = countCosts(program)
  // Creating a manager allocates, so no allocation at all means that none was recognized.
  if (Object.values(costs).every(({ allocations }) => allocations === 0)) {
    throw new ScriptError('no allocation found in any profile')
  }
  return costs
}

function update(): void {
  const reason = whyNotCountable()
  if (reason !== undefined) throw new ScriptError(`cannot count: ${reason}`)
  const costs = measure()
  console.log(costTable(compareCosts(readBaseline(), costs)))
  const result = writeIfChanged(baselineFile, `${JSON.stringify(costs, null, 2)}\n`)
  console.log(
    result === 'same' ? 'the baseline is unchanged' : 'the baseline was written; commit it',
  )
}

function check(): Counts {
  const reason = whyNotCountable()
  if (reason !== undefined) {
    console.log(`skipped: ${reason}`)
    return { passed: 0, failed: 0, skipped: 1 }
  }
  const comparisons = compareCosts(readBaseline(), measure())
  console.log(costTable(comparisons))
  const failures = comparisons.filter(isFailure)
  if (failures.length > 0) {
    const list = failures.map(({ name, verdict }) => `- ${name}: ${verdict}`).join('\n')
    console.log(
      `worse than the baseline; reduce the cost or, if that is impossible, ${renew}\n${list}`,
    )
    return { passed: 0, failed: 1, skipped: 0 }
  }
  if (comparisons.some(({ verdict }) => verdict === 'better'))
    console.log(`cheaper than the baseline; ${renew}`)
  return { passed: 1, failed: 0, skipped: 0 }
}

await runScript(() => {
  const [option, ...rest] = process.argv.slice(2)
  if (rest.length > 0 || (option !== undefined && option !== '--update')) {
    throw new ScriptError('usage: check-cost.ts [--update]')
  }
  if (option === '--update') return update()
  const counts = check()
  writeCounts('cost', counts)
  if (counts.failed > 0) process.exitCode = 1
})
