/**
 * Errors as EIP-1193 providers reject with: a numeric `code` that clients understand, and the data
 * of a revert. What went wrong below is the `cause`.
 */

import { ForkStateError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { isRpcError } from '../rpc/errors.ts'

/** Codes of JSON-RPC 2.0, EIP-1474, and the one that nodes use for reverts. */
export const RPC_CODES = {
  /** The call was reverted; `data` is what it returned. */
  reverted: 3,
  /** The call cannot be run, or it failed without a revert. */
  failed: -32_000,
  /** The block is not known. */
  notFound: -32_001,
  /** What runs the method is not installed. */
  notSupported: -32_004,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
} as const

/** What a {@link ProviderRpcError} may know besides its message. */
export interface ProviderErrorFields {
  /** What a reverted call returned. */
  readonly data?: Hex | undefined
  readonly cause?: unknown
}

/** A request was refused, as EIP-1193 wants it told. Nothing was changed. */
export class ProviderRpcError extends Error {
  readonly code: number
  /** What a reverted call returned. */
  readonly data: Hex | undefined

  constructor(code: number, message: string, { data, cause }: ProviderErrorFields = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ProviderRpcError'
    this.code = code
    this.data = data
  }
}

/** What a request failed with, as a {@link ProviderRpcError}. */
export function toProviderError(error: unknown): ProviderRpcError {
  if (error instanceof ProviderRpcError) return error
  if (!(error instanceof ForkStateError)) {
    const text = error instanceof Error ? error.message : String(error)
    return new ProviderRpcError(RPC_CODES.internal, text, { cause: error })
  }
  const { shortMessage, details, code } = error
  const message = details === undefined ? shortMessage : `${shortMessage}: ${details}`
  if (isRpcError(error)) {
    // Of several endpoints that failed the first is the cause.
    const told = error.rpcCode === undefined && isRpcError(error.cause) ? error.cause : error
    const { rpcCode = RPC_CODES.internal, data } = told
    return new ProviderRpcError(rpcCode, message, { data, cause: error })
  }
  const isInput = code === 'INVALID_INPUT' || code === 'INVALID_HEX' || code === 'LIMIT_EXCEEDED'
  const rpcCode = isInput ? RPC_CODES.invalidParams : RPC_CODES.internal
  return new ProviderRpcError(rpcCode, message, { cause: error })
}
