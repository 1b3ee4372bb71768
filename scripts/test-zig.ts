/**
 * Runs the unit tests of the Zig core. Arguments are passed to `zig build test`, for example
 * `npm run test:zig -- -Dtest-optimize=ReleaseSafe` or `-Dtest-filter=journal`.
 *
 * If FORKSTATE_REPORTS is set, the counts are added to that folder for `scripts/summarize.ts`.
 */

import { spawnSync } from 'node:child_process'
import { inProject, runScript, ScriptError } from './project.ts'
import { type Counts, writeCounts } from './reports.ts'
import { zigEnvironment, zigPath } from './zig.ts'

await runScript(() => {
  const options = process.argv.slice(2)
  const { status, stderr } = spawnSync(
    zigPath(),
    ['build', 'test', '--summary', 'new', ...options],
    {
      cwd: inProject('core'),
      env: zigEnvironment(),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'inherit', 'pipe'],
    },
  )
  process.stderr.write(stderr)
  const counts = countsOf(stderr, status === 0)
  writeCounts('zig', counts)
  console.log(
    `Zig tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  )
  if (status !== 0) throw new ScriptError(`zig build test failed (exit ${status})`)
})

/** Reads "…; 10/12 tests passed; 1 skipped; 1 failed" from the last line of Zig's summary. */
function countsOf(output: string, succeeded: boolean): Counts {
  const summary = /; (\d+)\/(\d+) tests passed(?:; (\d+) skipped)?/.exec(output)
  if (summary === null) {
    if (succeeded) throw new ScriptError('zig build test printed no summary of tests')
    return { passed: 0, failed: 1, skipped: 0 }
  }
  const [passed = 0, total = 0, skipped = 0] = summary.slice(1).map((digits) => Number(digits ?? 0))
  const failed = total - passed - skipped
  return { passed, failed: succeeded ? failed : Math.max(failed, 1), skipped }
}
