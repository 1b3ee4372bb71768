/** Errors between a read and the chain, other than those that the RPC client itself reports. */

import type { ErrorContext } from '../diagnostics/errors.ts'
import { ForkStateError } from '../diagnostics/errors.ts'
import type { ProofFault } from '../ffi/proof-faults.ts'
import { redactText } from '../rpc/transports/endpoint.ts'
import type { RpcErrorKind } from '../rpc/vendors.ts'

/** The block to fork could not be resolved. Nothing was kept; the next read tries again. */
export class PinError extends ForkStateError {
  override readonly code = 'PIN_FAILED'
}

/**
 * On a node that only accepts block numbers: the number no longer means the pinned block, so the
 * answer was not used. Values that were read before remain correct.
 */
export class BlockMovedError extends ForkStateError {
  override readonly code = 'BLOCK_MOVED'
}

/** The fork's cache was cleared, or another block was pinned, while the read was waiting. */
export class ReadCancelledError extends ForkStateError {
  override readonly code = 'READ_CANCELLED'
}

/** The check that a proof failed; `unavailable` if the node serves no proof. */
export type ProofCheck = ProofFault | 'unavailable'

/**
 * An answer does not match the proof that came with it, or no proof can be obtained. The answer was
 * not used.
 */
export class ProofError extends ForkStateError {
  override readonly code = 'PROOF_INVALID'
  /** The check that failed. */
  readonly check: ProofCheck
  /** Index in the proof of the trie node that failed, 0 at the root; undefined if none did. */
  readonly depth: number | undefined
  /** The endpoint that answered. */
  readonly endpoint: string

  constructor(
    shortMessage: string,
    context: ErrorContext & {
      readonly check: ProofCheck
      readonly depth?: number | undefined
      readonly endpoint: string
    },
  ) {
    super(shortMessage, context)
    this.check = context.check
    this.depth = context.depth
    this.endpoint = context.endpoint
  }
}

/**
 * A state root or a proof was asked for, but the node reports no state root for the pinned block.
 * Dev nodes that fork a chain themselves compute none.
 */
export class NoStateRootError extends ForkStateError {
  override readonly code = 'NO_STATE_ROOT'
}

/** A manager over a witness was asked for something that the witness does not hold. */
export class OutsideWitnessError extends ForkStateError {
  override readonly code = 'OUTSIDE_WITNESS'
}

/** A short text for any thrown value, without the secrets that a URL in it may hold. */
export function describeCause(cause: unknown): string {
  return cause instanceof ForkStateError ? cause.shortMessage : redactText(String(cause))
}

/** The kind of an RPC error. Read by shape, so that errors of another copy of this package work. */
export function kindOf(error: unknown): RpcErrorKind | undefined {
  return (error as { readonly kind?: RpcErrorKind } | undefined | null)?.kind
}
