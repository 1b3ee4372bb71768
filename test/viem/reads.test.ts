/** Reads through the transport against the node's own answers for the same block. */

import {
  BlockNotFoundError,
  type Hex,
  InvalidParamsRpcError,
  MethodNotFoundRpcError,
  ResourceNotFoundRpcError,
} from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { PAIR_SLOTS, tokenBalanceSlot } from '../../demo/contracts.ts'
import { StateManager } from '../../src/index.ts'
import { forkStateTransport } from '../../src/viem.ts'
import { forkWorld, NOBODY, startWorld, type World } from './world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.proxy.reset())
afterAll(async () => {
  await world?.stop()
})

describe('of the pinned block', () => {
  test('accounts, code and slots equal the node’s, named in every way', async () => {
    using fork = forkWorld(world)
    const { local } = fork
    const { remote, scenario } = world
    const { forkBlock: blockNumber, accounts, newcomer, pair, tokens, factory } = scenario
    const { hash } = await remote.getBlock({ blockNumber })
    const names = [{}, { blockTag: 'pending' }, { blockNumber }, { blockTag: 'safe' }] as const
    for (const [index, address] of [...accounts, newcomer, pair, ...tokens, factory].entries()) {
      const at = names[index % names.length] ?? {}
      const there = { address, blockNumber }
      expect(await local.getBalance({ address, ...at })).toBe(await remote.getBalance(there))
      expect(await local.getTransactionCount({ address, ...at })).toBe(
        await remote.getTransactionCount(there),
      )
      expect(await local.getCode({ address, ...at })).toBe(await remote.getCode(there))
    }
    const slots = [...Object.values(PAIR_SLOTS), tokenBalanceSlot(pair)]
    for (const address of [pair, ...tokens]) {
      for (const slot of slots) {
        const value = await local.getStorageAt({ address, slot })
        expect(value).toBe(await remote.getStorageAt({ address, slot, blockNumber }))
        const named = [address, slot, { blockHash: hash }]
        expect(await rawRequest(local, 'eth_getStorageAt', named)).toBe(value)
      }
    }
    expect(await local.getStorageAt({ address: pair, slot: '0x8' })).toBe(
      await local.getStorageAt({ address: pair, slot: PAIR_SLOTS.reserves }),
    )
  })

  test('a local write is what is read, with no request', async () => {
    using fork = forkWorld(world)
    const { state, local } = fork
    const [address] = world.scenario.accounts as [Hex]
    await local.getBlockNumber()
    state.setBalance(address, 5n)
    state.setNonce(address, 6n)
    state.setCode(address, '0x00')
    state.setStorage(address, 7n, 8n)
    world.proxy.reset()
    expect(await local.getBalance({ address })).toBe(5n)
    expect(await local.getTransactionCount({ address })).toBe(6)
    expect(await local.getCode({ address })).toBe('0x00')
    expect(BigInt((await local.getStorageAt({ address, slot: '0x7' })) ?? '0x0')).toBe(8n)
    expect(world.proxy.stats.rpcCalls).toBe(0)
  })

  test('chain id, number and block, whichever name the block has', async () => {
    using fork = forkWorld(world)
    const { local } = fork
    const { remote, scenario } = world
    const block = await remote.getBlock({ blockNumber: scenario.forkBlock })
    expect(await local.getChainId()).toBe(await remote.getChainId())
    expect(await local.getBlockNumber()).toBe(scenario.forkBlock)
    expect(await remote.getBlockNumber()).toBeGreaterThan(scenario.forkBlock)
    expect(await local.getBlock()).toEqual(block)
    expect(await local.getBlock({ blockNumber: block.number })).toEqual(block)
    expect(await local.getBlock({ blockHash: block.hash })).toEqual(block)
    expect(await local.getBlock({ includeTransactions: true })).toMatchObject({
      transactions: [{ blockHash: block.hash, hash: block.transactions[0] }],
    })
    expect(await rawRequest(local, 'net_version')).toBe('31337')
    expect(await rawRequest(local, 'eth_accounts')).toEqual([])
  })
})

describe('of other blocks', () => {
  test('earlier ones are the node’s, without local writes', async () => {
    using fork = forkWorld(world)
    const { state, local } = fork
    const { remote, scenario } = world
    const [address] = scenario.accounts as [Hex]
    state.setBalance(address, 5n)
    const blockNumber = 5n
    const block = await remote.getBlock({ blockNumber })
    expect(await local.getBlock({ blockNumber })).toEqual(block)
    expect(await local.getBlock({ blockHash: block.hash })).toEqual(block)
    const balance = await remote.getBalance({ address, blockNumber })
    expect(balance).not.toBe(await remote.getBalance({ address, blockNumber: scenario.forkBlock }))
    expect(await local.getBalance({ address, blockNumber })).toBe(balance)
    const byHash = [address, { blockHash: block.hash }]
    expect(BigInt((await rawRequest(local, 'eth_getBalance', byHash)) as Hex)).toBe(balance)
    const earliest = await local.getBalance({ address, blockTag: 'earliest' })
    expect(earliest).toBe(await remote.getBalance({ address, blockTag: 'earliest' }))
  })

  test('later ones do not exist', async () => {
    using fork = forkWorld(world)
    const { local } = fork
    const later = world.scenario.forkBlock + 1n
    const { hash } = await world.remote.getBlock({ blockNumber: later })
    const missing = [local.getBlock({ blockNumber: later }), local.getBlock({ blockHash: hash })]
    for (const read of missing) await expect(read).rejects.toThrow(BlockNotFoundError)
    const error = await local
      .getBalance({ address: NOBODY, blockNumber: later })
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ResourceNotFoundRpcError)
  })

  test('with `unknown: refuse` only the pinned block is asked of the node', async () => {
    using fork = forkWorld(world, { unknown: 'refuse' })
    const { local } = fork
    const [address] = world.scenario.accounts as [Hex]
    expect((await local.getBlock()).number).toBe(world.scenario.forkBlock)
    await local.getBalance({ address })
    world.proxy.reset()
    const blockNumber = world.scenario.forkBlock - 1n
    const { hash: blockHash } = await world.remote.getBlock({ blockNumber })
    const refused = [
      local.getBalance({ address, blockNumber }),
      local.getBlock({ blockNumber }),
      local.getBlock({ blockHash }),
      local.getGasPrice(),
      local.getLogs(),
      local.call({ to: address, blockNumber }),
    ]
    for (const read of refused) {
      const error = await read.catch((caught: Error) => caught)
      expect(causesOf(error).some((cause) => cause instanceof MethodNotFoundRpcError)).toBe(true)
    }
    expect(world.proxy.stats.rpcCalls).toBe(0)
  })
})

describe('of what is no state', () => {
  test('logs, receipts and fees come from the node, and latest is the pinned block', async () => {
    using fork = forkWorld(world)
    const { local } = fork
    const { remote, scenario } = world
    const toBlock = scenario.forkBlock
    const logs = await local.getLogs({ fromBlock: 1n, toBlock: 'latest' })
    expect(logs).toEqual(await remote.getLogs({ fromBlock: 1n, toBlock }))
    expect(logs.length).toBeLessThan((await remote.getLogs({ fromBlock: 1n })).length)
    const { transactions } = await local.getBlock()
    const hash = transactions[0] as Hex
    expect(await local.getTransactionReceipt({ hash })).toEqual(
      await remote.getTransactionReceipt({ hash }),
    )
    expect(await local.getBlockTransactionCount()).toBe(
      await remote.getBlockTransactionCount({ blockNumber: toBlock }),
    )
    const history = { blockCount: 2, rewardPercentiles: [] }
    expect((await local.getFeeHistory(history)).oldestBlock).toBe(toBlock - 1n)
    expect(await local.getGasPrice()).toBe(await remote.getGasPrice())
  })

  test('what signs, sends, mines or runs elsewhere never reaches the node', async () => {
    using fork = forkWorld(world)
    const methods = [
      'eth_sendRawTransaction',
      'eth_sendTransaction',
      'eth_sign',
      'personal_sign',
      'wallet_sendCalls',
      'evm_mine',
      'evm_increaseTime',
      'anvil_mine',
      'anvil_reset',
      'hardhat_impersonateAccount',
      'txpool_content',
      'eth_createAccessList',
      'eth_simulateV1',
      'debug_traceCall',
    ]
    for (const method of methods) {
      const error = await rawRequest(fork.local, method).catch((caught: unknown) => caught)
      expect(error, method).toBeInstanceOf(MethodNotFoundRpcError)
    }
    const seen = [...world.proxy.stats.byMethod.keys()]
    expect(seen.filter((method) => methods.includes(method))).toEqual([])
  })

  test('malformed parameters are refused as such, with no request', async () => {
    using fork = forkWorld(world)
    const requests: [string, unknown[]][] = [
      ['eth_getBalance', ['0x12', 'latest']],
      ['eth_getBalance', [NOBODY, 'newest']],
      ['eth_getBalance', [NOBODY, { blockHash: '0x12' }]],
      ['eth_getBalance', [NOBODY, {}]],
      ['eth_getBalance', []],
      ['eth_getStorageAt', [NOBODY, `0x1${'0'.repeat(64)}`, 'latest']],
      ['eth_getStorageAt', [NOBODY, 'slot', 'latest']],
      ['eth_call', ['call', 'latest']],
      ['eth_call', [{ to: '0x1234' }, 'latest']],
      ['eth_call', [{ data: '0x123' }, 'latest']],
      ['eth_call', [{ data: '0x12', input: '0x13' }, 'latest']],
      ['eth_call', [{}, 'latest', { [NOBODY]: { colour: 'red' } }]],
      ['eth_call', [{}, 'latest', {}, { colour: 'red' }]],
      ['eth_call', [{ authorizationList: [{}] }, 'latest']],
      ['anvil_setBalance', [NOBODY, 'much']],
      ['anvil_setNonce', [NOBODY, `0x1${'0'.repeat(16)}`]],
      ['anvil_setCode', [NOBODY, 'code']],
    ]
    for (const [method, params] of requests) {
      const error = await rawRequest(fork.local, method, params).catch((caught: unknown) => caught)
      expect(error, `${method} ${JSON.stringify(params)}`).toBeInstanceOf(InvalidParamsRpcError)
    }
    expect(fork.state.dump().accounts).toEqual({})
  })
})

test('an error of the node is an error, not a zero', async () => {
  using fork = forkWorld(world)
  await fork.local.getBlockNumber()
  world.proxy.setFaults({
    onCall: ({ method }) =>
      method === 'eth_getProof'
        ? { error: { code: -32_000, message: 'the disk is on fire' } }
        : undefined,
  })
  const error = await fork.local
    .getBalance({ address: NOBODY })
    .catch((caught: Error) => caught as Error)
  world.proxy.setFaults()
  expect(String(error)).toContain('the disk is on fire')
  expect(await fork.local.getBalance({ address: NOBODY })).toBe(0n)
})

test('a state in memory has block 0 and the chain id it is given', async () => {
  using state = new StateManager()
  const request = forkStateTransport(state, { chainId: 10 })({}).request as RawRequest
  state.setBalance(NOBODY, 9n)
  expect(await request({ method: 'eth_chainId' })).toBe('0xa')
  expect(await request({ method: 'eth_blockNumber' })).toBe('0x0')
  expect(await request({ method: 'eth_getBalance', params: [NOBODY, '0x0'] })).toBe('0x9')
  expect(await request({ method: 'eth_getBlockByNumber', params: ['0x1', false] })).toBe(null)
  await expect(
    request({ method: 'eth_getBlockByNumber', params: ['latest', false] }),
  ).rejects.toThrow(ResourceNotFoundRpcError)
  await expect(request({ method: 'eth_gasPrice' })).rejects.toThrow(MethodNotFoundRpcError)
  const bare = forkStateTransport(state)({}).request as RawRequest
  expect(await bare({ method: 'eth_chainId' })).toBe('0x7a69')
  expect(() => forkStateTransport(state, { chainId: 0 })).toThrow('chainId')
})

type RawRequest = (args: { method: string; params?: readonly unknown[] }) => Promise<unknown>

function rawRequest(
  client: { readonly request: unknown },
  method: string,
  params: readonly unknown[] = [],
): Promise<unknown> {
  return (client.request as RawRequest)({ method, params })
}

function causesOf(error: unknown): readonly unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : []
}
