/**
 * Distinguishes RPC clients from EIP-1193 providers. Both are objects of users, and some have the
 * methods of both: a viem client has `request`, and also `getProof`, `getCode`, `getBlock` and
 * `getChainId` with other parameters and results.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { RpcClient } from './rpc-client.ts'
import { RPC_CLIENT } from './rpc-client.ts'
import type { RpcSource } from './transports/create-transport.ts'

const METHODS = [
  'getProof',
  'getCode',
  'getBlock',
  'getChainId',
] as const satisfies readonly (keyof RpcClient)[]

/**
 * Whether it is an RPC client. An object with the {@link RPC_CLIENT} mark is one, an object with
 * `request` and no mark is not, and any other object is one if it has the methods.
 *
 * @throws InvalidInputError if it has only some of the methods.
 */
export function isRpcClient(source: RpcSource | RpcClient): source is RpcClient {
  const given: unknown = source
  if (typeof given !== 'object' || given === null) return false
  const members = given as { readonly [name: PropertyKey]: unknown }
  const isMarked = members[RPC_CLIENT] === true
  if (!isMarked && typeof members['request'] === 'function') return false
  const missing = METHODS.filter((name) => typeof members[name] !== 'function')
  if (missing.length === 0) return true
  if (missing.length === METHODS.length && !isMarked) return false
  throw new InvalidInputError(`the RPC client lacks ${missing.join(', ')}`, {
    hint: 'implement RpcClient, or pass a URL or an EIP-1193 provider',
  })
}
