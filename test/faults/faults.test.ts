/**
 * The fault simulator. Scenarios are drawn from seeds and run in virtual time.
 *
 * `FORKSTATE_FAULTS` is the number of scenarios for each level, `FORKSTATE_SEED` the first seed. A
 * failure prints the command that repeats it. What this test finds becomes a named test elsewhere.
 */

import { expect, test } from 'vitest'

import type { Tally } from './scenario.ts'
import { runScenario } from './scenario.ts'
import type { Level } from './setting.ts'

const SCENARIOS = Number(process.env['FORKSTATE_FAULTS'] ?? 400)
const FIRST_SEED = Number(process.env['FORKSTATE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

test.each<Level>(['client', 'manager'])(
  '%s: true values or typed errors',
  { timeout: 0 },
  async (level) => {
    const tally: Tally = { values: 0, errors: 0 }
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SCENARIOS; seed++) {
      try {
        await runScenario(seed, level, tally)
      } catch (cause) {
        const command = `FORKSTATE_SEED=${seed} FORKSTATE_FAULTS=1 npx vitest run test/faults -t ${level}`
        throw new Error(`${(cause as Error).message}\n  repeat it: ${command}`, { cause })
      }
    }
    // Most reads must succeed, otherwise the test would cover errors alone.
    if (SCENARIOS >= 100) expect(tally.values).toBeGreaterThan(tally.errors / 2)
  },
)
