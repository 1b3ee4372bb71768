/**
 * Runs the tests with random operations for longer: the Zig core against its naive model, then both
 * builds against the TypeScript model. `npm run fuzz -- 20000000` sets the number of operations.
 */

import { runNodeTool, runScript, ScriptError } from './project.ts'

const defaultOperations = 5_000_000

await runScript(() => {
  const operations = Number(process.argv[2] ?? defaultOperations)
  if (!Number.isSafeInteger(operations) || operations < 1) {
    throw new ScriptError(`the argument must be a number of operations, got ${process.argv[2]}`)
  }
  runNodeTool('tsx/dist/cli.mjs', [
    'scripts/test-zig.ts',
    '-Dtest-optimize=ReleaseSafe',
    '-Dtest-filter=random operations',
    `-Dfuzz-operations=${operations}`,
  ])
  runNodeTool('vitest/vitest.mjs', ['run', 'test/model', '--typecheck.enabled=false'], {
    env: { ...process.env, FORKSTATE_OPS: String(operations) },
  })
})
