/**
 * The tests, as vitest runs them, in groups: `unit` and `types` stand beside the source, `suites` is
 * `test/`, and `timed` are those of `test/` that hold something to a time. They run after all
 * others, two files at once whatever the machine has, so that more processors change no result.
 */

import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Set by the CI script: where results are left to be added up. */
const reports = process.env['FORKSTATE_REPORTS']

const unit = 'src/**/*.test.ts'
const timed = ['test/integration/acceptance*.test.ts', 'test/bench.test.ts']

/** A process takes up to 1 GB and may start nodes of its own, hence the upper bound. */
const maxWorkers = Math.min(8, Math.max(2, availableParallelism()))

export default defineConfig({
  test: {
    // A process a file: tests load the native addon, start nodes and watch memory.
    pool: 'forks',
    maxWorkers,
    retry: 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: reports
      ? ['default', ['json', { outputFile: `${reports}/vitest.json` }]]
      : 'default',
    projects: [
      { extends: true, test: { name: 'unit', include: [unit] } },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: { enabled: true, only: true, include: ['src/**/*.test-d.ts'] },
        },
      },
      {
        extends: true,
        test: { name: 'suites', include: ['test/**/*.test.ts'], exclude: timed },
      },
      {
        extends: true,
        test: { name: 'timed', include: timed, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
