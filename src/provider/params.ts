/**
 * Checks parameters of JSON-RPC requests. Addresses and 32-byte values are checked by the state
 * manager instead.
 */

import type { Hex } from '../encoding/hex.ts'
import { ProviderRpcError, RPC_CODES } from './errors.ts'

/** Unchecked parameters of a request. */
export type Params = readonly unknown[]

/** An integer as hex, of at most 32 bytes. */
const QUANTITY = /^0x[0-9a-f]{1,64}$/i

/** Reads an integer. @param what Its name, for the error. @throws ProviderRpcError */
export function readQuantity(value: unknown, what: string): bigint {
  if (typeof value === 'string' && QUANTITY.test(value)) return BigInt(value)
  throw invalidParams(`${what} must be a hex integer of at most 32 bytes, not ${show(value)}`)
}

/** As {@link readQuantity}; undefined if it was omitted. */
export function readOptionalQuantity(value: unknown, what: string): bigint | undefined {
  return value === undefined || value === null ? undefined : readQuantity(value, what)
}

/** Reads hex that is checked later. @throws ProviderRpcError if it is not a string. */
export function readHex(value: unknown, what: string): Hex {
  if (typeof value === 'string') return value as Hex
  throw invalidParams(`${what} must be hex, not ${show(value)}`)
}

/** Reads an object; empty if it was omitted. @throws ProviderRpcError */
export function readObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw invalidParams(`${what} must be an object, not ${show(value)}`)
}

/** Reads a list; empty if it was omitted. @throws ProviderRpcError */
export function readList(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw invalidParams(`${what} must be a list, not ${show(value)}`)
}

/** An integer as JSON-RPC writes it. */
export function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`
}

export function invalidParams(message: string): ProviderRpcError {
  return new ProviderRpcError(RPC_CODES.invalidParams, message)
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value
}
