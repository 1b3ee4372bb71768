/**
 * Errors of loading a build of the core and of its memory; both loaders throw them.
 */

import type { ErrorContext } from '../diagnostics/errors.ts'
import { ForkStateError } from '../diagnostics/errors.ts'

/** A build of the core is missing, or the runtime cannot load it. */
export class EngineLoadError extends ForkStateError {
  override readonly code = 'ENGINE_LOAD'
}

/** A build of the core was made from other declarations than this package; it was not used. */
export class AbiMismatchError extends ForkStateError {
  override readonly code = 'ABI_MISMATCH'
}

/** There is no memory for what was asked. The state is as it was before the call. */
export class OutOfMemoryError extends ForkStateError {
  override readonly code = 'OUT_OF_MEMORY'
}

/**
 * A node of the trie is needed for a root or a proof, and could not be obtained: it is the sibling
 * of something that was deleted, and the chain offers no proof that holds it. Nothing was changed,
 * and no root was made up.
 */
export class MissingTrieNodeError extends ForkStateError {
  override readonly code = 'MISSING_TRIE_NODE'
  /** keccak256 of the node, 32 bytes. */
  readonly hash: string
  /** Where it stands in its trie: the nibbles from the root to it, one hex digit each. */
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
