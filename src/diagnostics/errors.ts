/**
 * `diagnostics/` tells people what went wrong or what goes on: errors, warnings and the log.
 *
 * Here is the base class of every error that forkstate throws. Named subclasses stand beside
 * the code that throws them. This module only holds what they share: a stable `code`, a short
 * message, the place (address, slot, block) and a hint.
 */

/** Stable identifiers of all error conditions. Their meaning never changes between versions. */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'INVALID_HEX'
  | 'OUT_OF_MEMORY'
  | 'INVALID_SNAPSHOT'
  | 'NO_CHECKPOINT'
  | 'LIMIT_EXCEEDED'
  | 'INVALID_HANDLE'
  | 'DESTROYED'
  | 'INTERNAL'
  | 'READ_CANCELLED'
  | 'ABORTED'
  | 'ABI_MISMATCH'
  | 'ENGINE_LOAD'
  | 'RPC_PENDING'
  | 'RPC_FAILED'
  | 'RPC_TIMEOUT'
  | 'RPC_RESPONSE'
  | 'RPC_QUORUM'
  | 'RPC_NOT_RECORDED'
  | 'PIN_FAILED'
  | 'BLOCK_MOVED'
  | 'TRANSACTION_NOT_FOUND'
  | 'HEADER_INVALID'
  | 'PROOF_INVALID'
  | 'MISSING_TRIE_NODE'
  | 'OUTSIDE_WITNESS'
  | 'NO_STATE_ROOT'
  | 'UNKNOWN_STATE_ROOT'
  | 'UNKNOWN_STORAGE'
  | 'UNKNOWN_BLOCK'
  | 'STORE_UNAVAILABLE'
  | 'INVALID_EXPORT'

/** Fields that an error may have besides its message. */
export interface ErrorContext {
  /** The error that caused this one. */
  readonly cause?: unknown
  /** Longer technical text, for example the answer of an endpoint. */
  readonly details?: string
  /** What the caller can try. */
  readonly hint?: string
  /** The 20-byte account address concerned, as hex. */
  readonly address?: string
  /** The 32-byte storage slot concerned, as hex. */
  readonly slot?: string
  /** The block concerned: a number, tag or hash, printable. */
  readonly block?: string
}

/** Base class of all errors of this package. Branch on {@link ForkStateError.code}. */
export abstract class ForkStateError extends Error {
  abstract readonly code: ErrorCode
  readonly shortMessage: string
  readonly details: string | undefined
  readonly hint: string | undefined
  readonly address: string | undefined
  readonly slot: string | undefined
  readonly block: string | undefined

  constructor(shortMessage: string, context: ErrorContext = {}) {
    const { cause, details, hint, address, slot, block } = context
    const lines = [shortMessage]
    if (address !== undefined) lines.push(`  address: ${address}`)
    if (slot !== undefined) lines.push(`  slot:    ${slot}`)
    if (block !== undefined) lines.push(`  block:   ${block}`)
    if (details !== undefined) lines.push(`  details: ${details}`)
    if (hint !== undefined) lines.push(`  try:     ${hint}`)
    super(lines.join('\n'), cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.shortMessage = shortMessage
    this.details = details
    this.hint = hint
    this.address = address
    this.slot = slot
    this.block = block
  }
}

/** An argument is invalid. Nothing was changed. */
export class InvalidInputError extends ForkStateError {
  override readonly code = 'INVALID_INPUT'
}

/**
 * A hex string is malformed: it has no `0x`, an odd number of digits, other characters, or the
 * wrong length.
 */
export class InvalidHexError extends ForkStateError {
  override readonly code = 'INVALID_HEX'
}

/** The caller's `AbortSignal` fired; `cause` is its reason. */
export class AbortedError extends ForkStateError {
  override readonly code = 'ABORTED'
}

/** The manager or fork was destroyed, before the call or while a read was waiting. */
export class DestroyedError extends ForkStateError {
  override readonly code = 'DESTROYED'
}
