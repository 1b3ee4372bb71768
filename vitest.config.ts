import { defineConfig } from 'vitest/config'

/** Set by the CI script: where results are left to be added up. */
const reports = process.env['FORKSTATE_REPORTS']

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // A process a file: tests load the native addon, start nodes and watch memory.
    pool: 'forks',
    maxWorkers: 2,
    retry: 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    typecheck: { enabled: true, include: ['src/**/*.test-d.ts'] },
    reporters: reports
      ? ['default', ['json', { outputFile: `${reports}/vitest.json` }]]
      : 'default',
  },
})
