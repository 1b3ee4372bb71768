/**
 * The error class of each status of the core.
 *
 * Statuses that callers expect and handle (pending, full, stale, short buffer) have a class too, so
 * an unexpected one is never mistaken for success.
 */

import type { ErrorContext } from '../diagnostics/errors.ts'
import { ForkStateError, InvalidHexError, InvalidInputError } from '../diagnostics/errors.ts'
import type { Status } from './abi.gen.ts'
import {
  STATE_MANAGER_ERROR_BUFFER_TOO_SMALL,
  STATE_MANAGER_ERROR_CODE_HASH_MISMATCH,
  STATE_MANAGER_ERROR_INVALID_HANDLE,
  STATE_MANAGER_ERROR_INVALID_HEX,
  STATE_MANAGER_ERROR_INVALID_INPUT,
  STATE_MANAGER_ERROR_INVALID_SNAPSHOT,
  STATE_MANAGER_ERROR_LIMIT_EXCEEDED,
  STATE_MANAGER_ERROR_MISSING_TRIE_NODE,
  STATE_MANAGER_ERROR_NO_CHECKPOINT,
  STATE_MANAGER_ERROR_NO_REQUEST,
  STATE_MANAGER_ERROR_NO_STATE_ROOT,
  STATE_MANAGER_ERROR_OUT_OF_MEMORY,
  STATE_MANAGER_ERROR_PROOF_INVALID,
  STATE_MANAGER_ERROR_QUEUE_FULL,
  STATE_MANAGER_ERROR_RPC_FAILED,
  STATE_MANAGER_ERROR_RPC_PENDING,
  STATE_MANAGER_ERROR_STALE_REQUEST,
  STATE_MANAGER_SUCCESS,
  STATUS_NAMES,
} from './abi.gen.ts'
import { OutOfMemoryError } from './errors.ts'

type ErrorClass = new (shortMessage: string, context?: ErrorContext) => ForkStateError

const HINTS: Partial<Record<Status, string>> = {
  [STATE_MANAGER_ERROR_OUT_OF_MEMORY]:
    'destroy managers that are no longer needed, or lower the limits of the cache',
  [STATE_MANAGER_ERROR_INVALID_SNAPSHOT]:
    'an id can be used once: reverting to it or to an earlier one consumes it',
  [STATE_MANAGER_ERROR_NO_CHECKPOINT]: 'call checkpoint() before commit() or revert()',
  [STATE_MANAGER_ERROR_LIMIT_EXCEEDED]: 'the limits are listed in FFI-BOUNDARY.md',
}

/** Creates the error of a status other than success. */
export function statusError(
  status: Status,
  operation: string,
  context: ErrorContext = {},
): ForkStateError {
  const hint = HINTS[status]
  const ErrorOfStatus = STATUS_ERRORS[status]
  const shortMessage = `${operation} failed: ${MEANINGS[status]}`
  return new ErrorOfStatus(shortMessage, hint === undefined ? context : { hint, ...context })
}

/** The snapshot id is stale, consumed, or from another manager. Nothing was changed. */
export class InvalidSnapshotError extends ForkStateError {
  override readonly code = 'INVALID_SNAPSHOT'
}

/** A commit or revert was called without an open checkpoint. Nothing was changed. */
export class NoCheckpointError extends ForkStateError {
  override readonly code = 'NO_CHECKPOINT'
}

/** A named limit was reached. Nothing was changed. */
export class LimitExceededError extends ForkStateError {
  override readonly code = 'LIMIT_EXCEEDED'
}

/** A handle of the core is null, unknown, or of another type. Nothing was changed. */
export class InvalidHandleError extends ForkStateError {
  override readonly code = 'INVALID_HANDLE'
}

/** A value is unknown, and the call that needs it cannot fetch it. */
export class RpcPendingError extends ForkStateError {
  override readonly code = 'RPC_PENDING'
}

/** The core returned an unexpected status. This is a defect of this package. */
export class InternalError extends ForkStateError {
  override readonly code = 'INTERNAL'
}

const STATUS_ERRORS = {
  [STATE_MANAGER_SUCCESS]: InternalError,
  [STATE_MANAGER_ERROR_INVALID_INPUT]: InvalidInputError,
  [STATE_MANAGER_ERROR_OUT_OF_MEMORY]: OutOfMemoryError,
  [STATE_MANAGER_ERROR_INVALID_SNAPSHOT]: InvalidSnapshotError,
  [STATE_MANAGER_ERROR_RPC_FAILED]: InternalError,
  [STATE_MANAGER_ERROR_INVALID_HEX]: InvalidHexError,
  [STATE_MANAGER_ERROR_RPC_PENDING]: RpcPendingError,
  [STATE_MANAGER_ERROR_INVALID_HANDLE]: InvalidHandleError,
  [STATE_MANAGER_ERROR_NO_CHECKPOINT]: NoCheckpointError,
  [STATE_MANAGER_ERROR_LIMIT_EXCEEDED]: LimitExceededError,
  [STATE_MANAGER_ERROR_QUEUE_FULL]: LimitExceededError,
  [STATE_MANAGER_ERROR_STALE_REQUEST]: InternalError,
  [STATE_MANAGER_ERROR_BUFFER_TOO_SMALL]: InternalError,
  [STATE_MANAGER_ERROR_NO_REQUEST]: InternalError,
  [STATE_MANAGER_ERROR_CODE_HASH_MISMATCH]: InternalError,
  [STATE_MANAGER_ERROR_PROOF_INVALID]: InternalError,
  [STATE_MANAGER_ERROR_MISSING_TRIE_NODE]: InternalError,
  [STATE_MANAGER_ERROR_NO_STATE_ROOT]: RpcPendingError,
} satisfies Record<Status, ErrorClass>

const MEANINGS = {
  [STATE_MANAGER_SUCCESS]: STATUS_NAMES[STATE_MANAGER_SUCCESS],
  [STATE_MANAGER_ERROR_INVALID_INPUT]: 'an argument is out of range',
  [STATE_MANAGER_ERROR_OUT_OF_MEMORY]: 'memory is exhausted',
  [STATE_MANAGER_ERROR_INVALID_SNAPSHOT]:
    'the snapshot is stale, consumed, or from another manager',
  [STATE_MANAGER_ERROR_RPC_FAILED]: STATUS_NAMES[STATE_MANAGER_ERROR_RPC_FAILED],
  [STATE_MANAGER_ERROR_INVALID_HEX]: 'malformed hex',
  [STATE_MANAGER_ERROR_RPC_PENDING]: 'the value is unknown',
  [STATE_MANAGER_ERROR_INVALID_HANDLE]: 'the handle does not belong to a live object',
  [STATE_MANAGER_ERROR_NO_CHECKPOINT]: 'no checkpoint is open',
  [STATE_MANAGER_ERROR_LIMIT_EXCEEDED]: 'a limit was reached',
  [STATE_MANAGER_ERROR_QUEUE_FULL]: 'too many requests are open',
  [STATE_MANAGER_ERROR_STALE_REQUEST]: STATUS_NAMES[STATE_MANAGER_ERROR_STALE_REQUEST],
  [STATE_MANAGER_ERROR_BUFFER_TOO_SMALL]: STATUS_NAMES[STATE_MANAGER_ERROR_BUFFER_TOO_SMALL],
  [STATE_MANAGER_ERROR_NO_REQUEST]: STATUS_NAMES[STATE_MANAGER_ERROR_NO_REQUEST],
  [STATE_MANAGER_ERROR_CODE_HASH_MISMATCH]: STATUS_NAMES[STATE_MANAGER_ERROR_CODE_HASH_MISMATCH],
  [STATE_MANAGER_ERROR_PROOF_INVALID]: 'a trie node does not match its place in the trie',
  [STATE_MANAGER_ERROR_MISSING_TRIE_NODE]: STATUS_NAMES[STATE_MANAGER_ERROR_MISSING_TRIE_NODE],
  [STATE_MANAGER_ERROR_NO_STATE_ROOT]: 'the state root of the block is unknown',
} satisfies Record<Status, string>
