/**
 * Errors in the form of EIP-1193: a numeric `code` that clients understand, and the return data of
 * a revert. The underlying error is the `cause`.
 */

import { ForkStateError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { isRpcError } from '../rpc/errors.ts'

/** Codes of JSON-RPC 2.0 and EIP-1474, and the code that nodes use for reverts. */
export const RPC_CODES = {
  /** The call was reverted; `data` is its return data. */
  reverted: 3,
  /** The call cannot be run, or failed without a revert. */
  failed: -32_000,
  /** The block is unknown. */
  notFound: -32_001,
  /** A package that the method needs is not installed. */
  notSupported: -32_004,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
} as const

/** Fields of a {@link ProviderRpcError} besides its message. */
export interface ProviderErrorFields {
  /** The return data of a reverted call. */
  readonly data?: Hex | undefined
  readonly cause?: unknown
}

/** A request failed, in the form of EIP-1193. Nothing was changed. */
export class ProviderRpcError extends Error {
  readonly code: number
  /** The return data of a reverted call. */
  readonly data: Hex | undefined

  constructor(code: number, message: string, { data, cause }: ProviderErrorFields = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ProviderRpcError'
    this.code = code
    this.data = data
  }
}

/** Converts any error of a request to a {@link ProviderRpcError}. */
export function toProviderError(error: unknown): ProviderRpcError {
  if (error instanceof ProviderRpcError) return error
  if (!(error instanceof ForkStateError)) {
    const text = error instanceof Error ? error.message : String(error)
    return new ProviderRpcError(RPC_CODES.internal, text, { cause: error })
  }
  const { shortMessage, details, code } = error
  const message = details === undefined ? shortMessage : `${shortMessage}: ${details}`
  if (isRpcError(error)) {
    // If several endpoints failed, the error of the first is the cause.
    const answer = error.rpcCode === undefined && isRpcError(error.cause) ? error.cause : error
    const { rpcCode = RPC_CODES.internal, data } = answer
    return new ProviderRpcError(rpcCode, message, { data, cause: error })
  }
  const isInput = code === 'INVALID_INPUT' || code === 'INVALID_HEX' || code === 'LIMIT_EXCEEDED'
  const rpcCode = isInput ? RPC_CODES.invalidParams : RPC_CODES.internal
  return new ProviderRpcError(rpcCode, message, { cause: error })
}
