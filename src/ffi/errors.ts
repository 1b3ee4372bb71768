/**
 * Errors of loading a build of the core and of its memory; both loaders throw them.
 */

import { ForkStateError } from '../errors.ts'

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
