/**
 * The contract between the batcher and what carries calls to a node.
 *
 * Invariants: a transport never rejects and never retries. It answers each call it was given with
 * exactly one outcome, at the same index; a fault of the whole request is the same failure for
 * each of its calls. Values are passed on undecoded. A transport stops its work when the signal
 * fires; what it returns then is ignored.
 */

import type { Hex } from '../encoding/hex.ts'
import type { ErrorContext } from '../errors.ts'
import { InvalidInputError } from '../errors.ts'
import type { RpcErrorKind } from './vendors.ts'

/** The account, slot and block a call is about; only for messages. */
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
 * Where a failure arose: the node's answer, the connection, the clock, or an answer that is not
 * JSON-RPC. `missing` is an answer to a batch that lacks this call.
 */
export type FailureOrigin = 'answer' | 'network' | 'timeout' | 'malformed' | 'missing'

/** Why a call has no result. Text is free of credentials. */
export interface RpcFailure {
  readonly origin: FailureOrigin
  readonly kind: RpcErrorKind
  readonly message: string
  readonly details?: string
  readonly rpcCode?: number
  readonly httpStatus?: number
  /** Where a refusal stood: in place of the whole answer, or of one call in a batch. */
  readonly place?: 'body' | 'item'
  /** How long the node asked to wait. */
  readonly retryAfterMs?: number
  /** The `data` of the JSON-RPC error, if it is hex: what a reverted call returned. */
  readonly data?: Hex
}

export type RpcOutcome = { readonly result: unknown } | { readonly failure: RpcFailure }

/** The reason of a signal that fires because no answer came in time. */
export const TIMED_OUT: unique symbol = Symbol('timed out')

/** Bytes of bodies so far. */
export interface Traffic {
  readonly sent: number
  readonly received: number
}

/** What one `send` may carry, and how many may run at once. */
export interface TransportLimits {
  /** 1 for a transport that has no batches. */
  readonly maxBatchCalls: number
  readonly maxBatchBytes: number
  readonly maxConcurrentSends: number
}

export interface RpcTransport {
  /** Printable name of the other side, free of credentials: the origin of a URL. */
  readonly endpoint: string
  readonly limits: TransportLimits
  /** HTTP requests sent so far. */
  readonly httpRequests: number
  /** Absent if it cannot be known. */
  readonly traffic?: Traffic
  send(calls: readonly RpcCall[], signal: AbortSignal): Promise<readonly RpcOutcome[]>
  /** Releases what it holds. Called after the last send has ended. */
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

/** The same failure for every one of `calls`. */
export function failAll(calls: readonly RpcCall[], failure: RpcFailure): readonly RpcOutcome[] {
  const outcome = { failure }
  return calls.map(() => outcome)
}

/** The other side was not reached, or went away. @param details Free of credentials. */
export function connectionFailure(details: string): RpcFailure {
  return { origin: 'network', kind: 'retryable', message: 'the connection failed', details }
}

/** An answer is longer than we take. */
export function tooLongFailure(maxResponseBytes: number): RpcFailure {
  return {
    origin: 'malformed',
    kind: 'batch-too-large',
    message: `the answer is longer than ${maxResponseBytes} bytes`,
  }
}
