/**
 * The GeneralStateTests of the fixtures, run by EthereumJS through a `ForkStateManager`: on state
 * that was written locally, and on a fork of a node that proves it. None is left out.
 *
 * With FORKSTATE_PEER set they also run on the state manager of EthereumJS itself, which passes
 * them all too.
 */

import type { Common, StateManagerInterface } from '@ethereumjs/common'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'

import { ForkStateManager } from '../../src/ethereumjs.ts'
import { ForkBackend, StateManager } from '../../src/index.ts'
import { describeFixtures } from '../support/fixtures.ts'
import { loadKzg } from '../support/kzg.ts'
import type { StateTest } from './cases.ts'
import { stateTestFiles } from './cases.ts'
import { commonFor, executeRun } from './execute.ts'
import { peerWith, servePreState, writePreState } from './pre-state.ts'

/** A state manager for one run. */
interface Subject {
  readonly stateManager: StateManagerInterface
  end(): void
}

/** Makes state managers that have the state before a test. */
type Before = (given: StateTest) => Promise<(common: Common) => Promise<Subject>>

/** A few tests run for long. */
const TIMEOUT_MS = 240_000

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

describeFixtures('GeneralStateTests', () => {
  beforeAll(loadKzg, TIMEOUT_MS)
  testMode('written locally', async ({ pre }) => async () => {
    const state = new StateManager()
    writePreState(state, pre)
    return subjectOf(state)
  })
  testMode('forked from a node that proves it', async (given) => {
    const node = await servePreState(given)
    const request = async (call: { method: string; params?: unknown }) =>
      node.answer(call.method, (call.params ?? []) as unknown[])
    const fork = new ForkBackend({ rpcClient: { request }, verify: true })
    ends.push(() => fork.destroy())
    return async () => subjectOf(new StateManager({ fork }))
  })
  const peer = 'of EthereumJS'
  if (process.env['FORKSTATE_PEER'] === undefined) {
    test.skip(`on state ${peer} (FORKSTATE_PEER is not set)`, () => {})
  } else {
    testMode(peer, async ({ pre }) => async (common) => {
      return { stateManager: await peerWith(pre, common), end() {} }
    })
  }
})

function subjectOf(state: StateManager): Subject {
  return { stateManager: new ForkStateManager({ state }), end: () => state.destroy() }
}

function testMode(title: string, before: Before): void {
  describe(`on state ${title}`, () => {
    for (const { name, tests } of stateTestFiles) {
      test(name, () => runTests(tests(), before), TIMEOUT_MS)
    }
  })
}

async function runTests(tests: readonly StateTest[], before: Before): Promise<void> {
  const found: Record<string, unknown> = {}
  const expected: Record<string, unknown> = {}
  for (const given of tests) {
    const subjectFor = await before(given)
    for (const run of given.runs) {
      const common = await commonFor(run.fork)
      const { stateManager, end } = await subjectFor(common)
      const { refusal, ...outcome } = await executeRun(given, run, stateManager, common)
      end()
      const name = `${given.name}: ${run.name}`
      found[name] = { ...outcome, isRefused: refusal !== undefined }
      const { stateRoot, logsHash } = run
      expected[name] = { stateRoot, logsHash, isRefused: run.refusal !== undefined }
    }
  }
  expect(found).toEqual(expected)
}
