/** The handle of one fork backend in the core. All parts of a fork call the core through it. */

import type { CoreFunctions } from './abi.gen.ts'
import {
  STATE_MANAGER_ERROR_STALE_REQUEST,
  STATE_MANAGER_NULL_HANDLE,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { Engine } from './engine.ts'
import type { Frame } from './frame.ts'
import { frameOf } from './frame.ts'
import { statusError } from './status.ts'

/** The handle of one fork backend: a number that the functions of the core take. */
export class ForkHandle {
  readonly engine: Engine
  readonly frame: Frame
  readonly functions: CoreFunctions
  #number: number

  constructor(engine: Engine, number: number) {
    this.engine = engine
    this.frame = frameOf(engine)
    this.functions = engine.functions
    this.#number = number
  }

  /** The number; the null handle after {@link ForkHandle.release}. */
  get number(): number {
    return this.#number
  }

  get isDestroyed(): boolean {
    return this.#number === STATE_MANAGER_NULL_HANDLE
  }

  /** Invalidates the handle. Returns its number; the caller destroys the fork in the core. */
  release(): number {
    const number = this.#number
    this.#number = STATE_MANAGER_NULL_HANDLE
    return number
  }

  /** @throws the error of any status but success. */
  check(result: number, operation: string): void {
    const status = this.frame.settle(result)
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, operation)
  }

  /**
   * Whether the core took an answer: false if the request is no longer open or its generation is
   * over.
   *
   * @throws the error of any status but success and stale.
   */
  wasTaken(result: number, operation: string): boolean {
    const status = this.frame.settle(result)
    if (status === STATE_MANAGER_SUCCESS) return true
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return false
    throw statusError(status, operation)
  }
}
