/** Errors of loading a build of the core, of its memory, and of its tries. */

import type { ErrorContext } from '../diagnostics/errors.ts'
import { ForkStateError } from '../diagnostics/errors.ts'

/** A build of the core is missing, or the runtime cannot load it. */
export class EngineLoadError extends ForkStateError {
  override readonly code = 'ENGINE_LOAD'
}

/** A build of the core has another ABI than this package. It was not used. */
export class AbiMismatchError extends ForkStateError {
  override readonly code = 'ABI_MISMATCH'
}

/** There is not enough memory for the call. The state is as it was before the call. */
export class OutOfMemoryError extends ForkStateError {
  override readonly code = 'OUT_OF_MEMORY'
}

/**
 * A root or a proof needs a trie node that could not be obtained: it is the sibling of a leaf that
 * was deleted, and the chain serves no proof that contains it. Nothing was changed, and no wrong
 * root was returned.
 */
export class MissingTrieNodeError extends ForkStateError {
  override readonly code = 'MISSING_TRIE_NODE'
  /** keccak256 of the trie node, 32 bytes. */
  readonly hash: string
  /** Its path: the nibbles from the root of its trie to it, one hex digit each. */
  readonly path: string

  constructor(
    shortMessage: string,
    context: ErrorContext & { readonly hash: string; readonly path: string },
  ) {
    super(shortMessage, context)
    this.hash = context.hash
    this.path = context.path
  }
}
