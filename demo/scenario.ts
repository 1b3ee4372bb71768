/**
 * A small economy on a fresh development chain: two tokens, a Uniswap V2 pair, transfers and swaps.
 *
 * The node must mine a block for each transaction and hold unlocked accounts (anvil, hardhat and
 * ganache do). Amounts come from a seeded generator, so every run makes the same transactions.
 * Values that the node adds (timestamps, fees) may differ.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { encodeDeployData, encodeFunctionData, type Hex } from 'viem'

import type { JsonRpcEndpoint } from '../test/support/json-rpc.ts'
import {
  compileToken,
  FACTORY_ABI,
  factoryBytecode,
  PAIR_ABI,
  PAIR_SLOTS,
  TOKEN_ABI,
  unpackReserves,
} from './contracts.ts'

const ONE_TOKEN = 10n ** 18n
const SUPPLY = 1_000_000n * ONE_TOKEN
const SEED = 0x5eed
const CALL_GAS = 500_000
const DEPLOY_GAS = 5_000_000
const RECEIPT_ATTEMPTS = 2_000

/** The result: addresses and blocks. */
export interface Scenario {
  /** Unlocked accounts with ether; the first one deployed all contracts. */
  readonly accounts: readonly Hex[]
  readonly factory: Hex
  readonly pair: Hex
  /** In the pair's order: token0, token1. */
  readonly tokens: readonly [Hex, Hex]
  /** Gets its first wei after {@link Scenario.forkBlock}: at that block it does not exist. */
  readonly newcomer: Hex
  /** A block in the middle: half of the transfers and swaps came later. */
  readonly forkBlock: bigint
  readonly head: bigint
}

export interface ScenarioOptions {
  /** Number of token transfers, half of them before the fork block; 100 if absent. */
  readonly transfers?: number
  /** Number of swaps of two transactions each, half of them before the fork block; 50 if absent. */
  readonly swaps?: number
}

/** Runs the scenario: about 200 transactions, one per block. */
export async function runScenario(
  node: JsonRpcEndpoint,
  { transfers = 100, swaps = 50 }: ScenarioOptions = {},
): Promise<Scenario> {
  const accounts = (await node.rpc<Hex[]>('eth_accounts')).slice(0, 10)
  const deployed = await deployAll(node, accounts)
  const { pair, tokens } = deployed
  const random = randomBelow(SEED)
  const market = { pair, tokens, accounts }
  const [deployer] = accounts as [Hex]

  await addLiquidity(node, market)
  for (const trader of accounts.slice(1)) {
    for (const token of tokens) await transfer(node, token, deployer, trader, 10_000n * ONE_TOKEN)
  }
  const half = { transfers: transfers >> 1, swaps: swaps >> 1 }
  await trade(node, market, half, random)
  const forkBlock = await blockNumber(node)

  const newcomer: Hex = '0x00000000000000000000000000000000c0ffee01'
  await send(node, { from: deployer, to: newcomer, value: '0x1' })
  await trade(
    node,
    market,
    { transfers: transfers - half.transfers, swaps: swaps - half.swaps },
    random,
  )
  return { ...deployed, accounts, newcomer, forkBlock, head: await blockNumber(node) }
}

/** Extends the chain by `swaps` swaps of two blocks each. @returns The new head. */
export async function tradeOn(
  node: JsonRpcEndpoint,
  scenario: Scenario,
  swaps: number,
): Promise<bigint> {
  await trade(node, scenario, { transfers: 0, swaps }, randomBelow(Number(scenario.head)))
  return blockNumber(node)
}

/** The contracts that are traded with. */
type Market = Pick<Scenario, 'pair' | 'tokens' | 'accounts'>

async function deployAll(
  node: JsonRpcEndpoint,
  accounts: readonly Hex[],
): Promise<Pick<Scenario, 'factory' | 'pair' | 'tokens'>> {
  const [from] = accounts as [Hex]
  const tokenCode = compileToken()
  // The compiler blocks for a second or more. Give closed connections a chance to be noticed.
  await sleep(10)
  const deployToken = (name: string, symbol: string): Promise<Hex> => {
    const args = [name, symbol, SUPPLY] as const
    return deploy(node, from, encodeDeployData({ abi: TOKEN_ABI, bytecode: tokenCode, args }))
  }
  const apple = await deployToken('Apple', 'APL')
  const pear = await deployToken('Pear', 'PER')
  const factoryCode = encodeDeployData({
    abi: FACTORY_ABI,
    bytecode: factoryBytecode(),
    args: [from],
  })
  const factory = await deploy(node, from, factoryCode)
  const args = [apple, pear] as const
  const createPair = encodeFunctionData({ abi: FACTORY_ABI, functionName: 'createPair', args })
  await send(node, { from, to: factory, data: createPair, gas: DEPLOY_GAS })
  const getPair = encodeFunctionData({ abi: FACTORY_ABI, functionName: 'getPair', args })
  const word = await node.rpc<Hex>('eth_call', [{ to: factory, data: getPair }, 'latest'])
  const tokens = BigInt(apple) < BigInt(pear) ? ([apple, pear] as const) : ([pear, apple] as const)
  return { factory, pair: `0x${word.slice(-40)}`, tokens }
}

async function addLiquidity(node: JsonRpcEndpoint, market: Market): Promise<void> {
  const { pair, tokens, accounts } = market
  const [from] = accounts as [Hex]
  await transfer(node, tokens[0], from, pair, 100_000n * ONE_TOKEN)
  await transfer(node, tokens[1], from, pair, 250_000n * ONE_TOKEN)
  const data = encodeFunctionData({ abi: PAIR_ABI, functionName: 'mint', args: [from] })
  await send(node, { from, to: pair, data })
}

/** Transfers and swaps, mixed evenly. */
async function trade(
  node: JsonRpcEndpoint,
  market: Market,
  counts: { readonly transfers: number; readonly swaps: number },
  random: RandomBelow,
): Promise<void> {
  const { accounts, tokens } = market
  const pick = (): Hex => accounts[random(accounts.length)] as Hex
  const rounds = Math.max(counts.transfers, counts.swaps)
  for (let round = 0; round < rounds; round++) {
    if (isTurn(round, counts.transfers, rounds)) {
      const token = tokens[random(2)] as Hex
      await transfer(node, token, pick(), pick(), BigInt(1 + random(1_000)) * (ONE_TOKEN / 100n))
    }
    if (isTurn(round, counts.swaps, rounds)) await swap(node, market, pick(), random)
  }
}

/** Whether `round` is one of `count` rounds that are spread evenly over `rounds`. */
function isTurn(round: number, count: number, rounds: number): boolean {
  return Math.floor(((round + 1) * count) / rounds) > Math.floor((round * count) / rounds)
}

/** Pays one token into the pair, and takes out what x * y = k allows after the fee of 0.3%. */
async function swap(
  node: JsonRpcEndpoint,
  { pair, tokens }: Market,
  trader: Hex,
  random: RandomBelow,
): Promise<void> {
  const sellsToken0 = random(2) === 0
  const amountIn = BigInt(1 + random(500)) * (ONE_TOKEN / 10n)
  const word = await node.rpc<Hex>('eth_getStorageAt', [pair, PAIR_SLOTS.reserves, 'latest'])
  const { reserve0, reserve1 } = unpackReserves(BigInt(word))
  const [reserveIn, reserveOut] = sellsToken0 ? [reserve0, reserve1] : [reserve1, reserve0]
  const paid = amountIn * 997n
  const amountOut = (paid * reserveOut) / (reserveIn * 1_000n + paid)

  await transfer(node, sellsToken0 ? tokens[0] : tokens[1], trader, pair, amountIn)
  const args = [sellsToken0 ? 0n : amountOut, sellsToken0 ? amountOut : 0n, trader, '0x'] as const
  const data = encodeFunctionData({ abi: PAIR_ABI, functionName: 'swap', args })
  await send(node, { from: trader, to: pair, data })
}

async function transfer(
  node: JsonRpcEndpoint,
  token: Hex,
  from: Hex,
  to: Hex,
  value: bigint,
): Promise<void> {
  const data = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'transfer', args: [to, value] })
  await send(node, { from, to: token, data })
}

interface Transaction {
  readonly from: Hex
  readonly to?: Hex
  readonly data?: Hex
  readonly value?: Hex
  readonly gas?: number
}

interface Receipt {
  readonly status: Hex
  readonly contractAddress: Hex | null
}

/** Sends creation code. @returns The contract's address. */
export async function deploy(node: JsonRpcEndpoint, from: Hex, data: Hex): Promise<Hex> {
  const { contractAddress } = await send(node, { from, data, gas: DEPLOY_GAS })
  if (contractAddress === null) throw new Error('a deployment made no contract')
  return contractAddress
}

/** Sends a transaction and waits until it is mined. @throws Error if it failed. */
export async function send(node: JsonRpcEndpoint, transaction: Transaction): Promise<Receipt> {
  const gas = `0x${(transaction.gas ?? CALL_GAS).toString(16)}`
  const hash = await node.rpc<Hex>('eth_sendTransaction', [{ ...transaction, gas }])
  for (let attempt = 0; attempt < RECEIPT_ATTEMPTS; attempt++) {
    const receipt = await node.rpc<Receipt | null>('eth_getTransactionReceipt', [hash])
    if (receipt !== null) {
      if (BigInt(receipt.status) !== 1n) throw new Error(`transaction ${hash} failed`)
      return receipt
    }
    await sleep(1)
  }
  throw new Error(`transaction ${hash} was not mined`)
}

async function blockNumber(node: JsonRpcEndpoint): Promise<bigint> {
  return BigInt(await node.rpc<Hex>('eth_blockNumber'))
}

/** Returns an integer from 0 to `limit` - 1. */
type RandomBelow = (limit: number) => number

/** The generator mulberry32: good enough to vary amounts, and the same everywhere. */
function randomBelow(seed: number): RandomBelow {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}
