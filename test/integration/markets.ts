/**
 * Two Uniswap V2 pairs and a router, as their authors published them, on a fresh anvil: with four
 * tokens, a trader who may trade on either pair, and tokens paid into each for a swap to take out.
 */

import { createRequire } from 'node:module'
import {
  createTestClient,
  encodeFunctionData,
  type Hex,
  http,
  maxUint256,
  parseAbi,
  publicActions,
  walletActions,
  zeroAddress,
} from 'viem'
import { foundry } from 'viem/chains'

import {
  compileToken,
  FACTORY_ABI,
  factoryBytecode,
  PAIR_ABI,
  TOKEN_ABI,
} from '../../demo/contracts.ts'
import type { RpcNode } from '../support/nodes.ts'

const ONE = 10n ** 18n
const SUPPLY = 1_000_000n * ONE
const RESERVE = 1_000n * ONE
const PAID = 10n * ONE
/** What a swap takes out; less than half of what was paid in. */
export const TAKEN = 4n * ONE
const NEVER = 2n ** 40n

const ROUTER_ABI = parseAbi([
  'constructor(address factory, address weth)',
  'function swapExactTokensForTokens(uint256, uint256, address[], address, uint256)',
])
const APPROVE_ABI = parseAbi(['function approve(address spender, uint256 value) returns (bool)'])

/** A call of the trader. */
export interface MarketCall {
  readonly from: Hex
  readonly to: Hex
  readonly data: Hex
}

/** A pair where the trader has paid in, and has not swapped yet. */
export interface Market {
  readonly pair: Hex
  /** In the order of the pair. */
  readonly tokens: readonly [Hex, Hex]
  /** Takes the second token out of the pair. */
  readonly swap: MarketCall
  /** Trades the first token for the second one through the router. */
  readonly routedSwap: MarketCall
}

/** Two pairs with the same code and with tokens of the same code, and one with other tokens. */
export interface Markets {
  readonly first: Market
  readonly second: Market
  readonly otherTokens: Market
}

type Chain = ReturnType<typeof chainOf>

function chainOf(node: RpcNode) {
  return createTestClient({
    chain: foundry,
    mode: 'anvil',
    transport: http(node.url),
    pollingInterval: 5,
  })
    .extend(publicActions)
    .extend(walletActions)
}

/** Deploys everything; mines some twenty blocks. */
export async function openMarkets(node: RpcNode): Promise<Markets> {
  const chain = chainOf(node)
  const [deployer, trader] = (await chain.getAddresses()) as [Hex, Hex, ...Hex[]]
  const factory = await deployed(
    chain,
    chain.deployContract({
      account: deployer,
      abi: FACTORY_ABI,
      bytecode: factoryBytecode(),
      args: [deployer],
    }),
  )
  const router = await deployed(
    chain,
    chain.deployContract({
      account: deployer,
      abi: ROUTER_ABI,
      bytecode: routerBytecode(),
      args: [factory, zeroAddress],
    }),
  )
  const bytecode = compileToken()
  const open = async (hasOtherCode: boolean): Promise<Market> => {
    const [apple, pear] = [
      await deployToken(chain, { deployer, bytecode }),
      await deployToken(chain, { deployer, bytecode }),
    ]
    const tokens = [apple, pear] as const
    if (hasOtherCode) for (const token of tokens) await changeCode(node, token)
    return openMarket(chain, { factory, router, deployer, trader, tokens })
  }
  const markets = {
    first: await open(false),
    second: await open(false),
    otherTokens: await open(true),
  }
  // Later than the last trade, so that a swap adds to the cumulative prices as it does on a chain.
  await node.rpc('evm_increaseTime', [60])
  await node.rpc('anvil_mine', [])
  return markets
}

async function deployed(chain: Chain, sent: Promise<Hex>): Promise<Hex> {
  const { contractAddress } = await chain.waitForTransactionReceipt({ hash: await sent })
  return (contractAddress as Hex).toLowerCase() as Hex
}

async function mined(chain: Chain, sent: Promise<Hex>): Promise<void> {
  const { status } = await chain.waitForTransactionReceipt({ hash: await sent })
  if (status !== 'success') throw new Error('a transaction failed')
}

interface TokenSpec {
  readonly deployer: Hex
  readonly bytecode: Hex
}

function deployToken(chain: Chain, { deployer, bytecode }: TokenSpec): Promise<Hex> {
  const args = ['Apple', 'APL', SUPPLY] as const
  const sent = chain.deployContract({ account: deployer, abi: TOKEN_ABI, bytecode, args })
  return deployed(chain, sent)
}

/** The same program with another hash: the bytes after it are never run. */
async function changeCode(node: RpcNode, token: Hex): Promise<void> {
  const code = await node.rpc<Hex>('eth_getCode', [token, 'latest'])
  await node.rpc('anvil_setCode', [token, `${code}${token.slice(2)}`])
}

interface MarketSpec {
  readonly factory: Hex
  readonly router: Hex
  readonly deployer: Hex
  readonly trader: Hex
  readonly tokens: readonly [Hex, Hex]
}

async function openMarket(chain: Chain, spec: MarketSpec): Promise<Market> {
  const { factory, router, deployer, trader } = spec
  const tokens = [...spec.tokens].sort() as [Hex, Hex]
  const send = (from: Hex, to: Hex, data: Hex): Promise<void> =>
    mined(chain, chain.sendTransaction({ account: from, to, data }))
  const transfer = (from: Hex, token: Hex, to: Hex, value: bigint): Promise<void> => {
    const args = [to, value] as const
    return send(from, token, encodeFunctionData({ abi: TOKEN_ABI, functionName: 'transfer', args }))
  }
  const create = { abi: FACTORY_ABI, functionName: 'createPair', args: tokens } as const
  await send(deployer, factory, encodeFunctionData(create))
  const found = { address: factory, ...create, functionName: 'getPair' } as const
  const pair = (await chain.readContract(found)).toLowerCase() as Hex
  for (const token of tokens) await transfer(deployer, token, pair, RESERVE)
  const mint = { abi: PAIR_ABI, functionName: 'mint', args: [deployer] } as const
  await send(deployer, pair, encodeFunctionData(mint))
  for (const token of tokens) await transfer(deployer, token, trader, 2n * PAID)
  await transfer(trader, tokens[0], pair, PAID)
  const approval = { abi: APPROVE_ABI, functionName: 'approve' } as const
  const approve = encodeFunctionData({ ...approval, args: [router, maxUint256] })
  await send(trader, tokens[0], approve)
  return {
    pair,
    tokens,
    swap: { from: trader, to: pair, data: swapData(trader) },
    routedSwap: { from: trader, to: router, data: routedSwapData(tokens, trader) },
  }
}

function swapData(to: Hex): Hex {
  const args = [0n, TAKEN, to, '0x'] as const
  return encodeFunctionData({ abi: PAIR_ABI, functionName: 'swap', args })
}

function routedSwapData(tokens: readonly [Hex, Hex], to: Hex): Hex {
  const args = [PAID, 0n, tokens, to, NEVER] as const
  return encodeFunctionData({ abi: ROUTER_ABI, functionName: 'swapExactTokensForTokens', args })
}

function routerBytecode(): Hex {
  const artefact = '@uniswap/v2-periphery/build/UniswapV2Router02.json'
  const { bytecode } = createRequire(import.meta.url)(artefact) as { readonly bytecode: string }
  return `0x${bytecode}`
}
