/**
 * The contract between the batcher and the transports, which carry calls to a node.
 *
 * Invariants: a transport never rejects and never retries. It returns exactly one outcome for each
 * call, at the same index; a failure of the whole request is returned for each of its calls.
 * Results are passed on undecoded. A transport stops when the signal fires; what it returns
 * afterwards is ignored.
 */

import type { ErrorContext } from '../diagnostics/errors.ts'
import { InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import type { RpcErrorKind } from './vendors.ts'

/** The account, slot and block that a call is about; used only in messages. */
export type CallPlace = Pick<ErrorContext, 'address' | 'slot' | 'block'>

/** One JSON-RPC call, serialised once. */
export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
  /** The members `"method"` and `"params"` as JSON text, without braces. */
  readonly json: string
  readonly place: CallPlace
}

/**
 * Where a failure arose: in the node's answer, the connection, a timeout, or an answer that is not
 * JSON-RPC. `missing` means that the answer to a batch lacks this call.
 */
export type FailureOrigin = 'answer' | 'network' | 'timeout' | 'malformed' | 'missing'

/** Why a call has no result. Its texts are free of credentials. */
export interface RpcFailure {
  readonly origin: FailureOrigin
  readonly kind: RpcErrorKind
  readonly message: string
  readonly details?: string
  readonly rpcCode?: number
  readonly httpStatus?: number
  /**
   * Where a refusal was: in one error for the whole answer, or in the item of one call of a batch.
   */
  readonly place?: 'body' | 'item'
  /** How long the node asked to wait, in ms. */
  readonly retryAfterMs?: number
  /** The `data` of the JSON-RPC error if it is hex: what a reverted call returned. */
  readonly data?: Hex
}

export type RpcOutcome = { readonly result: unknown } | { readonly failure: RpcFailure }

/** The abort reason of a signal that fires because of a timeout. */
export const TIMED_OUT: unique symbol = Symbol('timed out')

/** Bytes of all bodies so far. */
export interface Traffic {
  readonly sent: number
  readonly received: number
}

/** Limits of one `send`, and of concurrent ones. */
export interface TransportLimits {
  /** 1 for a transport without batches. */
  readonly maxBatchCalls: number
  readonly maxBatchBytes: number
  readonly maxConcurrentSends: number
}

export interface RpcTransport {
  /** Printable name of the endpoint, free of credentials: the origin of a URL. */
  readonly endpoint: string
  readonly limits: TransportLimits
  /** HTTP requests sent so far. */
  readonly httpRequests: number
  /** Absent if it is unknown. */
  readonly traffic?: Traffic
  send(calls: readonly RpcCall[], signal: AbortSignal): Promise<readonly RpcOutcome[]>
  /** Releases its resources. Called after the last send has ended. */
  close?(): void
}

/**
 * Serialises a call.
 *
 * @throws InvalidInputError if the parameters are not JSON values, for example a bigint.
 */
export function createCall(
  method: string,
  params: readonly unknown[],
  place: CallPlace = {},
): RpcCall {
  try {
    const json = `"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}`
    return { method, params, json, place }
  } catch (cause) {
    throw new InvalidInputError(`parameters of ${method} must be JSON values`, { cause })
  }
}

/** Returns the same failure for each of `calls`. */
export function failAll(calls: readonly RpcCall[], failure: RpcFailure): readonly RpcOutcome[] {
  const outcome = { failure }
  return calls.map(() => outcome)
}

/**
 * The node could not be reached, or the connection was lost. @param details Free of credentials.
 */
export function connectionFailure(details: string): RpcFailure {
  return { origin: 'network', kind: 'retryable', message: 'the connection failed', details }
}

/** An answer exceeds the limit. */
export function tooLongFailure(maxResponseBytes: number): RpcFailure {
  return {
    origin: 'malformed',
    kind: 'batch-too-large',
    message: `the answer is longer than ${maxResponseBytes} bytes`,
  }
}
