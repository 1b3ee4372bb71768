/**
 * Decodes answers without proofs: account fields, slot values, and the accounts and slots that a
 * call touches. Each answer is checked against its call; whether it is true cannot be seen here.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import type { CallContext } from '../fields.ts'
import {
  decodeArray,
  decodeData,
  decodeFixed,
  decodeObject,
  decodeQuantity,
  MAX_UINT64,
  MAX_UINT256,
  mismatch,
} from '../fields.ts'
import type { AccessListEntry, AccountFields, CallRequest } from '../rpc-client.ts'
import { requireFixedHex } from './validate.ts'

/** Decodes an `eth_getAccountInfo` answer. @throws RpcResponseError */
export function decodeAccountInfo(answer: unknown, context: CallContext): AccountFields {
  const fields = decodeObject(answer, context, 'the result')
  return {
    balance: decodeQuantity(fields['balance'], MAX_UINT256, context, 'balance'),
    nonce: decodeQuantity(fields['nonce'], MAX_UINT64, context, 'nonce'),
    code: decodeData(fields['code'], context, 'code'),
  }
}

/** Decodes an `eth_getBalance` answer, in wei. @throws RpcResponseError */
export function decodeBalance(answer: unknown, context: CallContext): bigint {
  return decodeQuantity(answer, MAX_UINT256, context, 'the result')
}

/** Decodes an `eth_getTransactionCount` answer. @throws RpcResponseError */
export function decodeNonce(answer: unknown, context: CallContext): bigint {
  return decodeQuantity(answer, MAX_UINT64, context, 'the result')
}

/** Decodes an `eth_getStorageAt` answer; ganache sends `0x` for zero. @throws RpcResponseError */
export function decodeSlotValue(answer: unknown, context: CallContext): bigint {
  if (answer === '0x') return 0n
  return decodeQuantity(answer, MAX_UINT256, context, 'the result')
}

/**
 * Decodes an `eth_getStorageValues` answer: the values of each account, in the order of the
 * request.
 *
 * @throws RpcResponseError, also if it is about other accounts or has another number of slots.
 */
export function decodeStorageValues(
  answer: unknown,
  context: CallContext & { readonly slots: ReadonlyMap<Hex, readonly Hex[]> },
): ReadonlyMap<Hex, readonly bigint[]> {
  const fields = decodeObject(answer, context, 'the result')
  const byAddress = new Map(Object.entries(fields).map(([key, list]) => [key.toLowerCase(), list]))
  if (byAddress.size !== context.slots.size) {
    const counts = { expected: `${context.slots.size} accounts`, got: `${byAddress.size}` }
    throw mismatch(context, 'the result', counts)
  }
  const values = new Map<Hex, readonly bigint[]>()
  for (const [address, slots] of context.slots) {
    const here = { ...context, place: { ...context.place, address } }
    const list = decodeArray(byAddress.get(address), here, 'the values of the account')
    if (list.length !== slots.length) {
      throw mismatch(here, 'values', { expected: `${slots.length} slots`, got: `${list.length}` })
    }
    values.set(
      address,
      list.map((value) => decodeQuantity(value, MAX_UINT256, here, 'value')),
    )
  }
  return values
}

/** Decodes an `eth_createAccessList` answer. @throws RpcResponseError */
export function decodeAccessList(
  answer: unknown,
  context: CallContext,
): readonly AccessListEntry[] {
  const fields = decodeObject(answer, context, 'the result')
  return decodeArray(fields['accessList'], context, 'accessList').map((item) => {
    const entry = decodeObject(item, context, 'accessList entry')
    const keys = decodeArray(entry['storageKeys'], context, 'storageKeys')
    return {
      address: decodeFixed(entry['address'], 20, context, 'address'),
      storageKeys: keys.map((key) => decodeFixed(key, 32, context, 'storage key')),
    }
  })
}

/** Decodes the keys in an answer of the `prestateTracer`. @throws RpcResponseError */
export function decodePrestateKeys(
  answer: unknown,
  context: CallContext,
): readonly AccessListEntry[] {
  return Object.entries(decodeObject(answer, context, 'the result')).map(([address, item]) => {
    const { storage = {} } = decodeObject(item, context, 'account')
    const keys = Object.keys(decodeObject(storage, context, 'storage'))
    return {
      address: decodeFixed(address, 20, context, 'address'),
      storageKeys: keys.map((key) => decodeFixed(key, 32, context, 'storage key')),
    }
  })
}

/**
 * The wire form of a call to simulate.
 *
 * @throws InvalidHexError or InvalidInputError
 */
export function encodeCallRequest(call: CallRequest): Readonly<Record<string, string>> {
  const { from, to, data, value, gas, gasPrice } = call
  const members: readonly (readonly [string, string | undefined])[] = [
    ['from', from && requireFixedHex(from, 20, 'from')],
    ['to', to && requireFixedHex(to, 20, 'to')],
    ['data', data && requireData(data)],
    ['value', encodeQuantity(value, 'value')],
    ['gas', encodeQuantity(gas, 'gas')],
    ['gasPrice', encodeQuantity(gasPrice, 'gasPrice')],
  ]
  return Object.fromEntries(
    members.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  )
}

function requireData(data: Hex): string {
  if (typeof data === 'string' && data.length % 2 === 0 && /^0x[0-9a-f]*$/i.test(data)) return data
  throw new InvalidInputError('data of a call must be 0x hex of whole bytes')
}

function encodeQuantity(value: bigint | undefined, what: string): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'bigint' && value >= 0n && value <= MAX_UINT256) {
    return `0x${value.toString(16)}`
  }
  throw new InvalidInputError(`${what} of a call must be a bigint from 0 to 2^256 - 1`)
}
