/**
 * The handle of one state manager in the core. All parts of a manager call the core through it, so
 * they end together: once it is released, each of their calls throws `DestroyedError`.
 *
 * It turns the status of a call into an answer or an error, and remembers which request a read that
 * found nothing opened.
 */

import type { ErrorContext, ForkStateError } from '../diagnostics/errors.ts'
import { DestroyedError } from '../diagnostics/errors.ts'
import type { CoreFunctions, Status } from './abi.gen.ts'
import {
  STATE_MANAGER_ERROR_QUEUE_FULL,
  STATE_MANAGER_ERROR_RPC_PENDING,
  STATE_MANAGER_NULL_HANDLE,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { Intent } from './arguments.ts'
import type { Engine } from './engine.ts'
import type { Frame } from './frame.ts'
import { frameOf } from './frame.ts'
import { statusError } from './status.ts'

/** {@link ManagerHandle.pending}: no request could be opened, because too many are open. */
export const QUEUE_FULL = -1

/** What a call is about; an address or slot is the one in the frame. */
export type CallSubject = 'state' | 'account' | 'slot'

const NULL_POINTER = 0

/** One state manager in the core, as its number. */
export class ManagerHandle {
  readonly engine: Engine
  readonly frame: Frame
  readonly functions: CoreFunctions
  /**
   * After a `get` that returned `undefined`: the id of the request to wait for, or
   * {@link QUEUE_FULL}.
   */
  pending = 0
  #number: number

  constructor(engine: Engine, number: number) {
    this.engine = engine
    this.frame = frameOf(engine)
    this.functions = engine.functions
    this.#number = number
  }

  /** What the functions of the core take; the null handle after {@link ManagerHandle.release}. */
  get number(): number {
    return this.#number
  }

  get isDestroyed(): boolean {
    return this.#number === STATE_MANAGER_NULL_HANDLE
  }

  /** Ends the handle. Returns its number, for the caller to destroy in the core. */
  release(): number {
    const number = this.#number
    this.#number = STATE_MANAGER_NULL_HANDLE
    return number
  }

  /** Where a read leaves the id of its request; null if it may open none. */
  requestPointer(intent: Intent): number {
    return intent === 'get' ? this.frame.request : NULL_POINTER
  }

  /**
   * Whether a read found nothing. Then {@link ManagerHandle.pending} is set.
   *
   * @throws the error for any status but success, pending and queue full.
   */
  isUnknown(result: number, operation: string, subject: CallSubject): boolean {
    return result !== STATE_MANAGER_SUCCESS && this.#foundNothing(result, operation, subject)
  }

  #foundNothing(result: number, operation: string, subject: CallSubject): boolean {
    const status = this.frame.settle(result)
    if (status === STATE_MANAGER_SUCCESS) return false
    if (status === STATE_MANAGER_ERROR_RPC_PENDING) {
      this.pending = this.frame.view.getUint32(this.frame.request, true)
      return true
    }
    if (status === STATE_MANAGER_ERROR_QUEUE_FULL) {
      this.pending = QUEUE_FULL
      return true
    }
    throw this.#error(status, operation, subject)
  }

  /** @throws the error for any status but success. */
  check(result: number, operation: string, subject: CallSubject, details?: string): void {
    if (result !== STATE_MANAGER_SUCCESS) this.#require(result, operation, subject, details)
  }

  #require(result: number, operation: string, subject: CallSubject, details?: string): void {
    const status = this.frame.settle(result)
    if (status === STATE_MANAGER_SUCCESS) return
    throw this.#error(status, operation, subject, details === undefined ? {} : { details })
  }

  #error(
    status: Status,
    operation: string,
    subject: CallSubject,
    context: ErrorContext = {},
  ): ForkStateError {
    if (this.isDestroyed) {
      return new DestroyedError(`${operation}: the state manager was destroyed`, {
        hint: 'make a new one',
      })
    }
    if (subject === 'state') return statusError(status, operation, context)
    const address = this.frame.addressHex()
    const slot = subject === 'slot' ? { slot: this.frame.slotHex() } : {}
    return statusError(status, operation, { ...context, address, ...slot })
  }
}
