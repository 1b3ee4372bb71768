/**
 * Calls in flight: the promise that a caller holds, and the group of calls that share one request.
 *
 * Invariants: a call settles once; anything later is ignored. It belongs to at most one group. When
 * the last call of a group has settled or left, the group's signal fires, which ends a request or a
 * wait that no caller needs any more.
 */

import { AbortedError } from '../../diagnostics/errors.ts'
import type { RpcPriority } from '../rpc-client.ts'
import type { RpcCall } from '../transport.ts'

export class PendingCall {
  readonly call: RpcCall
  /** May become urgent while the call waits. */
  priority: RpcPriority
  readonly promise: Promise<unknown>
  /** When it was first sent, by the clock of the batcher. */
  firstSentAtMs: number | undefined
  /** How many times it was sent again after a failure. */
  retriesDone = 0
  #settled = false
  #group: CallGroup | undefined
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void
  readonly #onSettled: (it: PendingCall) => void

  /** @param onSettled Called once, when the call is answered, has failed or was aborted. */
  constructor(call: RpcCall, priority: RpcPriority, onSettled: (it: PendingCall) => void) {
    this.call = call
    this.priority = priority
    this.#onSettled = onSettled
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get settled(): boolean {
    return this.#settled
  }

  /** Joins a group and leaves the previous one. */
  join(group: CallGroup): void {
    this.leave()
    this.#group = group
  }

  /** Leaves the group, so that its signal no longer waits for this call. */
  leave(): void {
    this.#group?.release()
    this.#group = undefined
  }

  resolve(value: unknown): void {
    if (this.#settle()) this.#resolve(value)
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error)
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#onSettled(this)
    this.leave()
    return true
  }
}

/** The unsettled calls of one request and of the wait after it. */
export class CallGroup {
  readonly calls: readonly PendingCall[]
  readonly #controller = new AbortController()
  #live: number

  constructor(calls: readonly PendingCall[]) {
    this.calls = calls
    this.#live = calls.length
    for (const call of calls) call.join(this)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** One call settled or left. */
  release(): void {
    this.#live--
    if (this.#live === 0) this.#controller.abort()
  }
}

export function abortedError(call: RpcCall, reason: unknown): AbortedError {
  return new AbortedError(`${call.method} was aborted`, { cause: reason, ...call.place })
}
