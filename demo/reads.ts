/**
 * The values that the main job reads, once through forkstate and once from the node itself, and
 * their comparison. Both sides use one canonical text, so equal text means equal value.
 */

import { formatEther, formatUnits, type Hex, hexToString, pad } from 'viem'

import type { StateManager } from '../src/index.ts'
import type { JsonRpcEndpoint } from '../test/support/json-rpc.ts'
import { PAIR_SLOTS, slotAt, TOKEN_SLOTS, tokenBalanceSlot, unpackReserves } from './contracts.ts'
import type { Scenario } from './scenario.ts'

const CONCURRENT_NODE_CALLS = 8
const MAX_ADDRESSES_OF_BLOCK = 20
const SLOTS_PER_CONTRACT = 4

/** One value to read. */
export interface Read {
  /** Rows of the same group are listed together. */
  readonly group: string
  readonly label: string
  readonly kind: 'balance' | 'nonce' | 'code' | 'storage'
  readonly address: Hex
  /** 32 bytes; only for `storage`. */
  readonly slot?: Hex
  /** Makes the canonical text short and readable. */
  readonly show?: (canonical: string) => string
}

/** One value from both sides, in canonical text. */
export interface Comparison {
  readonly read: Read
  readonly forkstate: string
  readonly node: string
  readonly matches: boolean
}

/** Reads everything through forkstate in one turn, so that the requests are sent together. */
export function readFork(state: StateManager, reads: readonly Read[]): Promise<string[]> {
  return Promise.all(reads.map((read) => readOne(state, read)))
}

async function readOne(state: StateManager, read: Read): Promise<string> {
  switch (read.kind) {
    case 'balance':
      return `${await state.getBalance(read.address)}`
    case 'nonce':
      return `${await state.getNonce(read.address)}`
    case 'code':
      return state.getCode(read.address)
    case 'storage':
      return state.getStorage(read.address, read.slot ?? slotAt(0n))
  }
}

/** Requests the same values from the node at `block`, each with its plain method. */
export async function readNode(
  node: JsonRpcEndpoint,
  reads: readonly Read[],
  block: bigint,
): Promise<string[]> {
  const blockText = `0x${block.toString(16)}`
  const values: string[] = []
  for (let start = 0; start < reads.length; start += CONCURRENT_NODE_CALLS) {
    const some = reads.slice(start, start + CONCURRENT_NODE_CALLS)
    values.push(...(await Promise.all(some.map((read) => askOne(node, read, blockText)))))
  }
  return values
}

async function askOne(node: JsonRpcEndpoint, read: Read, block: string): Promise<string> {
  switch (read.kind) {
    case 'balance':
      return `${BigInt(await node.rpc<Hex>('eth_getBalance', [read.address, block]))}`
    case 'nonce':
      return `${BigInt(await node.rpc<Hex>('eth_getTransactionCount', [read.address, block]))}`
    case 'code':
      return node.rpc<Hex>('eth_getCode', [read.address, block])
    case 'storage':
      return pad(await node.rpc<Hex>('eth_getStorageAt', [read.address, read.slot, block]))
  }
}

/** Combines the two sides. Both lists have the order of `reads`. */
export function compare(
  reads: readonly Read[],
  fork: readonly string[],
  node: readonly string[],
): Comparison[] {
  return reads.map((read, index) => {
    const sides = { forkstate: fork[index] ?? 'missing', node: node[index] ?? 'absent' }
    return { read, ...sides, matches: sides.forkstate === sides.node }
  })
}

/** All values of interest in the scenario. */
export function scenarioReads(scenario: Scenario): Read[] {
  const { accounts, newcomer, factory, pair, tokens } = scenario
  const holders = [...accounts.map((address, index) => ({ address, name: `account ${index}` }))]
  const contracts = [
    ...accountReads('Contracts', 'factory', factory),
    ...accountReads('Contracts', 'pair', pair),
    ...accountReads('Contracts', 'token0', tokens[0]),
    ...accountReads('Contracts', 'token1', tokens[1]),
  ]
  return [
    ...holders.flatMap(({ address, name }) => accountReads('Accounts', name, address)),
    ...accountReads('Accounts', 'newcomer', newcomer),
    ...contracts,
    ...pairReads(pair),
    ...tokens.flatMap((token, index) => {
      const owners = [...holders, { address: pair, name: 'pair' }]
      return tokenReads(`Token ${index}`, token, owners)
    }),
  ]
}

/** Balance, nonce and code of one address. */
function accountReads(group: string, name: string, address: Hex): Read[] {
  return [
    { group, label: `${name} balance`.trim(), kind: 'balance', address, show: showEther },
    { group, label: `${name} nonce`.trim(), kind: 'nonce', address },
    { group, label: `${name} code`.trim(), kind: 'code', address, show: showCode },
  ]
}

function pairReads(address: Hex): Read[] {
  const showOf: Partial<Record<keyof typeof PAIR_SLOTS, Read['show']>> = {
    totalSupply: showUnits,
    reserves: showReserves,
    factory: showAddress,
    token0: showAddress,
    token1: showAddress,
  }
  return Object.entries(PAIR_SLOTS).map(([label, slot]) => {
    const show = showOf[label as keyof typeof PAIR_SLOTS] ?? showWord
    return { group: 'Pair', label, kind: 'storage', address, slot, show }
  })
}

function tokenReads(
  group: string,
  address: Hex,
  owners: readonly { readonly address: Hex; readonly name: string }[],
): Read[] {
  const read = (label: string, slot: Hex, show: (word: string) => string): Read => {
    return { group, label, kind: 'storage', address, slot, show }
  }
  return [
    read('totalSupply', TOKEN_SLOTS.totalSupply, showUnits),
    read('name', TOKEN_SLOTS.name, showText),
    read('symbol', TOKEN_SLOTS.symbol, showText),
    read('a slot never written', slotAt(99n), showWord),
    ...owners.map(({ address: owner, name }) => read(name, tokenBalanceSlot(owner), showUnits)),
  ]
}

interface BlockOfNode {
  readonly miner: Hex
  readonly transactions: readonly { readonly from: Hex; readonly to: Hex | null }[]
}

/**
 * Values worth reading in a block of any chain: the senders and receivers of its transactions, and
 * the first slots of the contracts among them.
 */
export async function blockReads(node: JsonRpcEndpoint, block: bigint): Promise<Read[]> {
  const tag = `0x${block.toString(16)}`
  const found = await node.rpc<BlockOfNode | null>('eth_getBlockByNumber', [tag, true])
  if (found === null) throw new Error(`the node does not know block ${block}`)
  const ends = found.transactions.flatMap(({ from, to }) => (to === null ? [from] : [from, to]))
  const addresses = [...new Set([found.miner, ...ends])].slice(0, MAX_ADDRESSES_OF_BLOCK)
  const codeReads = addresses.map((address): Read => {
    return { group: '', label: '', kind: 'code', address }
  })
  const codes = await readNode(node, codeReads, block)
  return addresses.flatMap((address, index) => {
    const isContract = codes[index] !== '0x'
    const group = isContract ? `Contract ${address}` : `Account ${address}`
    const slots = Array.from({ length: isContract ? SLOTS_PER_CONTRACT : 0 }, (_, slot): Read => {
      const place = { address, slot: slotAt(BigInt(slot)) }
      return { group, label: `slot ${slot}`, kind: 'storage', ...place, show: showWord }
    })
    return [...accountReads(group, '', address), ...slots]
  })
}

function showEther(value: string): string {
  return `${formatEther(BigInt(value))} ETH`
}

function showUnits(word: string): string {
  return `${formatUnits(BigInt(word), 18)}`
}

function showCode(code: string): string {
  const bytes = (code.length - 2) / 2
  return bytes === 0 ? 'no code' : `${bytes} bytes ${code.slice(0, 8)}..${code.slice(-6)}`
}

function showReserves(word: string): string {
  const { reserve0, reserve1 } = unpackReserves(BigInt(word))
  return [reserve0, reserve1]
    .map((reserve) => Number(formatUnits(reserve, 18)).toFixed(6))
    .join(' : ')
}

function showAddress(word: string): string {
  return `0x${word.slice(-40)}`
}

/** A Solidity string of at most 31 bytes, kept in its slot. */
function showText(word: string): string {
  const length = Number.parseInt(word.slice(-2), 16) / 2
  return JSON.stringify(hexToString(word.slice(0, 2 + length * 2) as Hex))
}

function showWord(word: string): string {
  return `0x${BigInt(word).toString(16)}`
}
