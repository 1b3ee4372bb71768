/**
 * The root of every error forkstate throws. Named subclasses stand beside the code that throws
 * them; this module only holds what all of them share: a stable `code`, a short message, what is
 * known about the place (address, slot, block) and what to try.
 */

/** Stable identifiers of every error condition. They never change meaning between versions. */
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

/** What an error may know besides its message. */
export interface ErrorContext {
  /** The error that caused this one. */
  readonly cause?: unknown
  /** Longer technical text, for example what a node answered. */
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

/** Base class of all errors of this package; branch on {@link ForkStateError.code}. */
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

/** An argument is not what the function takes. Nothing was changed. */
export class InvalidInputError extends ForkStateError {
  override readonly code = 'INVALID_INPUT'
}

/** A hex string is malformed: no `0x`, odd digits, other characters, or the wrong length. */
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
