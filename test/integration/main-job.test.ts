/**
 * The main job as a test: what `npm start` shows must hold, and must be able to fail. A comparison
 * that cannot fail proves nothing, so a proxy lies to forkstate, and the report must show it.
 */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type MainJobReport, runMainJob } from '../../demo/main-job.ts'
import { printReport } from '../../demo/print.ts'
import { runScenario, type Scenario } from '../../demo/scenario.ts'
import type { SwapReport } from '../../demo/swap.ts'
import { type RpcNode, startAnvil, startGanache, startHardhat } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'

const LIE: Hex = `0x${'11'.repeat(32)}`
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

  test('the fork is at an earlier block and the head has moved on', () => {
    expect(report.pinned.number).toBeLessThan(report.head.before)
    expect(report.head.before).toBeLessThan(report.head.after)
    expect(report.pinned.mode).toBe('hash')
  })

  test('a swap executed on the fork equals the one that the node then mines, header hash included', () => {
    const { header, changes } = swapOf(report)
    expect([...header, ...changes].filter(({ matches }) => !matches)).toEqual([])
    const fields = new Map(header.map(({ what, node }) => [what, node]))
    for (const field of ['stateRoot', 'receiptsRoot', 'gasUsed', 'hash']) {
      expect([...fields.keys()]).toContain(field)
    }
    expect(BigInt(fields.get('gasUsed') ?? 0)).toBeGreaterThan(21_000n)
    const changed = changes.map(({ what }) => what)
    expect(changed).toContain('pair reserves')
    expect(changed).toContain('account 1 nonce')
    expect(changes.filter(({ before, node }) => before === node)).toEqual([])
  })

  test('all first reads take at most three HTTP requests, and none the second time', () => {
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
    const { header, changes } = swapOf(report)
    const compared = [report.comparisons, report.steps, header, changes].flat().length
    expect(text.match(/ ✓/g)?.length).toBe(compared)
    expect(text).toContain(`node at block ${report.pinned.number}`)
  })
})

describe('on a chain that is passed in', () => {
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

  test('reads the accounts and contracts of a block, swaps, and reverts the swap', async () => {
    const report = await runMainJob({ rpcUrl: proxy.url, block: scenario.forkBlock })
    expect(report.comparisons.filter(({ matches }) => !matches)).toEqual([])
    expect(report.ok).toBe(true)
    expect(report.pinned.number).toBe(scenario.forkBlock)
    const addresses = new Set(report.comparisons.map(({ read }) => read.address))
    expect([...addresses]).toContain(scenario.pair)

    expect(swapOf(report).block).toBeGreaterThan(report.head.before)
    expect(report.head.after).toBe(report.head.before)
    const { timestamp } = await anvil.rpc<{ timestamp: string }>('eth_getBlockByNumber', [
      'pending',
      false,
    ])
    expect(Math.abs(Number(timestamp) - Date.now() / 1_000)).toBeLessThan(120)
  })

  test('a lie in a proof is detected, and ends the job', async () => {
    proxy.setFaults(lieInProof(scenario.pair))
    const job = runMainJob({ rpcUrl: proxy.url, block: scenario.forkBlock })
    await expect(job).rejects.toMatchObject({ code: 'PROOF_INVALID', address: scenario.pair })
    proxy.setFaults()
  })

  test('a value that the node answers differently is reported as a difference', async () => {
    proxy.setFaults(lieInBalance(scenario.pair))
    const report = await runMainJob({ rpcUrl: proxy.url, block: scenario.forkBlock })
    proxy.setFaults()

    const wrong = report.comparisons.filter(({ matches }) => !matches)
    expect(wrong.map(({ read }) => [read.address, read.kind])).toEqual([[scenario.pair, 'balance']])
    expect(wrong[0]).toMatchObject({ forkstate: '0', node: '1' })
    expect(report.ok).toBe(false)
    expect(printReport(report)).toContain('✗')
  })

  test('a header that the node answers differently is reported as a difference', async () => {
    const head = BigInt(await anvil.rpc<Hex>('eth_blockNumber'))
    proxy.setFaults(lieInHeaderAfter(head))
    const report = await runMainJob({ rpcUrl: proxy.url, block: scenario.forkBlock })
    proxy.setFaults()

    const wrong = swapOf(report).header.filter(({ matches }) => !matches)
    expect(wrong).toMatchObject([{ what: 'stateRoot', node: LIE }])
    expect(report.ok).toBe(false)
  })

  test('the exit code is 0 if all is equal, and 1 after a lie', async () => {
    const env = { RPC_URL: proxy.url, BLOCK: `${scenario.forkBlock}` }
    expect(await runMain(env)).toMatchObject({ code: 0, stdout: expect.stringContaining('✓') })
    proxy.setFaults(lieInBalance(scenario.pair))
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
  expect(report.ok).toBe(true)
  expect(report.swap).toMatchObject({ skipped: expect.stringContaining('not an anvil') })
  expect(printReport(report)).toContain('A swap, executed locally: skipped, since')
})

function swapOf({ swap }: MainJobReport): Exclude<SwapReport, { skipped: string }> {
  if ('skipped' in swap) throw new Error(`skipped: ${swap.skipped}`)
  return swap
}

type Faults = Parameters<RpcProxy['setFaults']>[0]

/** Lies only to forkstate, which reads proofs. */
function lieInProof(address: string): Faults {
  return {
    onCall: ({ method, params }) => {
      if (method !== 'eth_getProof' || String(params[0]).toLowerCase() !== address) return undefined
      return { result: (real) => ({ ...(real as object), balance: '0x1' }) }
    },
  }
}

/** Lies in the plain methods, which only the comparison uses. */
function lieInBalance(address: string): Faults {
  return {
    onCall: ({ method, params }) => {
      if (method !== 'eth_getBalance' || String(params[0]).toLowerCase() !== address) return
      return { result: () => '0x1' }
    },
  }
}

/** Lies about blocks that are mined from now on. */
function lieInHeaderAfter(head: bigint): Faults {
  return {
    onCall: ({ method, params }) => {
      const [block] = params
      if (method !== 'eth_getBlockByNumber' || !String(block).startsWith('0x')) return undefined
      if (BigInt(block as Hex) <= head) return undefined
      return { result: (real) => ({ ...(real as object), stateRoot: LIE }) }
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
