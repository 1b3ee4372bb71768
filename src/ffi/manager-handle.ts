/**
 * The handle of one state manager in the core. All parts of a manager call the core through it, so
 * once it is released, each of their calls throws `DestroyedError`.
 *
 * It turns the status of a call into an answer or an error, and holds the id of the request that
 * the last unknown read opened.
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

/** {@link ManagerHandle.pending} if no request could be opened because too many are open. */
export const QUEUE_FULL = -1

/** The subject of a call, for its error. Its address or slot is the one in the frame. */
export type CallSubject = 'state' | 'account' | 'slot'

const NULL_POINTER = 0

/** The handle of one state manager: a number that the functions of the core take. */
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

  /** The number; the null handle after {@link ManagerHandle.release}. */
  get number(): number {
    return this.#number
  }

  get isDestroyed(): boolean {
    return this.#number === STATE_MANAGER_NULL_HANDLE
  }

  /** Invalidates the handle. Returns its number; the caller destroys the manager in the core. */
  release(): number {
    const number = this.#number
    this.#number = STATE_MANAGER_NULL_HANDLE
    return number
  }

  /** The pointer where a read writes the id of its request; null if it may not open one. */
  requestPointer(intent: Intent): number {
    return intent === 'get' ? this.frame.request : NULL_POINTER
  }

  /**
   * Whether the value of a read is unknown. {@link ManagerHandle.pending} is then set.
   *
   * @throws the error of any status but success, pending and queue full.
   */
  isUnknown(result: number, operation: string, subject: CallSubject): boolean {
    return result !== STATE_MANAGER_SUCCESS && this.#isPending(result, operation, subject)
  }

  #isPending(result: number, operation: string, subject: CallSubject): boolean {
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

  /** @throws the error of any status but success. */
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
        hint: 'create a new one',
      })
    }
    if (subject === 'state') return statusError(status, operation, context)
    const address = this.frame.addressHex()
    const slot = subject === 'slot' ? { slot: this.frame.slotHex() } : {}
    return statusError(status, operation, { ...context, address, ...slot })
  }
}
