/**
 * Transactions and full blocks as a node sends them, for replaying them. Only the members that
 * identify them and their position are checked; every other member is passed on unchanged.
 */

import type { Hex } from '../encoding/hex.ts'
import type { CallContext } from './fields.ts'
import {
  decodeArray,
  decodeFixed,
  decodeObject,
  decodeQuantity,
  MAX_UINT64,
  malformed,
  mismatch,
} from './fields.ts'

/** A transaction, with all its JSON-RPC members; those not listed here are not checked. */
export interface RpcTransaction {
  /** 32 bytes. */
  readonly hash: Hex
  /** 32 bytes; null while it is pending. */
  readonly blockHash: Hex | null
  /** Its index in the block; null while it is pending. */
  readonly transactionIndex: Hex | null
  readonly [member: string]: unknown
}

/** A block with its transactions in order, with all its JSON-RPC members. */
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
  context: CallContext & { readonly hash: Hex },
): RpcTransaction | null {
  if (answer === null) return null
  const fields = decodeObject(answer, context, 'the result')
  const hash = decodeFixed(fields['hash'], 32, context, 'hash')
  if (hash !== context.hash) throw mismatch(context, 'hash', { expected: context.hash, got: hash })
  if ((fields['blockHash'] ?? null) === null) {
    return { ...fields, hash, blockHash: null, transactionIndex: null }
  }
  const blockHash = decodeFixed(fields['blockHash'], 32, context, 'blockHash')
  return { ...fields, hash, blockHash, transactionIndex: indexOf(fields, context) }
}

/**
 * Decodes an `eth_getBlockByHash` answer with full transactions; null if the node does not have the
 * block.
 *
 * @throws RpcResponseError
 */
export function decodeFullBlock(
  answer: unknown,
  context: CallContext & { readonly hash: Hex },
): RpcBlock | null {
  if (answer === null) return null
  const fields = decodeObject(answer, context, 'the result')
  const hash = decodeFixed(fields['hash'], 32, context, 'hash')
  if (hash !== context.hash) throw mismatch(context, 'hash', { expected: context.hash, got: hash })
  const number = decodeQuantity(fields['number'], MAX_UINT64, context, 'number')
  const list = decodeArray(fields['transactions'], context, 'transactions')
  return {
    ...fields,
    hash,
    number: `0x${number.toString(16)}`,
    parentHash: decodeFixed(fields['parentHash'], 32, context, 'parentHash'),
    transactions: list.map((item, at) => decodeListed(item, { ...context, at })),
  }
}

function decodeListed(
  item: unknown,
  context: CallContext & { readonly hash: Hex; readonly at: number },
): RpcTransaction {
  const fields = decodeObject(item, context, 'transaction')
  const index = indexOf(fields, context)
  if (BigInt(index) !== BigInt(context.at)) {
    throw malformed(context, `transaction ${context.at} of the block has another index`, index)
  }
  return {
    ...fields,
    hash: decodeFixed(fields['hash'], 32, context, 'hash of a transaction'),
    blockHash: context.hash,
    transactionIndex: index,
  }
}

function indexOf(fields: Record<string, unknown>, context: CallContext): Hex {
  const index = decodeQuantity(fields['transactionIndex'], MAX_UINT64, context, 'transactionIndex')
  return `0x${index.toString(16)}`
}
