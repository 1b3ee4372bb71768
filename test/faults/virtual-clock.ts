/**
 * Time that passes only when a test advances it. Timers fire in order, as soon as nothing else is
 * left to do, so an hour of retries takes milliseconds and is the same in every run.
 */

import type { Clock } from '../../src/rpc/clock.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
}

/** More timers than any test needs: beyond this, timers go on forever. */
const MAX_TIMERS = 100_000

/** A promise is pending, and no timer is left that could settle it. */
export class NothingLeftError extends Error {}

export class VirtualClock implements Clock {
  #nowMs = 0
  #order = 0
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#nowMs
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** The number of timers that have not fired. */
  get timers(): number {
    return this.#timers.size
  }

  /** Resolves after `ms` of virtual time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /**
   * Lets time pass until the promise settles.
   *
   * @throws NothingLeftError if no timer is left before that, so the promise hangs.
   */
  async run<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false
    const settled = promise.finally(() => {
      isSettled = true
    })
    settled.catch(() => {})
    for (let fired = 0; fired < MAX_TIMERS; fired++) {
      await turnOfEvents()
      if (isSettled) return settled
      if (!this.#fireNext()) throw new NothingLeftError('it hangs: no timer is left')
    }
    throw new NothingLeftError('it hangs: timers go on forever')
  }

  /** Lets `ms` pass, and fires all timers that are due. */
  async pass(ms: number): Promise<void> {
    await this.run(this.sleep(ms))
  }

  #fireNext(): boolean {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      const isEarlier =
        next === undefined ||
        timer.atMs < next.atMs ||
        (timer.atMs === next.atMs && timer.order < next.order)
      if (isEarlier) next = timer
    }
    if (next === undefined) return false
    this.#timers.delete(next)
    this.#nowMs = next.atMs
    next.callback()
    return true
  }
}

/** Resolves when all microtasks, including those that they start, have run. */
export function turnOfEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
