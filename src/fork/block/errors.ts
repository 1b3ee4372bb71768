/** What can go wrong between a read and the chain, besides what the RPC client reports itself. */

import type { ErrorContext } from '../../errors.ts'
import { ForkStateError } from '../../errors.ts'
import type { ProofFault } from '../../ffi/proof-faults.ts'
import { redactText } from '../../rpc/transports/endpoint.ts'
import type { RpcErrorKind } from '../../rpc/vendors.ts'

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

/** Which check a proof did not pass; `unavailable` if there is none to be had. */
export type ProofCheck = ProofFault | 'unavailable'

/**
 * An answer of the chain is not proven by what came with it, or cannot be proven at all. It was not
 * used.
 */
export class ProofError extends ForkStateError {
  override readonly code = 'PROOF_INVALID'
  /** What the proof did not pass. */
  readonly check: ProofCheck
  /** Which node of the proof's list it was, from 0 at the root; undefined where none was reached. */
  readonly depth: number | undefined
  /** Who answered. */
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
 * A root or a proof over a fork whose node tells no state root: dev nodes that fork a chain
 * themselves compute none.
 */
export class NoStateRootError extends ForkStateError {
  override readonly code = 'NO_STATE_ROOT'
}

/** A manager over a witness was asked for something that the witness does not hold. */
export class OutsideWitnessError extends ForkStateError {
  override readonly code = 'OUTSIDE_WITNESS'
}

/** What an error of anybody's says, in short and without the secrets a URL may hold. */
export function describeCause(cause: unknown): string {
  return cause instanceof ForkStateError ? cause.shortMessage : redactText(String(cause))
}

/** What an error of a client means. By shape, so that another copy of this package will do. */
export function kindOf(error: unknown): RpcErrorKind | undefined {
  return (error as { readonly kind?: RpcErrorKind } | undefined | null)?.kind
}
