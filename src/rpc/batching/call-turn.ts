/**
 * Gathers the calls of one turn, or of a window of time, so that they can leave together.
 */

import type { Clock } from '../clock.ts'
import type { PendingCall } from './call-group.ts'

/** A turn is over when this many microtasks in a row have brought no new call. */
const QUIET_MICROTASKS = 10
/** A turn that goes on longer is sent in parts. */
const MAX_MICROTASKS = 1_000

export interface CallTurnOptions {
  /** 0 for one turn of the microtask queue. */
  readonly windowMs: number
  readonly clock: Clock
  /** With so many calls a window does not wait any longer. */
  readonly maxCalls: () => number
  /** Takes the calls gathered; called with at least one. */
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

  /** Drops what was gathered. */
  close(): void {
    this.#cancelTimer()
    this.#calls = []
  }

  /**
   * Callers reach `add` after a few promise microtasks, not all the same number. Waiting for some quiet
   * microtasks gathers them and costs microseconds; a timer would cost a millisecond or more.
   */
  #flushAfterTurn(): void {
    let seen = 0
    let quietMicrotasks = 0
    let microtasks = 0
    const hop = (): void => {
      quietMicrotasks = this.#calls.length === seen ? quietMicrotasks + 1 : 0
      seen = this.#calls.length
      microtasks++
      if (quietMicrotasks < QUIET_MICROTASKS && microtasks < MAX_MICROTASKS) queueMicrotask(hop)
      else this.#flush()
    }
    queueMicrotask(hop)
  }

  #flush(): void {
    this.#cancelTimer()
    this.#isPlanned = false
    const calls = this.#calls
    this.#calls = []
    if (calls.length > 0) this.#options.flush(calls)
  }
}
