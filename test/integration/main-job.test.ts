/**
 * The main job as a test: what `npm start` shows must hold, and must be able to fail. A comparison
 * that cannot fail proves nothing, so a proxy lies to forkstate and the report has to say so.
 */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type MainJobReport, runMainJob } from '../../demo/main-job.ts'
import { printReport } from '../../demo/print.ts'
import { runScenario, type Scenario } from '../../demo/scenario.ts'
import { type RpcNode, startAnvil, startGanache, startHardhat } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'

const MAIN = fileURLToPath(new URL('../../demo/main.ts', import.meta.url))

describe('on its own chain', () => {
  let report: MainJobReport

  beforeAll(async () => {
    report = await runMainJob()
  })

  test('every value equals the answer of the node at the pinned block', () => {
    expect(report.comparisons.filter(({ matches }) => !matches)).toEqual([])
    expect(report.comparisons.length).toBeGreaterThan(80)
    const kinds = new Set(report.comparisons.map(({ read }) => read.kind))
    expect([...kinds].sort()).toEqual(['balance', 'code', 'nonce', 'storage'])
    const nonZero = report.comparisons.filter(({ node }) => node !== '0x' && BigInt(node) !== 0n)
    expect(nonZero.length).toBeGreaterThan(50)
  })

  test('every local step holds', () => {
    expect(report.steps.filter(({ matches }) => !matches)).toEqual([])
    expect(report.ok).toBe(true)
  })

  test('the fork is in the past and the head moved on meanwhile', () => {
    expect(report.pinned.number).toBeLessThan(report.head.before)
    expect(report.head.before).toBeLessThan(report.head.after)
    expect(report.pinned.mode).toBe('hash')
  })

  test('all first reads need three HTTP requests at most, and none the second time', () => {
    const costOf = (name: string) => report.phases.find((phase) => phase.name === name)
    const first = costOf('first reads')
    expect(first?.reads).toBe(report.comparisons.length)
    expect(first?.httpRequests).toBeLessThanOrEqual(3)
    expect(costOf('the same again')).toMatchObject({ httpRequests: 0, rpcCalls: 0 })
    expect(costOf('without the cache')?.rpcCalls).toBe(first?.rpcCalls)
  })

  test('the printed report shows both sides of every value', () => {
    const text = printReport(report)
    expect(text).not.toContain('✗')
    expect(text.match(/ ✓/g)?.length).toBe(report.comparisons.length + report.steps.length)
    expect(text).toContain(`node at block ${report.pinned.number}`)
  })
})

describe('on a chain that is given', () => {
  let anvil: RpcNode
  let scenario: Scenario
  let proxy: RpcProxy

  beforeAll(async () => {
    anvil = await startAnvil()
    scenario = await runScenario(anvil, { transfers: 4, swaps: 4 })
    proxy = await startProxy(anvil.url)
  })
  afterAll(async () => {
    await proxy?.stop()
    await anvil?.stop()
  })

  test('reads the accounts and contracts of a block', async () => {
    const report = await runMainJob({ rpcUrl: proxy.url, block: scenario.forkBlock })
    expect(report.comparisons.filter(({ matches }) => !matches)).toEqual([])
    expect(report.ok).toBe(true)
    expect(report.pinned.number).toBe(scenario.forkBlock)
    const addresses = new Set(report.comparisons.map(({ read }) => read.address))
    expect([...addresses]).toContain(scenario.pair)
  })

  test('a lie told to forkstate alone is reported as a difference', async () => {
    proxy.setFaults(lieAbout(scenario.pair))
    const report = await runMainJob({ rpcUrl: proxy.url, block: scenario.forkBlock })
    proxy.setFaults()

    const wrong = report.comparisons.filter(({ matches }) => !matches)
    expect(wrong.map(({ read }) => [read.address, read.kind])).toEqual([[scenario.pair, 'balance']])
    expect(wrong[0]).toMatchObject({ forkstate: '1', node: '0' })
    expect(report.ok).toBe(false)
    expect(printReport(report)).toContain('✗')
  })

  test('the exit code is 0 if all is equal, and 1 after a lie', async () => {
    const env = { RPC_URL: proxy.url, BLOCK: `${scenario.forkBlock}` }
    expect(await runMain(env)).toMatchObject({ code: 0, stdout: expect.stringContaining('✓') })
    proxy.setFaults(lieAbout(scenario.pair))
    expect(await runMain(env)).toMatchObject({ code: 1, stdout: expect.stringContaining('✗') })
    proxy.setFaults()
  })

  test('the exit code is 1 if the job cannot run', async () => {
    const unknownBlock = await runMain({ RPC_URL: proxy.url, BLOCK: '99999999' })
    expect(unknownBlock.code).toBe(1)
    expect(await runMain({ BLOCK: '5' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('BLOCK needs RPC_URL'),
    })
    expect((await runMain({ RPC_URL: proxy.url, BLOCK: 'newest' })).stderr).toContain('newest')
  })
})

test.each([
  { start: startHardhat, mode: 'hash' },
  { start: startGanache, mode: 'number' },
])('on another node, pinned by $mode', async ({ start, mode }) => {
  await using node = await start()
  const { forkBlock } = await runScenario(node, { transfers: 4, swaps: 4 })
  const report = await runMainJob({ rpcUrl: node.url, block: forkBlock })
  expect([...report.comparisons, ...report.steps].filter(({ matches }) => !matches)).toEqual([])
  expect(report.pinned).toMatchObject({ mode, number: forkBlock })
})

/** Only proofs lie; the plain methods, which the comparison uses, stay honest. */
function lieAbout(address: string): Parameters<RpcProxy['setFaults']>[0] {
  return {
    onCall: ({ method, params }) => {
      if (method !== 'eth_getProof' || String(params[0]).toLowerCase() !== address) return undefined
      return { result: (real) => ({ ...(real as object), balance: '0x1' }) }
    },
  }
}

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `npm start` without npm. */
function runMain(env: Readonly<Record<string, string>>): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } }
    const args = ['--import', 'tsx', MAIN]
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr })
    })
  })
}
