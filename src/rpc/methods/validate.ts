/**
 * The methods a fork needs, as they go on the wire: encodes arguments, and decodes answers with
 * each field checked against its call.
 *
 * Invariants: a decoded answer has exactly the shape that `rpc-client.ts` promises; anything else
 * is an error, never a default. Hex is in lower case. Whether an answer is *true* is not decided
 * here: proofs are passed on unverified.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { writeFixed } from '../../encoding/hex.ts'
import type { CallContext } from '../fields.ts'
import {
  decodeArray,
  decodeData,
  decodeFixed,
  decodeObject,
  decodeQuantity,
  decodeTrieNodes,
  MAX_UINT64,
  MAX_UINT256,
  mismatch,
} from '../fields.ts'
import type {
  BlockHeader,
  BlockRef,
  BlockTag,
  EthProof,
  HeaderFields,
  StorageProof,
} from '../rpc-client.ts'

export type { CallContext } from '../fields.ts'

/** `0x` and the 64 digits of 32 bytes. */
const HASH_CHARS = 66
const BLOCK_TAGS: ReadonlySet<unknown> = new Set<BlockTag>([
  'latest',
  'safe',
  'finalized',
  'earliest',
  'pending',
])

const scratch = new Uint8Array(32)

/**
 * Lower-case hex of exactly `length` bytes, at most 32.
 *
 * @throws InvalidHexError or InvalidInputError
 */
export function requireFixedHex(value: Hex, length: number, what: string): Hex {
  if (typeof value !== 'string') throw new InvalidInputError(`${what} must be a 0x hex string`)
  writeFixed(value, length, what, scratch, 0)
  return value.toLowerCase() as Hex
}

/** The parameter that names a block: a quantity, or an EIP-1898 object. */
export function encodeBlockRef(
  block: BlockRef,
): Hex | { readonly blockHash: Hex; readonly requireCanonical?: boolean } {
  if ('blockNumber' in block) return encodeBlockNumber(block.blockNumber)
  const blockHash = requireFixedHex(block.blockHash, 32, 'block hash')
  const { requireCanonical } = block
  return requireCanonical === undefined ? { blockHash } : { blockHash, requireCanonical }
}

/** The method and first parameter that fetch a header. */
export function encodeBlockName(block: bigint | BlockTag | Hex): {
  readonly method: 'eth_getBlockByNumber' | 'eth_getBlockByHash'
  readonly name: string
} {
  if (typeof block === 'bigint') {
    return { method: 'eth_getBlockByNumber', name: encodeBlockNumber(block) }
  }
  if (BLOCK_TAGS.has(block)) return { method: 'eth_getBlockByNumber', name: block }
  const name = requireFixedHex(block as Hex, 32, 'block, if not a bigint or a tag,')
  return { method: 'eth_getBlockByHash', name }
}

function encodeBlockNumber(number: bigint): Hex {
  if (typeof number !== 'bigint' || number < 0n || number > MAX_UINT64) {
    throw new InvalidInputError('a block number must be a bigint between 0 and 2^64 - 1')
  }
  return `0x${number.toString(16)}`
}

/** Printable name of a block for errors. */
export function describeBlock(block: BlockRef): string {
  return 'blockNumber' in block ? String(block.blockNumber) : String(block.blockHash)
}

/**
 * Decodes an `eth_getProof` answer about `address` and `slots`, both in lower case.
 *
 * @throws RpcResponseError
 */
export function decodeProof(
  answer: unknown,
  context: CallContext & { readonly address: Hex; readonly slots: readonly Hex[] },
): EthProof {
  const { address, slots } = context
  const fields = decodeObject(answer, context, 'the result')
  const echo = decodeFixed(fields['address'], 20, context, 'address')
  if (echo !== address) throw mismatch(context, 'address', { expected: address, got: echo })
  const entries = decodeArray(fields['storageProof'], context, 'storageProof')
  if (entries.length !== slots.length) {
    const counts = { expected: `${slots.length} slots`, got: `${entries.length}` }
    throw mismatch(context, 'storageProof', counts)
  }
  return {
    address,
    balance: decodeQuantity(fields['balance'], MAX_UINT256, context, 'balance'),
    nonce: decodeQuantity(fields['nonce'], MAX_UINT64, context, 'nonce'),
    codeHash: decodeFixed(fields['codeHash'], 32, context, 'codeHash'),
    storageHash: decodeFixed(fields['storageHash'], 32, context, 'storageHash'),
    accountProof: decodeTrieNodes(fields['accountProof'], context, 'accountProof'),
    storageProof: slots.map((slot, index) => decodeSlot(entries[index], slot, context)),
  }
}

function decodeSlot(entry: unknown, slot: Hex, context: CallContext): StorageProof {
  const here = { ...context, place: { ...context.place, slot } }
  const fields = decodeObject(entry, here, 'storageProof entry')
  const number = decodeQuantity(fields['key'], MAX_UINT256, here, 'storageProof key')
  const key = `0x${number.toString(16).padStart(64, '0')}`
  if (key !== slot) throw mismatch(here, 'storageProof key', { expected: slot, got: key })
  return {
    key: slot,
    value: decodeQuantity(fields['value'], MAX_UINT256, here, 'storageProof value'),
    proof: decodeTrieNodes(fields['proof'], here, 'storageProof proof'),
  }
}

/** Decodes an `eth_getCode` answer. @throws RpcResponseError */
export function decodeCode(answer: unknown, context: CallContext): Hex {
  return decodeData(answer, context, 'the result')
}

/** Decodes an `eth_chainId` answer. @throws RpcResponseError */
export function decodeChainId(answer: unknown, context: CallContext): bigint {
  return decodeQuantity(answer, MAX_UINT64, context, 'the result')
}

/**
 * Decodes the header of a block; null if the node does not have the block.
 *
 * @throws RpcResponseError, also if it is another block than the requested one.
 */
export function decodeBlock(
  answer: unknown,
  context: CallContext & { readonly block: bigint | BlockTag | Hex },
): BlockHeader | null {
  if (answer === null) return null
  const fields = decodeObject(answer, context, 'the result')
  const header = {
    number: decodeQuantity(fields['number'], MAX_UINT64, context, 'number'),
    hash: decodeFixed(fields['hash'], 32, context, 'hash'),
    stateRoot: decodeFixed(fields['stateRoot'], 32, context, 'stateRoot'),
    parentHash: decodeFixed(fields['parentHash'], 32, context, 'parentHash'),
    timestamp: decodeQuantity(fields['timestamp'], MAX_UINT64, context, 'timestamp'),
    fields: decodeTexts(fields),
  }
  const { block } = context
  if (typeof block === 'bigint' && header.number !== block) {
    throw mismatch(context, 'number', { expected: `${block}`, got: `${header.number}` })
  }
  const isHash = typeof block === 'string' && block.length === HASH_CHARS
  if (isHash && header.hash !== block.toLowerCase()) {
    throw mismatch(context, 'hash', { expected: block, got: header.hash })
  }
  return header
}

/** The members that are text, without transactions and uncles, which are not part of the header. */
export function decodeTexts(members: Record<string, unknown>): HeaderFields {
  const texts = Object.entries(members).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(texts) as HeaderFields
}
