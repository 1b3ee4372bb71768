/** What can go wrong between a read and the chain, besides what the RPC client reports itself. */

import { ForkStateError } from '../errors.ts'
import { redactText } from './rpc/endpoint.ts'
import type { RpcErrorKind } from './rpc/vendors.ts'

/** The block to fork could not be resolved. Nothing was kept: the next read tries again. */
export class PinError extends ForkStateError {
  override readonly code = 'PIN_FAILED'
}

/**
 * On a node that takes blocks by number only: the number now means another block than the pinned
 * one, so what it answers is not used. What was read before is still right.
 */
export class BlockMovedError extends ForkStateError {
  override readonly code = 'BLOCK_MOVED'
}

/** The fork's cache was cleared, or another block was pinned, while the read was waiting. */
export class ReadCancelledError extends ForkStateError {
  override readonly code = 'READ_CANCELLED'
}

/** What an error of anybody's says, in short and without the secrets a URL may hold. */
export function describeCause(cause: unknown): string {
  return cause instanceof ForkStateError ? cause.shortMessage : redactText(String(cause))
}

/** What an error of a client means. By shape, so that another copy of this package will do. */
export function kindOf(error: unknown): RpcErrorKind | undefined {
  return (error as { readonly kind?: RpcErrorKind } | undefined | null)?.kind
}
