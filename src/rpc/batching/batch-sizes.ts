/**
 * How much goes into one send: the limits of the transport, lowered by what the node refuses or is
 * too slow for, and raised again step by step while it takes what it gets.
 *
 * A limit that was raised and refused again is a real one, so it is tried less and less often: the
 * price of finding out stays small against the sends between.
 */

import type { TransportLimits } from '../transport.ts'

/** Full sends that must pass before a limit is raised. */
const FIRST_PATIENCE = 8
const MAX_PATIENCE = 1_024
/** A send tells something of the limit of bytes if it used at least this part of it. */
const FULL_SHARE = 0.75

/** One limit: never above where it began. */
class AdaptiveLimit {
  readonly #max: number
  #value: number
  #passed = 0
  #patience = FIRST_PATIENCE
  #wasRaised = false

  constructor(max: number) {
    this.#max = max
    this.#value = max
  }

  get value(): number {
    return this.#value
  }

  /** The node did not take `used`, or not in time. */
  lower(used: number): void {
    const lowered = Math.max(1, Math.ceil(used / 2))
    if (lowered >= this.#value) return
    if (this.#wasRaised) this.#patience = Math.min(MAX_PATIENCE, this.#patience * 2)
    this.#value = lowered
    this.#passed = 0
    this.#wasRaised = false
  }

  /** The node took a send that filled the limit. */
  filled(): void {
    if (this.#value >= this.#max) return
    this.#passed++
    if (this.#passed < this.#patience) return
    this.#value = Math.min(this.#max, this.#value + Math.max(1, this.#value >> 2))
    this.#passed = 0
    this.#wasRaised = true
  }
}

export class BatchSizes {
  readonly #calls: AdaptiveLimit
  readonly #bytes: AdaptiveLimit
  #takesBatches = true

  constructor(limits: Pick<TransportLimits, 'maxBatchCalls' | 'maxBatchBytes'>) {
    this.#calls = new AdaptiveLimit(limits.maxBatchCalls)
    this.#bytes = new AdaptiveLimit(limits.maxBatchBytes)
  }

  /** Calls in one send at most. */
  get maxCalls(): number {
    return this.#takesBatches ? this.#calls.value : 1
  }

  /** Bytes in one send of more than one call. */
  get maxBytes(): number {
    return this.#bytes.value
  }

  /** A send was answered. */
  passed(calls: number, bytes: number): void {
    if (calls >= this.#calls.value) this.#calls.filled()
    if (bytes >= this.#bytes.value * FULL_SHARE) this.#bytes.filled()
  }

  /** A send had too many calls, or took too long. */
  tooManyCalls(calls: number): void {
    this.#calls.lower(calls)
  }

  /** A send had too many bytes. */
  tooManyBytes(bytes: number): void {
    this.#bytes.lower(bytes)
  }

  /** The node knows no batches; that does not change. */
  refuseBatches(): void {
    this.#takesBatches = false
  }
}
