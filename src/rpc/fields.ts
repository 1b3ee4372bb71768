/**
 * Decoders of the fields that answers consist of, and the errors for malformed ones.
 *
 * Invariants: decoded hex is lower case; a missing field never gets a default; an error names the
 * call.
 */

import type { ErrorContext } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { RpcResponseError } from './errors.ts'
import type { CallPlace } from './transport.ts'

export const MAX_UINT64: bigint = 2n ** 64n - 1n
export const MAX_UINT256: bigint = 2n ** 256n - 1n
/** `0x` and the 64 digits of 32 bytes. */
const MAX_QUANTITY_CHARS = 66
const MAX_SHOWN_CHARS = 80

/** The call that an answer belongs to, to check the answer against and to name in errors. */
export interface CallContext {
  readonly method: string
  readonly endpoint: string
  readonly place: CallPlace
}

/**
 * Decodes a quantity. Leading zeros are accepted, since hardhat and ganache pad; more than 64
 * digits are not.
 */
export function decodeQuantity(
  value: unknown,
  max: bigint,
  context: CallContext,
  field: string,
): bigint {
  const isQuantity =
    typeof value === 'string' && value.length <= MAX_QUANTITY_CHARS && /^0x[0-9a-f]+$/i.test(value)
  if (!isQuantity) throw malformed(context, `${field} is not a quantity of up to 64 digits`, value)
  const number = BigInt(value)
  if (number > max) {
    const bits = max === MAX_UINT64 ? 64 : 256
    throw malformed(context, `${field} does not fit in ${bits} bits`, value)
  }
  return number
}

export function decodeFixed(
  value: unknown,
  length: number,
  context: CallContext,
  field: string,
): Hex {
  if (!isData(value) || value.length !== 2 + length * 2) {
    throw malformed(context, `${field} is not hex of ${length} bytes`, value)
  }
  return value.toLowerCase() as Hex
}

export function decodeData(value: unknown, context: CallContext, field: string): Hex {
  if (!isData(value)) throw malformed(context, `${field} is not hex of whole bytes`, value)
  return value.toLowerCase() as Hex
}

export function decodeTrieNodes(
  value: unknown,
  context: CallContext,
  field: string,
): readonly Hex[] {
  return decodeArray(value, context, field).map((node) => decodeData(node, context, field))
}

export function decodeArray(
  value: unknown,
  context: CallContext,
  field: string,
): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(context, `${field} is not an array`, value)
  return value
}

export function decodeObject(
  value: unknown,
  context: CallContext,
  field: string,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(context, `${field} is not an object`, value)
  }
  return value as Record<string, unknown>
}

function isData(value: unknown): value is string {
  return typeof value === 'string' && value.length % 2 === 0 && /^0x[0-9a-f]*$/i.test(value)
}

export function mismatch(
  context: CallContext,
  field: string,
  values: { readonly expected: string; readonly got: string },
): RpcResponseError {
  return responseError(context, `the answer belongs to another call: ${field} differs`, {
    details: `expected ${values.expected}, got ${values.got}`,
    hint: 'the endpoint mixes up answers; use another one',
  })
}

export function malformed(context: CallContext, problem: string, value: unknown): RpcResponseError {
  const text = JSON.stringify(value) ?? 'undefined'
  const shown = text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}...` : text
  return responseError(context, problem, { details: `got ${shown}` })
}

export function responseError(
  { method, endpoint, place }: CallContext,
  problem: string,
  fields: ErrorContext,
): RpcResponseError {
  return new RpcResponseError(`${method} at ${endpoint}: ${problem}`, {
    method,
    endpoint,
    ...place,
    ...fields,
  })
}
