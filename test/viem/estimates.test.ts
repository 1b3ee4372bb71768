/** Estimates of gas against what a real anvil needs to run the same transaction. */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  concatHex,
  createTestClient,
  encodeFunctionData,
  type Hex,
  http,
  numberToHex,
  parseAbi,
} from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { PAIR_SLOTS } from '../../demo/contracts.ts'
import { JsonRpcError } from '../support/json-rpc.ts'
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

const MAX_POLLS = 2_000

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

test('equals the gas that the node needs, to the unit', async () => {
  const head = await world.remote.getBlockNumber()
  using fork = forkWorld(world, { block: head })
  const client = createTestClient({ mode: 'anvil', transport: http(world.node.url) })
  const transfer = encodeFunctionData({
    abi: TOKEN_ABI,
    functionName: 'transfer',
    args: [NOBODY, 5n],
  })
  const { pair } = world.scenario
  const skim = encodeFunctionData({
    abi: parseAbi(['function skim(address)']),
    functionName: 'skim',
    args: [NOBODY],
  })
  const storageKeys = [PAIR_SLOTS.reserves]
  const calls: Record<string, { to?: Hex; data?: Hex; value?: Hex; accessList?: unknown }> = {
    'a payment': { to: other, value: '0x1' },
    'a transfer of tokens': { to: token, data: transfer },
    'a call with reentrancy guard and refunds': { to: pair, data: skim },
    'much data that does nothing': { to: other, data: `0x${'ab'.repeat(5_000)}` },
    'a creation': { data: codeOfOpcode('43') },
    'an access list': { to: pair, data: skim, accessList: [{ address: pair, storageKeys }] },
  }
  for (const [what, call] of Object.entries(calls)) {
    const request = { from: trader, ...call }
    const estimate = BigInt(await rawCall(fork.local, request, 'eth_estimateGas'))
    const id = await client.snapshot()
    // One gas less is refused or fails; the estimate itself is enough.
    for (const [gas, isEnough] of [
      [estimate - 1n, false],
      [estimate, true],
    ] as const) {
      const succeeded = await succeeds({ ...request, gas: numberToHex(gas) })
      expect(succeeded, `${what} with ${gas} gas`).toBe(isEnough)
    }
    await client.revert({ id })
  }
})

test('a call that passes most gas on gets enough', async () => {
  using fork = forkWorld(world)
  // Calls the other place with all gas, and reverts if that fails: for less than 60,000 gas.
  const [outer, inner]: [Hex, Hex] = [PLACE, '0x0000000000000000000000000000000000c0de01']
  const stateOverride = [
    { address: outer, code: concatHex(['0x5f5f5f5f5f73', inner, '0x5af16022575f5ffd5b00']) },
    { address: inner, code: '0x61ea605a1060ff5700' as Hex },
  ]
  const call = { account: trader, to: outer, stateOverride }
  const estimate = await fork.local.estimateGas(call)
  expect(estimate).toBeGreaterThan(21_000n + 60_000n)
  await fork.local.call({ ...call, gas: estimate })
  await expect(fork.local.call({ ...call, gas: estimate - 1n })).rejects.toThrow()
})

test('a call that cannot succeed is an error, with what it was reverted with', async () => {
  using fork = forkWorld(world)
  const { local } = fork
  const transfer = { abi: TOKEN_ABI, address: token, functionName: 'transfer' } as const
  const error = await revertOf(
    local.estimateContractGas({ ...transfer, args: [other, 10n ** 40n], account: trader }),
  )
  expect(error.data?.errorName).toBe('ERC20InsufficientBalance')
  const stateOverride = [{ address: PLACE, code: '0x5b5f56' as Hex }]
  const poor = { account: NOBODY, to: other, maxFeePerGas: 10n ** 10n }
  await expect(local.estimateGas(poor)).rejects.toThrow(/gas required exceeds allowance/i)
  const endless = { account: trader, to: PLACE, stateOverride, gas: 200_000n }
  await expect(local.estimateGas(endless)).rejects.toThrow(/gas required exceeds allowance/i)
})

/** Whether the node takes a transaction and it succeeds. */
async function succeeds(transaction: Record<string, unknown>): Promise<boolean> {
  let hash: Hex
  try {
    hash = await world.node.rpc<Hex>('eth_sendTransaction', [transaction])
  } catch (error) {
    if (error instanceof JsonRpcError) return false
    throw error
  }
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    const { pending } = await world.node.rpc<{ pending: Hex }>('txpool_status')
    const receipt = await world.node.rpc<Receipt | null>('eth_getTransactionReceipt', [hash])
    if (receipt !== null) return receipt.status === '0x1'
    // Anvil drops a transaction silently whose gas it finds too low when it makes the block.
    if (BigInt(pending) === 0n) return false
    await sleep(1)
  }
  throw new Error(`transaction ${hash} was neither mined nor dropped`)
}

interface Receipt {
  readonly status: Hex
}
