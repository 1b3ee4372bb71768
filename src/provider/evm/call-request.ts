/** Reads and checks the call parameter of `eth_call` and `eth_estimateGas`. */

import type { Hex } from '../../encoding/hex.ts'
import { ADDRESS_BYTES, toBytes, WORD_BYTES } from '../../encoding/hex.ts'
import { ProviderRpcError, RPC_CODES } from '../errors.ts'
import { invalidParams, readHex, readList, readObject, readOptionalQuantity } from '../params.ts'

/** A call to run. */
export interface LocalCall {
  /** 20 bytes. */
  readonly from: Uint8Array
  /** 20 bytes; undefined for a contract creation. */
  readonly to: Uint8Array | undefined
  readonly data: Uint8Array
  /** In wei. */
  readonly value: bigint
  /** Undefined: as much as possible. */
  readonly gas: bigint | undefined
  /** The result of GASPRICE, in wei; 0 if the call names no price, and then it pays nothing. */
  readonly gasPrice: bigint
  /** Maximum price per unit of gas, in wei; the sender must be able to pay it. */
  readonly feeCap: bigint
  readonly accessList: readonly AccessEntry[]
}

/** An account and slots of it that are warm before the call (EIP-2930). */
export interface AccessEntry {
  readonly address: Hex
  readonly storageKeys: readonly Hex[]
}

const ZERO_ADDRESS: Uint8Array = new Uint8Array(ADDRESS_BYTES)

/**
 * @param baseFee Of the block, in wei.
 * @throws ProviderRpcError if it is malformed, or uses a feature that is not supported here.
 * @throws InvalidHexError
 */
export function readCall(value: unknown, baseFee: bigint): LocalCall {
  const call = readObject(value, 'the call')
  for (const field of ['authorizationList', 'blobVersionedHashes', 'blobs']) {
    if (readList(call[field], field).length > 0) {
      throw invalidParams(`${field} is not supported in calls that are run locally`)
    }
  }
  const { from, to, data = call['input'], input = data } = call
  if (data !== input) throw invalidParams('`data` and `input` differ')
  return {
    from: isLeftOut(from) ? ZERO_ADDRESS : readFixed(from, ADDRESS_BYTES, 'from'),
    to: isLeftOut(to) ? undefined : readFixed(to, ADDRESS_BYTES, 'to'),
    data: isLeftOut(data) ? new Uint8Array() : toBytes(readHex(data, 'data'), 'data'),
    value: readOptionalQuantity(call['value'], 'value') ?? 0n,
    gas: readOptionalQuantity(call['gas'], 'gas'),
    ...readPrice(call, baseFee),
    accessList: readList(call['accessList'], 'accessList').map(readEntry),
  }
}

function readPrice(
  call: Readonly<Record<string, unknown>>,
  baseFee: bigint,
): Pick<LocalCall, 'gasPrice' | 'feeCap'> {
  const gasPrice = readOptionalQuantity(call['gasPrice'], 'gasPrice')
  const maxFee = readOptionalQuantity(call['maxFeePerGas'], 'maxFeePerGas')
  const tip = readOptionalQuantity(call['maxPriorityFeePerGas'], 'maxPriorityFeePerGas')
  if (gasPrice !== undefined && (maxFee !== undefined || tip !== undefined)) {
    throw invalidParams('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  }
  const feeCap = gasPrice ?? maxFee ?? 0n
  if (feeCap === 0n) return { gasPrice: 0n, feeCap }
  if (feeCap < baseFee) {
    throw failed(`max fee per gas less than block base fee: ${feeCap} < ${baseFee}`)
  }
  if (gasPrice !== undefined) return { gasPrice, feeCap }
  const priority = tip ?? 0n
  if (priority > feeCap) {
    throw failed(`max priority fee per gas higher than max fee per gas: ${priority} > ${feeCap}`)
  }
  const price = baseFee + priority
  return { gasPrice: price < feeCap ? price : feeCap, feeCap }
}

function readEntry(value: unknown): AccessEntry {
  const { address, storageKeys } = readObject(value, 'an entry of the access list')
  const keys = readList(storageKeys, 'storageKeys')
  readFixed(address, ADDRESS_BYTES, 'an address of the access list')
  for (const key of keys) readFixed(key, WORD_BYTES, 'a storage key')
  return { address: address as Hex, storageKeys: keys as readonly Hex[] }
}

function readFixed(value: unknown, length: number, what: string): Uint8Array {
  const bytes = toBytes(readHex(value, what), what)
  if (bytes.length === length) return bytes
  throw invalidParams(`${what} must have ${length} bytes`)
}

function isLeftOut(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

/** The error of a call that cannot be run, or that failed without a revert. */
export function failed(message: string): ProviderRpcError {
  return new ProviderRpcError(RPC_CODES.failed, message)
}
