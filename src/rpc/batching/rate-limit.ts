/**
 * Limits the rate of sends with two token buckets: HTTP requests, and compute units as providers
 * bill them. Up to one second's allowance may be sent in a burst.
 */

import type { Clock } from '../clock.ts'

/** Tolerance, so that rounding errors cause no wait. */
const EPSILON = 1e-6

export interface RateLimitOptions {
  readonly requestsPerSecond: number | undefined
  readonly computeUnitsPerSecond: number | undefined
  readonly computeUnits: Readonly<Record<string, number>>
}

/** A token bucket that holds one second's allowance and starts full. */
export class TokenBucket {
  readonly capacity: number
  readonly #perMs: number
  #tokens: number
  #filledAtMs: number

  constructor(perSecond: number, nowMs: number) {
    this.capacity = Math.max(1, perSecond)
    this.#perMs = perSecond / 1_000
    this.#tokens = this.capacity
    this.#filledAtMs = nowMs
  }

  /**
   * How long to wait for `count` tokens, in ms. A count above the capacity needs a full bucket, and
   * leaves it in debt.
   */
  waitMs(count: number, nowMs: number): number {
    this.#fill(nowMs)
    const lacking = Math.min(count, this.capacity) - this.#tokens
    return lacking <= EPSILON ? 0 : Math.ceil(lacking / this.#perMs - EPSILON)
  }

  take(count: number, nowMs: number): void {
    this.#fill(nowMs)
    this.#tokens -= count
  }

  #fill(nowMs: number): void {
    const gained = (nowMs - this.#filledAtMs) * this.#perMs
    this.#tokens = Math.min(this.capacity, this.#tokens + gained)
    this.#filledAtMs = nowMs
  }
}

export class RateLimit {
  readonly #clock: Clock
  readonly #requests: TokenBucket | undefined
  readonly #units: TokenBucket | undefined
  readonly #unitsByMethod: ReadonlyMap<string, number>
  readonly #otherUnits: number

  constructor(options: RateLimitOptions, clock: Clock) {
    const { requestsPerSecond, computeUnitsPerSecond, computeUnits } = options
    const bucketOf = (perSecond: number | undefined): TokenBucket | undefined =>
      perSecond === undefined ? undefined : new TokenBucket(perSecond, clock.now())
    this.#clock = clock
    this.#requests = bucketOf(requestsPerSecond)
    this.#units = bucketOf(computeUnitsPerSecond)
    this.#unitsByMethod = new Map(Object.entries(computeUnits))
    this.#otherUnits = computeUnits['*'] ?? 1
  }

  /** Maximum cost of one send of several calls. */
  get maxUnits(): number {
    return this.#units?.capacity ?? Number.POSITIVE_INFINITY
  }

  unitsOf(method: string): number {
    return this.#unitsByMethod.get(method) ?? this.#otherUnits
  }

  /** How long a send that costs `units` must wait, in ms; 0 if it may go now. */
  waitMs(units: number): number {
    const now = this.#clock.now()
    return Math.max(this.#requests?.waitMs(1, now) ?? 0, this.#units?.waitMs(units, now) ?? 0)
  }

  /** Takes the tokens of a send. */
  take(units: number): void {
    const now = this.#clock.now()
    this.#requests?.take(1, now)
    this.#units?.take(units, now)
  }
}
