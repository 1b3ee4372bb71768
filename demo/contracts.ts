/**
 * The contracts of the demo: the Uniswap V2 factory and router as their authors published them, and
 * an ERC-20 compiled here from OpenZeppelin's sources. Also the storage layout of their state.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { encodeAbiParameters, type Hex, keccak256, numberToHex, parseAbi } from 'viem'

const require = createRequire(import.meta.url)

export const FACTORY_ABI = parseAbi([
  'constructor(address feeToSetter)',
  'function createPair(address tokenA, address tokenB) returns (address)',
  'function getPair(address tokenA, address tokenB) view returns (address)',
])

export const PAIR_ABI = parseAbi([
  'function mint(address to) returns (uint256)',
  'function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data)',
])

export const TOKEN_ABI = parseAbi([
  'constructor(string name, string symbol, uint256 supply)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function transfer(address to, uint256 value) returns (bool)',
])

export const ROUTER_ABI = parseAbi([
  'constructor(address factory, address wrappedEther)',
  'function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline) returns (uint256[] amounts)',
])

/** Slots of a Uniswap V2 pair, in the order of its declarations. */
export const PAIR_SLOTS = {
  totalSupply: slotAt(0n),
  factory: slotAt(5n),
  token0: slotAt(6n),
  token1: slotAt(7n),
  reserves: slotAt(8n),
  price0Cumulative: slotAt(9n),
  price1Cumulative: slotAt(10n),
  lastProduct: slotAt(11n),
  unlocked: slotAt(12n),
} as const

/** Slots of an OpenZeppelin ERC-20; balances are a mapping at slot 0. */
export const TOKEN_SLOTS = {
  totalSupply: slotAt(2n),
  name: slotAt(3n),
  symbol: slotAt(4n),
} as const

/** The slot that holds the token balance of `owner`. */
export function tokenBalanceSlot(owner: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [owner, 0n]))
}

/** Unpacks {@link PAIR_SLOTS.reserves}: two values of 112 bits and a 32-bit time. */
export function unpackReserves(word: bigint): { readonly reserve0: bigint; reserve1: bigint } {
  const mask = (1n << 112n) - 1n
  return { reserve0: word & mask, reserve1: (word >> 112n) & mask }
}

/** A slot number as 32 bytes of hex. */
export function slotAt(index: bigint): Hex {
  return numberToHex(index, { size: 32 })
}

/** Creation code of the Uniswap V2 factory, without constructor arguments. */
export function factoryBytecode(): Hex {
  return publishedBytecode('@uniswap/v2-core/build/UniswapV2Factory.json')
}

/** Creation code of the matching router, without constructor arguments. */
export function routerBytecode(): Hex {
  return publishedBytecode('@uniswap/v2-periphery/build/UniswapV2Router02.json')
}

function publishedBytecode(file: string): Hex {
  const artefact = require(file) as { bytecode: string }
  return `0x${artefact.bytecode}`
}

interface CompilerOutput {
  readonly errors?: readonly { severity: string; formattedMessage: string }[]
  readonly contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>
}

/**
 * Compiles `contracts/Token.sol`. It takes about a second, mostly to load the compiler.
 *
 * @returns Its creation code, without constructor arguments.
 * @throws Error with the compiler's messages.
 */
export function compileToken(): Hex {
  const compiler = require('solc') as {
    compile(input: string, callbacks: { import(path: string): { contents: string } }): string
  }
  const source = readFileSync(new URL('contracts/Token.sol', import.meta.url), 'utf8')
  const input = {
    language: 'Solidity',
    sources: { 'Token.sol': { content: source } },
    settings: {
      // Runs on every node that the tests use, including the oldest.
      evmVersion: 'paris',
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { 'Token.sol': { Token: ['evm.bytecode.object'] } },
    },
  }
  const contentsOf = (path: string) => ({ contents: readFileSync(require.resolve(path), 'utf8') })
  const text = compiler.compile(JSON.stringify(input), { import: contentsOf })
  const output = JSON.parse(text) as CompilerOutput
  const errors = output.errors?.filter(({ severity }) => severity === 'error') ?? []
  const bytecode = output.contracts?.['Token.sol']?.['Token']?.evm.bytecode.object
  if (errors.length > 0 || bytecode === undefined) {
    const messages = errors.map(({ formattedMessage }) => formattedMessage).join('\n')
    throw new Error(`Token.sol does not compile: ${messages}`)
  }
  return `0x${bytecode}`
}
