/**
 * Collects the calls of one turn of the microtask queue, or of a time window, so that they are sent
 * together.
 */

import type { Clock } from '../clock.ts'
import type { PendingCall } from './call-group.ts'

/** A turn is over when this many microtasks in a row have added no call. */
const QUIET_MICROTASKS = 10
/** A turn that lasts longer is sent in parts. */
const MAX_MICROTASKS = 1_000

export interface CallTurnOptions {
  /** 0 for one turn of the microtask queue. */
  readonly windowMs: number
  readonly clock: Clock
  /** A window ends early when it has this many calls. */
  readonly maxCalls: () => number
  /** Receives the collected calls; called with at least one. */
  readonly flush: (calls: readonly PendingCall[]) => void
}

export class CallTurn {
  readonly #options: CallTurnOptions
  #calls: PendingCall[] = []
  #isPlanned = false
  #cancelTimer = (): void => {}

  constructor(options: CallTurnOptions) {
    this.#options = options
  }

  add(call: PendingCall): void {
    const { windowMs, clock, maxCalls } = this.#options
    this.#calls.push(call)
    if (windowMs > 0 && this.#calls.length >= maxCalls()) this.#flush()
    else if (!this.#isPlanned && windowMs > 0) {
      this.#cancelTimer = clock.after(windowMs, () => this.#flush())
      this.#isPlanned = true
    } else if (!this.#isPlanned) {
      this.#flushAfterTurn()
      this.#isPlanned = true
    }
  }

  /** Drops the collected calls. */
  close(): void {
    this.#cancelTimer()
    this.#calls = []
  }

  /**
   * Callers reach `add` after a few microtasks, though not all after the same number. Waiting for a
   * few microtasks without a new call collects them and costs microseconds; a timer would cost a
   * millisecond or more.
   */
  #flushAfterTurn(): void {
    let callsBefore = 0
    let quietMicrotasks = 0
    let microtasks = 0
    const step = (): void => {
      quietMicrotasks = this.#calls.length === callsBefore ? quietMicrotasks + 1 : 0
      callsBefore = this.#calls.length
      microtasks++
      if (quietMicrotasks < QUIET_MICROTASKS && microtasks < MAX_MICROTASKS) queueMicrotask(step)
      else this.#flush()
    }
    queueMicrotask(step)
  }

  #flush(): void {
    this.#cancelTimer()
    this.#isPlanned = false
    const calls = this.#calls
    this.#calls = []
    if (calls.length > 0) this.#options.flush(calls)
  }
}
