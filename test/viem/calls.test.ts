/** Calls run locally by EthereumJS against the same calls run by a real anvil. */

import {
  type BaseError,
  concatHex,
  createTestClient,
  encodeFunctionData,
  type Hex,
  http,
  InsufficientFundsError,
  numberToHex,
  pad,
  publicActions,
} from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { PAIR_ABI, tokenBalanceSlot } from '../../demo/contracts.ts'
import { StateManager } from '../../src/index.ts'
import { type ForkStateTransportOptions, forkStateTransport } from '../../src/viem.ts'
import {
  codeOfOpcode,
  forkWorld,
  NOBODY,
  PLACE,
  rawCall,
  revertOf,
  startWorld,
  TOKEN_ABI,
  type World,
} from './world.ts'

let world: World
let trader: Hex
let other: Hex
let token: Hex

beforeAll(async () => {
  world = await startWorld()
  ;[trader, other] = world.scenario.accounts as [Hex, Hex]
  ;[token] = world.scenario.tokens
})
afterAll(async () => {
  await world?.stop()
})

/** The pinned block on the node. */
function there(): { blockNumber: bigint } {
  return { blockNumber: world.scenario.forkBlock }
}

describe('eth_call', () => {
  test('a contract is read as the node reads it', async () => {
    using fork = forkWorld(world)
    const { local } = fork
    const { remote, scenario } = world
    const read = { abi: TOKEN_ABI, address: token } as const
    for (const owner of [...scenario.accounts, scenario.pair, NOBODY]) {
      const balance = { ...read, functionName: 'balanceOf', args: [owner] } as const
      expect(await local.readContract(balance)).toBe(
        await remote.readContract({ ...balance, ...there() }),
      )
    }
    const name = { ...read, functionName: 'name' } as const
    expect(await local.readContract(name)).toBe(await remote.readContract(name))
    const ether = await local.call({ account: trader, to: other, value: 10n ** 18n })
    expect(ether.data).toBeUndefined()
  })

  test('it sees local writes and changes nothing', async () => {
    using fork = forkWorld(world)
    const { state, local } = fork
    state.setStorage(token, tokenBalanceSlot(NOBODY), 77n)
    const before = state.dump()
    const depth = state.checkpointDepth
    const balance = { abi: TOKEN_ABI, address: token, functionName: 'balanceOf' } as const
    expect(await local.readContract({ ...balance, args: [NOBODY] })).toBe(77n)
    const moved = await local.simulateContract({
      abi: TOKEN_ABI,
      address: token,
      functionName: 'transfer',
      args: [other, 70n],
      account: NOBODY,
    })
    expect(moved.result).toBe(true)
    expect(await local.readContract({ ...balance, args: [NOBODY] })).toBe(77n)
    expect(state.dump()).toEqual(before)
    expect(state.checkpointDepth).toBe(depth)
  })

  test('after the same writes it equals a node that was written to', async () => {
    const node = createTestClient({ mode: 'anvil', transport: http(world.node.url) })
    const remote = node.extend(publicActions)
    using fork = forkWorld(world, { block: await remote.getBlockNumber() })
    // What is set by hand belongs to no block, so it is set on top of the one that is forked.
    await node.mine({ blocks: 1 })
    const slot = tokenBalanceSlot(NOBODY)
    const value = numberToHex(123_456_789n, { size: 32 })
    for (const client of [node, fork.anvil]) {
      await client.setStorageAt({ address: token, index: slot, value })
      await client.setBalance({ address: NOBODY, value: 4n })
      await client.setNonce({ address: NOBODY, nonce: 9 })
      await client.setCode({ address: PLACE, bytecode: codeOfOpcode('33') })
    }
    for (const args of [[NOBODY], [trader]] as const) {
      const read = { abi: TOKEN_ABI, address: token, functionName: 'balanceOf', args } as const
      expect(await fork.local.readContract(read)).toBe(await remote.readContract(read))
    }
    const call = { account: NOBODY, to: PLACE } as const
    expect(await fork.local.call(call)).toEqual(await remote.call(call))
    const transfer = { abi: TOKEN_ABI, address: token, functionName: 'transfer' } as const
    const estimate = { ...transfer, args: [other, 100n], account: NOBODY } as const
    const [here, gasThere] = await Promise.all([
      fork.local.estimateContractGas(estimate),
      remote.estimateContractGas(estimate),
    ])
    expect(here).toBe(gasThere)
    await node.mine({ blocks: 1 })
  })

  test('opcodes see the pinned block', async () => {
    const { remote } = world
    const head = await remote.getBlock()
    using fork = forkWorld(world, { block: head.number })
    const opcodes: Record<string, bigint> = {
      '41': BigInt(head.miner),
      '42': head.timestamp,
      '43': head.number,
      '44': BigInt(head.mixHash),
      '45': head.gasLimit,
      '46': 31_337n,
      '48': head.baseFeePerGas as bigint,
      '4a': 1n,
      '32': BigInt(NOBODY),
      '3a': 0n,
    }
    for (const [opcode, expected] of Object.entries(opcodes)) {
      const stateOverride = [{ address: PLACE, code: codeOfOpcode(opcode) }]
      const { data } = await fork.local.call({ account: NOBODY, to: PLACE, stateOverride })
      expect(BigInt(data as Hex), `opcode ${opcode}`).toBe(expected)
    }
    // BLOCKHASH of the parent, and of a block 256 back where there is none.
    const hashOfParent: Hex = '0x6001430340' as Hex
    const code = concatHex([hashOfParent, '0x5f5260205ff3'])
    const { data } = await fork.local.call({ to: PLACE, stateOverride: [{ address: PLACE, code }] })
    expect(data).toBe(head.parentHash)
  })

  test('overrides of state and block hold for one call', async () => {
    using fork = forkWorld(world)
    const { state, local } = fork
    const override = [
      { address: NOBODY, balance: 5n * 10n ** 18n },
      { address: token, stateDiff: [{ slot: tokenBalanceSlot(NOBODY), value: pad('0x63') }] },
    ]
    const data = encodeFunctionData({
      abi: TOKEN_ABI,
      functionName: 'balanceOf',
      args: [NOBODY],
    })
    const asked = { to: token, data, stateOverride: override } as const
    expect(await local.call(asked)).toEqual(await world.remote.call({ ...asked, ...there() }))
    expect(BigInt((await local.call(asked)).data as Hex)).toBe(0x63n)
    expect(BigInt((await local.call({ to: token, data })).data as Hex)).toBe(0n)
    const wiped = [
      { address: token, state: [{ slot: tokenBalanceSlot(NOBODY), value: pad('0x1') }] },
    ]
    const supply = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'totalSupply' })
    const afterWipe = { to: token, data: supply, stateOverride: wiped } as const
    expect(BigInt((await local.call(afterWipe)).data as Hex)).toBe(0n)
    const blocks = {
      '42': { time: 99n },
      '43': { number: 98n },
      '41': { feeRecipient: NOBODY },
      '45': { gasLimit: 10_000_000n },
      '48': { baseFeePerGas: 95n },
      '4a': { blobBaseFee: 94n },
      '44': { prevRandao: 93n },
    } as const
    for (const [opcode, blockOverrides] of Object.entries(blocks)) {
      const stateOverride = [{ address: PLACE, code: codeOfOpcode(opcode) }]
      const answer = await local.call({ to: PLACE, stateOverride, blockOverrides })
      const [expected] = Object.values(blockOverrides)
      expect(BigInt(answer.data as Hex), opcode).toBe(BigInt(expected))
    }
    expect(state.dump().accounts).toEqual({})
  })

  test('a call without receiver runs its data as creation code', async () => {
    using fork = forkWorld(world)
    // Returns its own address: that of the sender's next contract, as on the node.
    const creation = { account: trader, data: codeOfOpcode('30') } as const
    expect(await fork.local.call(creation)).toEqual(
      await world.remote.call({ ...creation, ...there() }),
    )
    // Creation code of a contract that returns the size of what it is called with.
    const code = { code: '0x66365f5260205ff35f5260076019f3', data: '0x1234' } as const
    expect(BigInt((await fork.local.call(code)).data as Hex)).toBe(2n)
    expect(await fork.local.call(code)).toEqual(await world.remote.call({ ...code, ...there() }))
  })

  test('a sender with code can be simulated', async () => {
    using fork = forkWorld(world)
    const stateOverride = [{ address: PLACE, code: codeOfOpcode('33') }]
    const call = { account: token, to: PLACE, stateOverride } as const
    expect((await fork.local.call(call)).data).toBe(pad(token))
    expect(await fork.local.call(call)).toEqual(await world.remote.call({ ...call, ...there() }))
  })
})

describe('failures reach viem as those of a node', () => {
  test('custom errors, reasons and panics of reverts', async () => {
    using fork = forkWorld(world)
    const transfer = {
      abi: TOKEN_ABI,
      address: token,
      functionName: 'transfer',
      args: [other, 10n ** 40n],
      account: trader,
    } as const
    const swap = {
      abi: PAIR_ABI,
      address: world.scenario.pair,
      functionName: 'swap',
      args: [0n, 0n, other, '0x'],
      account: trader,
    } as const
    for (const call of [transfer, swap]) {
      const here = await revertOf(fork.local.simulateContract(call as typeof transfer))
      const thereToo = await revertOf(
        world.remote.simulateContract({ ...(call as typeof transfer), ...there() }),
      )
      expect(here.data).toEqual(thereToo.data)
      expect(here.reason).toBe(thereToo.reason)
      expect(here.raw).toBe(thereToo.raw)
    }
    const failed = await revertOf(fork.local.simulateContract(transfer))
    expect(failed.data?.errorName).toBe('ERC20InsufficientBalance')
    const refused = await revertOf(fork.local.simulateContract(swap as unknown as typeof transfer))
    expect(refused.reason).toBe('UniswapV2: INSUFFICIENT_OUTPUT_AMOUNT')
  })

  test('the code is 3 and the data is what was returned', async () => {
    using fork = forkWorld(world)
    // Reverts with one byte, 0xaa.
    const stateOverride = [{ address: PLACE, code: '0x60aa5f5360015ffd' as Hex }]
    const error = await fork.local.call({ to: PLACE, stateOverride }).catch((caught) => caught)
    const cause = (error as BaseError).walk((one) => (one as { code?: unknown }).code === 3)
    expect(cause).toMatchObject({ code: 3, data: '0xaa', details: 'execution reverted' })
  })

  test('calls that fail otherwise have no data', async () => {
    using fork = forkWorld(world)
    const failures: [Hex, RegExp][] = [
      ['0xfe', /invalid opcode/],
      ['0x50', /stack underflow/],
      ['0x5b5f56', /out of gas/],
    ]
    for (const [code, message] of failures) {
      const stateOverride = [{ address: PLACE, code }]
      const call = fork.local.call({ to: PLACE, stateOverride, gas: 100_000n })
      const error = await call.catch((caught: BaseError) => caught as BaseError)
      expect((error as BaseError).details).toMatch(message)
    }
  })

  test('what the sender cannot pay is refused', async () => {
    using fork = forkWorld(world)
    const { local } = fork
    const poor = { account: NOBODY, to: other, value: 1n } as const
    for (const call of [local.call(poor), local.estimateGas(poor)]) {
      const error = await call.catch((caught: BaseError) => caught as BaseError)
      const cause = (error as BaseError).walk((one) => one instanceof InsufficientFundsError)
      expect(cause).toBeInstanceOf(InsufficientFundsError)
    }
    const { baseFeePerGas } = await local.getBlock()
    const cheap = { account: trader, to: other, maxFeePerGas: (baseFeePerGas as bigint) - 1n }
    await expect(local.call(cheap)).rejects.toThrow(/max fee per gas/i)
    const upside = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 10n + 1n }
    await expect(
      rawCall(fork.local, { from: trader, to: other, ...hexed(upside) }),
    ).rejects.toThrow()
    await expect(local.call({ account: trader, to: other, gas: 20_999n })).rejects.toThrow(
      /intrinsic gas too low/i,
    )
  })

  test('the price of gas is taken from the sender before the call runs', async () => {
    using fork = forkWorld(world)
    const price = 10n ** 10n
    // SELFBALANCE of a sender that calls itself, and GASPRICE.
    const stateOverride = [{ address: PLACE, code: codeOfOpcode('47'), balance: 10n ** 18n }]
    const call = { account: PLACE, to: PLACE, gas: 100_000n, gasPrice: price, stateOverride }
    expect(BigInt((await fork.local.call(call)).data as Hex)).toBe(10n ** 18n - 100_000n * price)
    const priced = [{ ...stateOverride[0], address: PLACE, code: codeOfOpcode('3a') }]
    const { data } = await fork.local.call({ ...call, stateOverride: priced })
    expect(BigInt(data as Hex)).toBe(price)
  })
})

test('what earlier calls of a function touched is read ahead', async () => {
  const requestsOf = async (options: ForkStateTransportOptions): Promise<number> => {
    using fork = forkWorld(world, options)
    const transfer = { abi: TOKEN_ABI, address: token, functionName: 'transfer' } as const
    const [, , third, fourth] = world.scenario.accounts as [Hex, Hex, Hex, Hex]
    await fork.local.simulateContract({ ...transfer, args: [other, 1n], account: trader })
    world.proxy.reset()
    await fork.local.simulateContract({ ...transfer, args: [third, 2n], account: fourth })
    return world.proxy.stats.httpRequests
  }
  const learned = await requestsOf({})
  const none = await requestsOf({ prefetch: [] })
  const predicted = await requestsOf({ prefetch: ['access-list'] })
  expect(none).toBeGreaterThan(2)
  expect(learned).toBe(1)
  expect(predicted).toBe(2)
})

test('a source that is none is refused', async () => {
  using fork = forkWorld(world, { prefetch: ['oracle' as 'trace'] })
  await expect(fork.local.call({ to: token })).rejects.toThrow(/oracle/)
})

test('a state in memory runs calls', async () => {
  using state = new StateManager()
  const client = createTestClient({
    mode: 'anvil',
    transport: forkStateTransport(state, { hardfork: 'prague' }),
  }).extend(publicActions)
  await client.setCode({ address: PLACE, bytecode: codeOfOpcode('33') })
  expect((await client.call({ account: NOBODY, to: PLACE })).data).toBe(pad(NOBODY))
  expect(await client.estimateGas({ account: NOBODY, to: NOBODY })).toBe(21_000n)
})

test('the rules are those of the fork that was named', async () => {
  const push0 = { address: PLACE, code: codeOfOpcode('43') }
  for (const [hardfork, works] of [
    ['shanghai', true],
    ['paris', false],
  ] as const) {
    using fork = forkWorld(world, { hardfork })
    const call = fork.local.call({ to: PLACE, stateOverride: [push0] })
    const succeeded = await call.then(
      () => true,
      (error: BaseError) => !/invalid opcode/.test(error.details),
    )
    expect(succeeded, hardfork).toBe(works)
  }
})

function hexed(values: Readonly<Record<string, bigint>>): Record<string, Hex> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, numberToHex(value)]),
  )
}
