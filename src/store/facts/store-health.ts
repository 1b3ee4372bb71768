/**
 * Protects reads from a failing store: each operation has a timeout, a failure counts as "not
 * there", and after one the store is not used for a while, longer after each further failure. The
 * next operation after that tries it again.
 *
 * Invariants: nothing here rejects. One event reports that the store is out of use, and one that it
 * is back, however many failures are in between. Reads, claims and writes are tracked separately:
 * if the disk is full, existing records are still read.
 */

import { StoreUnavailableError } from '../errors.ts'
import { startTimer } from '../timers.ts'
import type { StoreCounters } from './counters.ts'

/** The kind of an operation. A read waits for `read` and `claim` operations. */
export type StoreAccess = 'read' | 'claim' | 'write'

/** An event of a store in use. */
export type StoreEvent =
  /** The store is not used for now: facts are fetched from the chain, as if there were no store. */
  | {
      readonly type: 'store-degraded'
      readonly access: StoreAccess
      readonly error: StoreUnavailableError
    }
  /** The store works again. */
  | { readonly type: 'store-recovered' }

/** Timeouts and pauses. */
export interface HealthOptions {
  /** Timeout of an operation that a read waits for, in ms. */
  readonly readTimeoutMs: number
  /** Timeout of a write, in ms. */
  readonly writeTimeoutMs: number
  /** Pause after a first failure, in ms. Doubles with each further failure. */
  readonly retryMs: number
  /** Longest pause, in ms. */
  readonly maxRetryMs: number
}

/** Dependencies of the health check. */
export interface HealthContext {
  readonly terms: HealthOptions
  readonly counters: StoreCounters
  readonly onEvent: (event: StoreEvent) => void
  /** Monotonic, ms. */
  readonly now: () => number
}

interface Lane {
  failuresInRow: number
  retryAtMs: number
}

/** The result of an operation that succeeded. */
export interface Done<Value> {
  readonly value: Value
}

/** Runs the operations of one store. */
export class StoreHealth {
  readonly #context: HealthContext
  readonly #lanes: Readonly<Record<StoreAccess, Lane>> = {
    read: { failuresInRow: 0, retryAtMs: 0 },
    claim: { failuresInRow: 0, retryAtMs: 0 },
    write: { failuresInRow: 0, retryAtMs: 0 },
  }

  constructor(context: HealthContext) {
    this.#context = context
  }

  /** Whether an operation would be skipped now. */
  isDown(access: StoreAccess): boolean {
    const lane = this.#lanes[access]
    return lane.failuresInRow > 0 && this.#context.now() < lane.retryAtMs
  }

  /** Runs an operation; undefined if it failed, timed out, or was skipped. */
  async run<Value>(
    access: StoreAccess,
    operation: () => Promise<Value>,
  ): Promise<Done<Value> | undefined> {
    if (this.isDown(access)) return undefined
    const lane = this.#lanes[access]
    // Of several operations that could retry the store, only one does.
    if (lane.failuresInRow > 0) lane.retryAtMs = this.#context.now() + this.#pauseMs(lane)
    try {
      const value = await this.#inTime(access, operation)
      this.#succeeded(lane)
      return { value }
    } catch (error) {
      this.#failed(access, lane, error)
      return undefined
    }
  }

  #pauseMs(lane: Lane): number {
    const { retryMs, maxRetryMs } = this.#context.terms
    return Math.min(maxRetryMs, retryMs * 2 ** Math.max(0, lane.failuresInRow - 1))
  }

  async #inTime<Value>(access: StoreAccess, operation: () => Promise<Value>): Promise<Value> {
    const { readTimeoutMs, writeTimeoutMs } = this.#context.terms
    const timeoutMs = access === 'write' ? writeTimeoutMs : readTimeoutMs
    return await new Promise<Value>((resolve, reject) => {
      const timer = startTimer(timeoutMs, () => {
        reject(new StoreUnavailableError(`the store did not answer in ${timeoutMs} ms`))
      })
      // An operation that throws synchronously is a failure too.
      const ended = (async () => operation())()
      ended.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  #succeeded(lane: Lane): void {
    if (lane.failuresInRow === 0) return
    lane.failuresInRow = 0
    if (!this.#isDegraded()) this.#emit({ type: 'store-recovered' })
  }

  #failed(access: StoreAccess, lane: Lane, cause: unknown): void {
    const { counters, now } = this.#context
    const wasDegraded = this.#isDegraded()
    counters.storeFailures++
    lane.failuresInRow++
    lane.retryAtMs = now() + this.#pauseMs(lane)
    if (wasDegraded) return
    const error = new StoreUnavailableError('the store does not work; continuing without it', {
      cause,
      details: cause instanceof Error ? cause.message : String(cause),
      hint: 'check the disk or the server; the store is retried automatically',
    })
    this.#emit({ type: 'store-degraded', access, error })
  }

  #isDegraded(): boolean {
    return Object.values(this.#lanes).some(({ failuresInRow }) => failuresInRow > 0)
  }

  /** An error of a listener must not affect the read in progress. */
  #emit(event: StoreEvent): void {
    this.#context.counters.storeDegraded = event.type === 'store-degraded' ? 1 : 0
    queueMicrotask(() => this.#context.onEvent(event))
  }
}
