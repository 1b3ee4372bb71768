/**
 * Adds up the results of one CI run and prints `N passed, N failed, N skipped` as its last line.
 * Reads the report folder given as argument: counts of the Zig tests, vitest's JSON report, and
 * `steps.tsv` with one line for each step: name, `pass` or `fail`, seconds, and `tests` for a step
 * whose tests are counted one by one. Every other step counts as one. The exit code is 1 after any
 * failure.
 */

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { runScript, ScriptError } from './project.ts'
import { type Counts, readCounts } from './reports.ts'

interface Step {
  readonly name: string
  readonly passed: boolean
  readonly seconds: number
  readonly hasTests: boolean
}

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

function readSteps(folder: string): readonly Step[] {
  const lines = readFileSync(path.join(folder, 'steps.tsv'), 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [name = '', result, seconds, kind] = line.split('\t')
    return { name, passed: result === 'pass', seconds: Number(seconds), hasTests: kind === 'tests' }
  })
}

function vitestCounts(folder: string): readonly Counts[] {
  const file = path.join(folder, 'vitest.json')
  if (!existsSync(file)) return [{ passed: 0, failed: 1, skipped: 0 }]
  const report: VitestReport = JSON.parse(readFileSync(file, 'utf8'))
  // A file that could not be loaded has no failed test, but counts as failed.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  return [
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + brokenFiles.length,
      skipped: report.numPendingTests + report.numTodoTests,
    },
  ]
}

function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      skipped: a.skipped + b.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  )
}

function total(steps: readonly Step[], tests: Counts): Counts {
  const checks = steps
    .filter((step) => !step.hasTests)
    .map(({ passed }) => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 }))
  const all = sum([tests, ...checks])
  // A runner that failed without a failed test, or counted no test, counts as a failure.
  const isUncounted = steps.some((step) => step.hasTests && !step.passed) && tests.failed === 0
  const isEmpty = tests.passed === 0
  return isUncounted || isEmpty ? { ...all, failed: all.failed + 1 } : all
}

await runScript(() => {
  const folder = process.argv[2]
  if (folder === undefined) throw new ScriptError('usage: summarize.ts FOLDER')
  const steps = readSteps(folder)
  const tests = sum([...readCounts(folder), ...vitestCounts(folder)])
  const { passed, failed, skipped } = total(steps, tests)
  console.log('\nStep                            result  seconds')
  for (const step of steps) {
    const result = step.passed ? 'pass' : 'FAIL'
    console.log(`${step.name.padEnd(32)}${result.padEnd(8)}${String(step.seconds).padStart(7)}`)
  }
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`)
  if (failed > 0) process.exitCode = 1
})
