/**
 * Time that passes only when a test lets it: timers fire in the order of their time, as soon as
 * nothing else is left to do, so an hour of retries takes milliseconds and is the same every time.
 */

import type { Clock } from '../../src/rpc/clock.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
}

/** Nothing takes so many timers unless it goes on for ever. */
const MAX_TIMERS = 100_000

/** Something was waited for, and nothing is left that could bring it. */
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

  /** Timers that have not fired. */
  get timers(): number {
    return this.#timers.size
  }

  /** Resolves after `ms` of this time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /**
   * Lets time pass until the promise settles.
   *
   * @throws NothingLeftError if no timer is left before that: it hangs.
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
    throw new NothingLeftError('it hangs: timers go on for ever')
  }

  /** Lets that much time pass, with all that happens in it. */
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

/** All microtasks, and what they start, have run. */
export function turnOfEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
