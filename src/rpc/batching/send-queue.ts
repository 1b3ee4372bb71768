/**
 * The send queue: decides what is sent next and when, within the limit of concurrent sends, the
 * rate limit and the current sizes of batches.
 *
 * - Urgent calls go before prefetch calls, in sends of their own, so that no read waits for the
 *   answer to a guess. Prefetch leaves one slot of the concurrency limit free, and gets a turn
 *   after a few urgent sends in a row.
 * - Waiting calls are combined only when there is room for a send, so calls that arrive meanwhile
 *   leave in few, full sends.
 * - A settled call is never sent.
 *
 * It does not handle answers and retries.
 */

import type { Clock } from '../clock.ts'
import type { RpcPriority } from '../rpc-client.ts'
import type { RpcCall } from '../transport.ts'
import type { BatchSizes } from './batch-sizes.ts'
import type { PendingCall } from './call-group.ts'
import type { RateLimit } from './rate-limit.ts'

/** Bytes around each call in a batch: version, id, braces and comma. */
const FRAME_BYTES = 48
/** A longer wait is split, and checked again after this time. */
const MAX_WAIT_MS = 60_000
/** Most urgent sends in a row that may pass a waiting prefetch. */
const MAX_PASSED = 8

export interface SendQueueOptions {
  readonly maxConcurrentSends: number
  readonly sizes: BatchSizes
  readonly rateLimit: RateLimit
  readonly clock: Clock
  /**
   * Sends calls. Its slot of the concurrency limit is free again when the promise settles. Must not
   * reject.
   */
  readonly start: (calls: readonly PendingCall[]) => Promise<void>
}

/** Limits of one send. */
interface SendLimits {
  readonly maxCalls: number
  readonly maxBytes: number
  readonly maxUnits: number
}

interface Send {
  readonly lane: Lane
  readonly calls: readonly PendingCall[]
  readonly units: number
  /** Removes the calls from their lane. */
  readonly take: () => void
}

export class SendQueue {
  readonly #options: SendQueueOptions
  readonly #lanes: Readonly<Record<RpcPriority, Lane>>
  #running = 0
  #passed = 0
  #pauses = 0
  #cancelTimer: (() => void) | undefined

  constructor(options: SendQueueOptions) {
    this.#options = options
    const unitsOf = ({ method }: RpcCall): number => options.rateLimit.unitsOf(method)
    const { maxConcurrentSends } = options
    this.#lanes = {
      urgent: new Lane(maxConcurrentSends, unitsOf),
      prefetch: new Lane(Math.max(1, maxConcurrentSends - 1), unitsOf),
    }
  }

  /** Adds calls that may be combined with any others. */
  add(calls: readonly PendingCall[]): void {
    for (const call of calls) this.#lanes[call.priority].calls.push(call)
    this.#startSends()
  }

  /** Adds calls before those that wait; for calls that were sent before. */
  addFirst(calls: readonly PendingCall[]): void {
    for (const priority of ['urgent', 'prefetch'] as const) {
      const own = calls.filter((call) => call.priority === priority)
      if (own.length > 0) this.#lanes[priority].calls.unshift(...own)
    }
    this.#startSends()
  }

  /** Moves a call that has become urgent to the urgent lane, if it is not sent yet. */
  promote(call: PendingCall): void {
    const { urgent, prefetch } = this.#lanes
    const at = prefetch.calls.indexOf(call)
    call.priority = 'urgent'
    if (at < 0) return
    prefetch.calls.splice(at, 1)
    urgent.calls.push(call)
    this.#startSends()
  }

  /** Adds calls as sends of at most `maxCalls`, combined with no others, before those that wait. */
  addSplit(calls: readonly PendingCall[], maxCalls: number): void {
    const { maxBytes } = this.#options.sizes
    const lane = this.#lanes[calls.some(isUrgent) ? 'urgent' : 'prefetch']
    const limits = { maxCalls, maxBytes, maxUnits: Number.POSITIVE_INFINITY }
    const splitter = new Lane(0, () => 0)
    splitter.calls.push(...calls)
    for (;;) {
      const part = splitter.next(limits)
      if (part === undefined) break
      part.take()
      lane.batches.push([...part.calls])
    }
    this.#startSends()
  }

  /** Starts no sends until the returned function is called; several pauses add up. */
  pause(): () => void {
    this.#pauses++
    return () => {
      this.#pauses--
      this.#startSends()
    }
  }

  close(): void {
    this.#cancelTimer?.()
    for (const lane of Object.values(this.#lanes)) {
      lane.calls.length = 0
      lane.batches.length = 0
    }
  }

  #startSends(): void {
    const { rateLimit, clock } = this.#options
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    while (this.#pauses === 0) {
      const send = this.#pick()
      if (send === undefined) return
      const waitMs = rateLimit.waitMs(send.units)
      if (waitMs > 0) {
        this.#cancelTimer = clock.after(Math.min(waitMs, MAX_WAIT_MS), () => this.#startSends())
        return
      }
      rateLimit.take(send.units)
      this.#countPassed(send)
      send.take()
      void this.#run(send)
    }
  }

  async #run({ lane, calls }: Send): Promise<void> {
    this.#running++
    lane.running++
    await this.#options.start(calls)
    this.#running--
    lane.running--
    this.#startSends()
  }

  #pick(): Send | undefined {
    const { maxConcurrentSends, sizes, rateLimit } = this.#options
    if (this.#running >= maxConcurrentSends) return undefined
    const { maxCalls, maxBytes } = sizes
    const limits = { maxCalls, maxBytes, maxUnits: rateLimit.maxUnits }
    const { urgent, prefetch } = this.#lanes
    const prefetchNext = prefetch.running < prefetch.maxRunning ? prefetch.next(limits) : undefined
    if (prefetchNext !== undefined && this.#passed >= MAX_PASSED) return prefetchNext
    return urgent.next(limits) ?? prefetchNext
  }

  #countPassed({ lane }: Send): void {
    const { prefetch } = this.#lanes
    const passesOne = lane !== prefetch && prefetch.calls.length + prefetch.batches.length > 0
    this.#passed = passesOne ? this.#passed + 1 : 0
  }
}

/** The waiting calls of one priority. */
class Lane {
  readonly maxRunning: number
  /** Each becomes one send. */
  readonly batches: PendingCall[][] = []
  readonly calls: PendingCall[] = []
  running = 0
  readonly #unitsOf: (call: RpcCall) => number

  constructor(maxRunning: number, unitsOf: (call: RpcCall) => number) {
    this.maxRunning = maxRunning
    this.#unitsOf = unitsOf
  }

  /** The next send; undefined if no call waits. */
  next(limits: SendLimits): Send | undefined {
    for (;;) {
      const batch = this.batches[0]
      if (batch === undefined) return this.#gather(limits)
      const calls = batch.filter(({ settled }) => !settled)
      if (calls.length > 0) {
        const units = calls.reduce((sum, { call }) => sum + this.#unitsOf(call), 0)
        return { lane: this, calls, units, take: () => this.batches.shift() }
      }
      this.batches.shift()
    }
  }

  /** As many calls as fit; a call that exceeds the limits goes alone. */
  #gather({ maxCalls, maxBytes, maxUnits }: SendLimits): Send | undefined {
    const calls: PendingCall[] = []
    let bytes = 0
    let units = 0
    let end = 0
    for (; end < this.calls.length; end++) {
      const pending = this.calls[end] as PendingCall
      if (pending.settled) continue
      bytes += bytesOf(pending.call)
      const cost = this.#unitsOf(pending.call)
      const isFull = calls.length >= maxCalls || bytes > maxBytes || units + cost > maxUnits
      if (calls.length > 0 && isFull) break
      calls.push(pending)
      units += cost
    }
    if (calls.length > 0) return { lane: this, calls, units, take: () => this.calls.splice(0, end) }
    this.calls.length = 0
    return undefined
  }
}

/** Approximate size of a call in a body. */
export function bytesOf(call: RpcCall): number {
  return call.json.length + FRAME_BYTES
}

function isUrgent({ priority }: PendingCall): boolean {
  return priority === 'urgent'
}
