/**
 * Random operations against the full-copy model, over both builds.
 *
 * `FORKSTATE_OPS` is the number of operations for each build, `FORKSTATE_SEED` the first seed. A
 * failure prints the command that repeats it, and becomes a named test elsewhere.
 */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { engineCases } from '../support/engines.ts'
import { type Scenario, scenarios } from './operations.ts'
import { remoteChain, worldOf } from './remote.ts'
import { runScenario } from './runner.ts'

/** In CI both builds together do more than 200,000. */
const OPERATIONS = Number(process.env['FORKSTATE_OPS'] ?? 110_000)
const MAX_OPERATIONS_A_RUN = 160
const RUNS_A_SEED = 50
const FIRST_SEED = Number(process.env['FORKSTATE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

const remotes = [0, 1].map((index) => {
  const chain = remoteChain(index)
  return { chain, world: worldOf(chain) }
})

describe('random operations', () => {
  for (const { kind, engine, absence } of engineCases) {
    const title = `the model agrees with ${kind}${absence === undefined ? '' : ` (${absence})`}`
    test.skipIf(engine === undefined)(title, { timeout: 0 }, async () => {
      let done = 0
      for (let seed = FIRST_SEED; done < OPERATIONS; seed++) {
        const remote = remotes[seed % 2] as (typeof remotes)[number]
        const property = fc.asyncProperty(scenarios(MAX_OPERATIONS_A_RUN), async (scenario) => {
          done += await runScenario(engine as NonNullable<typeof engine>, scenario, remote)
        })
        const details = await fc.check(property, { seed, numRuns: RUNS_A_SEED })
        if (details.failed) throw new Error(report(kind, seed, details))
      }
      expect(done).toBeGreaterThanOrEqual(OPERATIONS)
    })
  }
})

function report(kind: string, seed: number, details: fc.RunDetails<[Scenario]>): string {
  const { counterexample, errorInstance } = details
  const [{ operations, ...setup }] = counterexample as [Scenario]
  return [
    `${kind}: ${(errorInstance as Error | undefined)?.message}`,
    `after ${JSON.stringify(setup)}`,
    ...operations.map((operation) => `  ${JSON.stringify(operation)}`),
    `repeat it: FORKSTATE_SEED=${seed} FORKSTATE_OPS=1 npx vitest run test/model -t ${kind}`,
    `${(errorInstance as Error | undefined)?.stack}`,
  ].join('\n')
}
