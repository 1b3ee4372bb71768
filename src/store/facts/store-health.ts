/**
 * Keeps a store that fails from harming reads: its operations are given a time, their failures
 * become "nothing there", and after one the store is left alone for a while, longer each time. The
 * next operation after that tries it again.
 *
 * Invariants: nothing here rejects. One event says that the store is out of use, one that it is
 * back, however much fails in between. Reads, claims and writes fail apart: with a full disk what
 * is there is still read.
 */

import { StoreUnavailableError } from '../errors.ts'
import { startTimer } from '../timers.ts'
import type { StoreCounters } from './counters.ts'

/** What an operation wants of the store. A read waits for `read` and `claim`. */
export type StoreAccess = 'read' | 'claim' | 'write'

/** What happens to a store in use. */
export type StoreEvent =
  /** The store is not used for now: facts are fetched from the chain, as if there were none. */
  | {
      readonly type: 'store-degraded'
      readonly access: StoreAccess
      readonly error: StoreUnavailableError
    }
  /** It works again. */
  | { readonly type: 'store-recovered' }

/** How long to wait for what. */
export interface HealthOptions {
  /** For one operation that a read waits for, ms. */
  readonly readTimeoutMs: number
  /** For one write, ms. */
  readonly writeTimeoutMs: number
  /** Until the store is tried again after a first failure, ms. Doubles with each further one. */
  readonly retryMs: number
  /** Most that grows to. */
  readonly maxRetryMs: number
}

/** What health is told, and tells. */
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

  /** Whether an operation would be left out now. */
  isDown(access: StoreAccess): boolean {
    const lane = this.#lanes[access]
    return lane.failuresInRow > 0 && this.#context.now() < lane.retryAtMs
  }

  /** Undefined if the operation failed, took too long, or was left out. */
  async run<Value>(
    access: StoreAccess,
    operation: () => Promise<Value>,
  ): Promise<Done<Value> | undefined> {
    if (this.isDown(access)) return undefined
    const lane = this.#lanes[access]
    // Of what is waiting to be tried again, one operation goes first.
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
      // An operation that throws instead of rejecting is a failure too.
      const ended = (async () => operation())()
      ended.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  #succeeded(lane: Lane): void {
    if (lane.failuresInRow === 0) return
    lane.failuresInRow = 0
    if (!this.#isDegraded()) this.#tell({ type: 'store-recovered' })
  }

  #failed(access: StoreAccess, lane: Lane, cause: unknown): void {
    const { counters, now } = this.#context
    const wasDegraded = this.#isDegraded()
    counters.storeFailures++
    lane.failuresInRow++
    lane.retryAtMs = now() + this.#pauseMs(lane)
    if (wasDegraded) return
    const error = new StoreUnavailableError('the store does not work: going on without it', {
      cause,
      details: cause instanceof Error ? cause.message : String(cause),
      hint: 'it is tried again from time to time; check the disk or the server',
    })
    this.#tell({ type: 'store-degraded', access, error })
  }

  #isDegraded(): boolean {
    return Object.values(this.#lanes).some(({ failuresInRow }) => failuresInRow > 0)
  }

  /** What a listener throws is not a matter of the read that is under way. */
  #tell(event: StoreEvent): void {
    this.#context.counters.storeDegraded = event.type === 'store-degraded' ? 1 : 0
    queueMicrotask(() => this.#context.onEvent(event))
  }
}
