/** What can go wrong with a persistent store, where it is not hidden as a mere absence of cache. */

import { ForkStateError } from '../errors.ts'

/** The store cannot do its work now: a full disk, a lost server, or it was closed. */
export class StoreUnavailableError extends ForkStateError {
  override readonly code = 'STORE_UNAVAILABLE'
}

/** A file of exported facts is damaged, cut short, or none. Nothing of it was written. */
export class InvalidExportError extends ForkStateError {
  override readonly code = 'INVALID_EXPORT'
}

/** A bound was reached, and nothing was done. */
export class StoreLimitError extends ForkStateError {
  override readonly code = 'LIMIT_EXCEEDED'
}
