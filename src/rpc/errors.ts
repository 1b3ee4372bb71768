/**
 * Errors of calls to a node. `RpcError` is the base class: catching it catches a refusal, a timeout
 * and a malformed answer alike. `code` distinguishes them, and `kind` says what a refusal means.
 *
 * Invariant: no message, field or cause holds a credential; of a URL only the origin is shown.
 */

import type { ErrorContext } from '../diagnostics/errors.ts'
import { ForkStateError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import type { RpcCall, RpcFailure } from './transport.ts'
import type { RpcErrorKind } from './vendors.ts'

/** What every RPC error carries besides its place. */
export interface RpcErrorFields extends ErrorContext {
  readonly method: string
  readonly endpoint: string
  readonly kind?: RpcErrorKind | undefined
  readonly rpcCode?: number | undefined
  readonly httpStatus?: number | undefined
  readonly retryAfterMs?: number | undefined
  readonly data?: Hex | undefined
}

/** The values of {@link RpcError.code}. */
export type RpcErrorCode =
  | 'RPC_FAILED'
  | 'RPC_TIMEOUT'
  | 'RPC_RESPONSE'
  | 'RPC_QUORUM'
  | 'RPC_NOT_RECORDED'

/** The node or the network failed a call, and all retries are used up. */
export class RpcError extends ForkStateError {
  override readonly code: RpcErrorCode = 'RPC_FAILED'
  /** The JSON-RPC method called. */
  readonly method: string
  /** Origin of the node's URL, or a text that names a provider object. */
  readonly endpoint: string
  /** What the failure means, independent of the vendor's wording. */
  readonly kind: RpcErrorKind
  /** The `code` of the JSON-RPC error object, if there was one. */
  readonly rpcCode: number | undefined
  /** The HTTP status, if it was not a success. */
  readonly httpStatus: number | undefined
  /** How long the node asked to wait, in ms, if it did. */
  readonly retryAfterMs: number | undefined
  /** What a reverted call returned, if the node reported it. */
  readonly data: Hex | undefined

  constructor(shortMessage: string, fields: RpcErrorFields) {
    super(shortMessage, fields)
    this.method = fields.method
    this.endpoint = fields.endpoint
    this.kind = fields.kind ?? 'fatal'
    this.rpcCode = fields.rpcCode
    this.httpStatus = fields.httpStatus
    this.retryAfterMs = fields.retryAfterMs
    this.data = fields.data
  }
}

/** No answer came in time in any attempt. */
export class RpcTimeoutError extends RpcError {
  override readonly code = 'RPC_TIMEOUT'
}

/** The answer is malformed, or answers something else than what was requested. */
export class RpcResponseError extends RpcError {
  override readonly code = 'RPC_RESPONSE'
}

/** Checks the shape and not the class, so that errors of another copy of this package count too. */
export function isRpcError(error: unknown): error is RpcError {
  const { kind, code } = (error ?? {}) as Partial<RpcError>
  return typeof kind === 'string' && typeof code === 'string' && code.startsWith('RPC_')
}

const HINTS: Record<RpcErrorKind, string | undefined> = {
  'rate-limit':
    'send fewer requests at a time, raise retries and maxBackoffMs, or use another endpoint',
  'batch-too-large': 'request fewer slots per call, or lower maxBatchSize',
  'batch-unsupported': 'set maxBatchSize to 1',
  'unsupported-method': 'use an endpoint that serves this method',
  'unsupported-block-ref': 'name the block by number; the node does not support EIP-1898 objects',
  'missing-state': 'use an archive node, or a later block',
  'unknown-block': 'check the block; the node may lag behind or be on another chain',
  retryable: 'check that the node is up, or raise retries and timeoutMs',
  fatal: undefined,
}

const ERROR_CLASSES = {
  answer: RpcError,
  network: RpcError,
  timeout: RpcTimeoutError,
  malformed: RpcResponseError,
  missing: RpcResponseError,
} satisfies Record<RpcFailure['origin'], typeof RpcError>

/** The error that a caller gets for the last failure of its call. */
export function toRpcError(
  failure: RpcFailure,
  about: { readonly call: RpcCall; readonly endpoint: string; readonly attempts: number },
): RpcError {
  const { call, endpoint, attempts } = about
  const tried = attempts > 1 ? ` (${attempts} attempts)` : ''
  const hint = HINTS[failure.kind]
  return new ERROR_CLASSES[failure.origin](
    `${call.method} at ${endpoint}: ${failure.message}${tried}`,
    {
      method: call.method,
      endpoint,
      kind: failure.kind,
      rpcCode: failure.rpcCode,
      httpStatus: failure.httpStatus,
      retryAfterMs: failure.retryAfterMs,
      data: failure.data,
      ...call.place,
      ...(failure.details === undefined ? {} : { details: failure.details }),
      ...(hint === undefined ? {} : { hint }),
    },
  )
}
