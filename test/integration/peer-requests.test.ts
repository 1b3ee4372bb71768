/**
 * Checks what README.md says about the requests that other forks make, for those that are installed
 * here: the reads of `request-counts.test.ts`, made through the fork of a node instead of
 * forkstate.
 */

import { afterAll, beforeAll, expect, test } from 'vitest'

import { type RpcNode, startAnvil, startHardhat } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'
import { word } from '../support/sample-keys.ts'
import { type History, SLOT_COUNT, writeHistory } from './history.ts'

let upstream: RpcNode
let history: History
let proxy: RpcProxy

beforeAll(async () => {
  upstream = await startAnvil()
  history = await writeHistory(upstream)
  proxy = await startProxy(upstream.url)
})
afterAll(async () => {
  await proxy?.stop()
  await upstream?.stop()
})

/** HTTP requests for parallel reads on a new fork. */
async function requestsFor(
  startFork: () => Promise<RpcNode>,
  read: (fork: RpcNode) => readonly Promise<unknown>[],
): Promise<number> {
  await using fork = await startFork()
  await fork.rpc('eth_blockNumber')
  proxy.reset()
  await Promise.all(read(fork))
  return proxy.stats.httpRequests
}

async function forkWithAnvil(): Promise<RpcNode> {
  const block = ['--fork-block-number', `${history.block}`]
  return startAnvil({ args: ['--fork-url', proxy.url, ...block, '--no-storage-caching'] })
}

async function forkWithHardhat(): Promise<RpcNode> {
  const fork = await startHardhat()
  const forking = { jsonRpcUrl: proxy.url, blockNumber: Number(history.block) }
  await fork.rpc('hardhat_reset', [{ forking }])
  return fork
}

const readSlot = (fork: RpcNode, slot: number): Promise<unknown> =>
  fork.rpc('eth_getStorageAt', [history.contract, word(slot), 'latest'])
const slots = Array.from({ length: SLOT_COUNT }, (_, slot) => slot)

const oneSlot = (fork: RpcNode) => slots.map(() => readSlot(fork, 3))
const allSlots = (fork: RpcNode) => slots.map((slot) => readSlot(fork, slot))
const accounts = (fork: RpcNode) =>
  history.receivers.slice(0, 50).map((address) => fork.rpc('eth_getBalance', [address, 'latest']))

test('anvil shares a request among the readers of one slot, and makes one per slot', async () => {
  expect(await requestsFor(forkWithAnvil, oneSlot)).toBe(1)
  expect(await requestsFor(forkWithAnvil, allSlots)).toBe(100)
  // It probes whether the node serves eth_getAccountInfo, which is one call per account.
  expect([50, 150]).toContain(await requestsFor(forkWithAnvil, accounts))
})

test('anvil makes three per account on nodes without eth_getAccountInfo', async () => {
  const error = { code: -32601, message: 'the method does not exist' }
  proxy.setFaults({
    onCall: ({ method }) => (method === 'eth_getAccountInfo' ? { error } : undefined),
  })
  expect(await requestsFor(forkWithAnvil, accounts)).toBe(150)
  proxy.setFaults()
})

test('hardhat makes separate requests for each read', async () => {
  // It also asks for the head of the chain now and then.
  expect(await requestsFor(forkWithHardhat, oneSlot)).toBeGreaterThanOrEqual(400)
  expect(await requestsFor(forkWithHardhat, allSlots)).toBeGreaterThanOrEqual(400)
  expect(await requestsFor(forkWithHardhat, accounts)).toBeGreaterThanOrEqual(150)
})
