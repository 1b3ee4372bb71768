/** Errors of persistent stores, where they are not handled as a cache miss. */

import { ForkStateError } from '../diagnostics/errors.ts'

/** The store does not work now: the disk is full, the server is unreachable, or it was closed. */
export class StoreUnavailableError extends ForkStateError {
  override readonly code = 'STORE_UNAVAILABLE'
}

/** A file of exported facts is damaged, truncated, or not such a file. Nothing was written. */
export class InvalidExportError extends ForkStateError {
  override readonly code = 'INVALID_EXPORT'
}

/** A limit was reached. Nothing was done. */
export class StoreLimitError extends ForkStateError {
  override readonly code = 'LIMIT_EXCEEDED'
}
