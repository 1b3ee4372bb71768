/**
 * A Uniswap V2 swap that a real EVM runs over a fork of a real anvil: how many HTTP requests its
 * reads need if they are prefetched, from the node's access list or from what earlier swaps taught.
 */

import { createBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM, type EVMResult } from '@ethereumjs/evm'
import { createAddressFromString, hexToBytes } from '@ethereumjs/util'
import { bytesToHex, type Hex } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { PAIR_SLOTS, tokenBalanceSlot } from '../../demo/contracts.ts'
import { ForkStateManager } from '../../src/ethereumjs.ts'
import { type PrefetchCallOptions, StateManager } from '../../src/index.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'
import { type Market, type MarketCall, type Markets, openMarkets, TAKEN } from './markets.ts'

/** Pin, access list of the node, state, code. */
const MAX_REQUESTS = 4
/** With the pin known: keys that the call always touches, keys derived from those, code. */
const MAX_LEARNED_REQUESTS = 3
const GAS = 1_000_000n

const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
const learnedAlone: PrefetchCallOptions = { sources: ['learned'] }

let node: RpcNode
let proxy: RpcProxy
let markets: Markets

beforeAll(async () => {
  node = await startAnvil()
  markets = await openMarkets(node)
  proxy = await startProxy(node.url)
})
afterAll(async () => {
  await proxy?.stop()
  await node?.stop()
})
beforeEach(() => proxy.reset())

interface Header {
  readonly number: Hex
  readonly timestamp: Hex
}

/** Runs a call at the pinned block, as the node's eth_call does, and reverts it. */
async function run(
  state: StateManager,
  call: MarketCall,
  check: (result: EVMResult) => Promise<void>,
): Promise<void> {
  const evm = await createEVM({ common, stateManager: new ForkStateManager({ state }) })
  const head = await node.rpc<Header>('eth_getBlockByNumber', ['latest', false])
  const header = { number: BigInt(head.number), timestamp: BigInt(head.timestamp) }
  state.checkpoint()
  const result = await evm.runCall({
    caller: createAddressFromString(call.from),
    to: createAddressFromString(call.to),
    data: hexToBytes(call.data),
    gasLimit: GAS,
    block: createBlock({ header }, { common }),
  })
  expect(result.execResult.exceptionError).toBeUndefined()
  await check(result)
  state.revert()
}

/** Swaps at the pair itself; the trader then has the tokens. @returns The source of the keys. */
async function swap(
  state: StateManager,
  { pair, tokens, swap: call }: Market,
  options?: PrefetchCallOptions,
): Promise<string> {
  const balanceKey = [tokens[1], tokenBalanceSlot(call.from)] as const
  const before = BigInt(await node.rpc<Hex>('eth_getStorageAt', [...balanceKey, 'latest']))
  const { source } = await state.prefetchCall(call, options)
  await run(state, call, async () => {
    expect(BigInt(await state.getStorage(...balanceKey))).toBe(before + TAKEN)
    // A swap writes this if it is in a later second than the last trade.
    expect(BigInt(await state.getStorage(pair, PAIR_SLOTS.price0Cumulative))).not.toBe(0n)
  })
  return source
}

/** Swaps through the router; the result is the node's. @returns The source of the keys. */
async function routedSwap(
  state: StateManager,
  { routedSwap: call }: Market,
  options?: PrefetchCallOptions,
): Promise<string> {
  const expected = await node.rpc<Hex>('eth_call', [call, 'latest'])
  const { source } = await state.prefetchCall(call, options)
  await run(state, call, async ({ execResult }) => {
    expect(bytesToHex(execResult.returnValue)).toBe(expected)
  })
  return source
}

describe.each([
  ['at the pair', swap],
  ['through the router', routedSwap],
])('a swap %s', (_, swapAt) => {
  test('takes at most 4 requests with the access list of the node', async () => {
    using state = new StateManager({ rpcClient: proxy.url })
    expect(await swapAt(state, markets.first)).toBe('access-list')
    expect(proxy.stats.httpRequests).toBeLessThanOrEqual(MAX_REQUESTS)
  })

  test.each(['second', 'otherTokens'] as const)(
    'at another pair (%s) takes at most 3 with only what the first one taught',
    async (name) => {
      using state = new StateManager({ rpcClient: proxy.url })
      await swapAt(state, markets.first, learnedAlone)
      proxy.reset()
      expect(await swapAt(state, markets[name], learnedAlone)).toBe('learned')
      expect(proxy.stats.byMethod.has('eth_createAccessList')).toBe(false)
      expect(proxy.stats.httpRequests).toBeLessThanOrEqual(MAX_LEARNED_REQUESTS)
      // Nearly all predicted keys were read; they are counted when the next call begins.
      await state.prefetchCall(markets.first.swap, learnedAlone)
      const { prefetchHits, predictedKeys } = state.metrics()
      expect(prefetchHits / predictedKeys).toBeGreaterThan(0.9)
    },
  )
})
