/**
 * Sizes of batches: the limits of the transport, lowered when the node refuses a batch or is too
 * slow for it, and raised again step by step while the node accepts full ones.
 *
 * If a raised limit is refused again, it is a real limit, so raising it is tried less and less
 * often: the cost of probing stays small compared to the sends in between.
 */

import type { TransportLimits } from '../transport.ts'

/** Full sends that must pass before a limit is raised. */
const FIRST_PATIENCE = 8
const MAX_PATIENCE = 1_024
/** A send says something about the limit of bytes only if it used at least this share of it. */
const FULL_SHARE = 0.75

/** One limit. It never exceeds its initial value. */
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

  /** The node refused `used`, or did not answer it in time. */
  lower(used: number): void {
    const lowered = Math.max(1, Math.ceil(used / 2))
    if (lowered >= this.#value) return
    if (this.#wasRaised) this.#patience = Math.min(MAX_PATIENCE, this.#patience * 2)
    this.#value = lowered
    this.#passed = 0
    this.#wasRaised = false
  }

  /** The node accepted a send that filled the limit. */
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

  /** Most calls in one send. */
  get maxCalls(): number {
    return this.#takesBatches ? this.#calls.value : 1
  }

  /** Most bytes in one send of more than one call. */
  get maxBytes(): number {
    return this.#bytes.value
  }

  /** A send was answered. */
  passed(calls: number, bytes: number): void {
    if (calls >= this.#calls.value) this.#calls.filled()
    if (bytes >= this.#bytes.value * FULL_SHARE) this.#bytes.filled()
  }

  /** The node refused a send because of its number of calls, or took too long for it. */
  tooManyCalls(calls: number): void {
    this.#calls.lower(calls)
  }

  /** The node refused a send because of its bytes. */
  tooManyBytes(bytes: number): void {
    this.#bytes.lower(bytes)
  }

  /** The node does not support batches; this is permanent. */
  refuseBatches(): void {
    this.#takesBatches = false
  }
}
