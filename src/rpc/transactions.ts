/**
 * Transactions and whole blocks as a node tells them, for who replays them. Only what names them
 * and their places is checked; every other member is passed on as it came.
 */

import type { Hex } from '../encoding/hex.ts'
import type { Asked } from './fields.ts'
import {
  decodeArray,
  decodeFixed,
  decodeObject,
  decodeQuantity,
  MAX_UINT64,
  malformed,
  mismatch,
} from './fields.ts'

/** A transaction, with all members that JSON-RPC gives it; those not named here are not checked. */
export interface RpcTransaction {
  /** 32 bytes. */
  readonly hash: Hex
  /** 32 bytes; null while it is pending. */
  readonly blockHash: Hex | null
  /** Its place in the block; null while it is pending. */
  readonly transactionIndex: Hex | null
  readonly [member: string]: unknown
}

/** A block with its transactions in order, with all members that JSON-RPC gives it. */
export interface RpcBlock {
  /** 32 bytes. */
  readonly hash: Hex
  readonly number: Hex
  /** 32 bytes. */
  readonly parentHash: Hex
  readonly transactions: readonly RpcTransaction[]
  readonly [member: string]: unknown
}

/**
 * Decodes an `eth_getTransactionByHash` answer; null if the node does not know it.
 *
 * @throws RpcResponseError
 */
export function decodeTransaction(
  answer: unknown,
  asked: Asked & { readonly hash: Hex },
): RpcTransaction | null {
  if (answer === null) return null
  const fields = decodeObject(answer, asked, 'the result')
  const hash = decodeFixed(fields['hash'], 32, asked, 'hash')
  if (hash !== asked.hash) throw mismatch(asked, 'hash', { asked: asked.hash, got: hash })
  if ((fields['blockHash'] ?? null) === null) {
    return { ...fields, hash, blockHash: null, transactionIndex: null }
  }
  const blockHash = decodeFixed(fields['blockHash'], 32, asked, 'blockHash')
  return { ...fields, hash, blockHash, transactionIndex: indexOf(fields, asked) }
}

/**
 * Decodes an `eth_getBlockByHash` answer with whole transactions; null if the node has no such
 * block.
 *
 * @throws RpcResponseError
 */
export function decodeFullBlock(
  answer: unknown,
  asked: Asked & { readonly hash: Hex },
): RpcBlock | null {
  if (answer === null) return null
  const fields = decodeObject(answer, asked, 'the result')
  const hash = decodeFixed(fields['hash'], 32, asked, 'hash')
  if (hash !== asked.hash) throw mismatch(asked, 'hash', { asked: asked.hash, got: hash })
  const number = decodeQuantity(fields['number'], MAX_UINT64, asked, 'number')
  const list = decodeArray(fields['transactions'], asked, 'transactions')
  return {
    ...fields,
    hash,
    number: `0x${number.toString(16)}`,
    parentHash: decodeFixed(fields['parentHash'], 32, asked, 'parentHash'),
    transactions: list.map((item, at) => decodeListed(item, { ...asked, at })),
  }
}

function decodeListed(
  item: unknown,
  asked: Asked & { readonly hash: Hex; readonly at: number },
): RpcTransaction {
  const fields = decodeObject(item, asked, 'transaction')
  const index = indexOf(fields, asked)
  if (BigInt(index) !== BigInt(asked.at)) {
    throw malformed(asked, `transaction ${asked.at} of the block has another index`, index)
  }
  return {
    ...fields,
    hash: decodeFixed(fields['hash'], 32, asked, 'hash of a transaction'),
    blockHash: asked.hash,
    transactionIndex: index,
  }
}

function indexOf(fields: Record<string, unknown>, asked: Asked): Hex {
  const index = decodeQuantity(fields['transactionIndex'], MAX_UINT64, asked, 'transactionIndex')
  return `0x${index.toString(16)}`
}
