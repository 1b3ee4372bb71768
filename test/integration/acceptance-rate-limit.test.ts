/** A rate limit from the node's side: when requests arrive at a real anvil, and what they read. */

import type { Hex } from 'viem'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { RpcClientAdapter, type RpcClientOptions, StateManager } from '../../src/index.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'
import { entriesOf, makeContracts, readInParallel, type SampleContract } from './many-contracts.ts'

const ACCOUNTS = 60
const PER_SECOND = 40
/**
 * Arrivals are never timed earlier than departures; this allows for the clocks' resolution only.
 */
const GRAIN = 1

let node: RpcNode
let proxy: RpcProxy
let contracts: readonly SampleContract[]
/** The requests that have arrived: when, in seconds, and what they cost. */
let arrivals: { readonly atSeconds: number; readonly units: number }[] = []

beforeAll(async () => {
  node = await startAnvil()
  contracts = await makeContracts(node, { accounts: ACCOUNTS, slotsEach: 1 })
  proxy = await startProxy(node.url)
})
afterAll(async () => {
  await proxy?.stop()
  await node?.stop()
})
beforeEach(() => {
  arrivals = []
})

/** Reads every contract; returns how long that took, in seconds. */
async function readAll(
  options: RpcClientOptions,
  unitsOf: (methods: readonly string[]) => number,
): Promise<number> {
  const client = new RpcClientAdapter(proxy.url, options)
  using fork = new StateManager({ rpcClient: client })
  const began = performance.now()
  proxy.setFaults({
    onRequest: ({ calls }) => {
      const units = unitsOf(calls.map(({ method }) => method))
      arrivals.push({ atSeconds: (performance.now() - began) / 1_000, units })
      return undefined
    },
  })
  expect(await readInParallel(fork, contracts)).toEqual(contracts)
  expect(client.metrics().retries).toBe(0)
  client.close()
  return (performance.now() - began) / 1_000
}

/** At each arrival: no more than one second's allowance at once, plus what accrued since. */
function expectPaced(perSecond: number, largest: number): void {
  let sum = 0
  for (const { atSeconds, units } of arrivals) {
    sum += units
    expect(sum).toBeLessThanOrEqual(perSecond * (1 + atSeconds) + largest * GRAIN)
  }
}

test('requests per second', async () => {
  const seconds = await readAll({ requestsPerSecond: PER_SECOND, maxBatchSize: 1 }, () => 1)
  // The pin, and a proof and a code for each account.
  expect(arrivals.length).toBeGreaterThanOrEqual(2 * ACCOUNTS)
  expectPaced(PER_SECOND, 1)
  expect(seconds).toBeGreaterThanOrEqual((2 * ACCOUNTS - PER_SECOND - 1) / PER_SECOND)
})

test('compute units per second, by the cost of each method', async () => {
  const computeUnits = { eth_getProof: 20, eth_getCode: 5, '*': 1 }
  const costOf = (method: string): number =>
    computeUnits[method as keyof typeof computeUnits] ?? computeUnits['*']
  const unitsOf = (methods: readonly string[]): number =>
    methods.reduce((sum, method) => sum + costOf(method), 0)
  const perSecond = 1_000
  const maxBatchSize = 10
  const seconds = await readAll(
    { computeUnitsPerSecond: perSecond, computeUnits, maxBatchSize },
    unitsOf,
  )
  expectPaced(perSecond, 20 * maxBatchSize)
  expect(seconds).toBeGreaterThan((ACCOUNTS * 25 - perSecond - 20 * maxBatchSize) / perSecond)
})

test('a node that refuses requests beyond its limit is read in full, and waits are honoured', async () => {
  const perWindow = 5
  const windowMs = 200
  let window = { beganAtMs: 0, count: 0 }
  /** Calls. */
  let refused = 0
  proxy.setFaults({
    onRequest: ({ calls }) => {
      const now = performance.now()
      if (now - window.beganAtMs > windowMs) window = { beganAtMs: now, count: 0 }
      window.count += 1
      if (window.count <= perWindow) return undefined
      refused += calls.length
      return { status: 429, headers: { 'retry-after': '1' } }
    },
  })
  const client = new RpcClientAdapter(proxy.url, { maxBatchSize: 8, backoffMs: 10 })
  using fork = new StateManager({ rpcClient: client })
  await fork.prefetch(entriesOf(contracts))
  const addresses: readonly Hex[] = contracts.map(({ address }) => address)
  expect(addresses.map((address) => fork.peekBalance(address))).toEqual(
    contracts.map(({ balance }) => balance),
  )
  expect(refused).toBeGreaterThan(0)
  expect(client.metrics().retries).toBe(refused)
  client.close()
})
