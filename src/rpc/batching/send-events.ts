/**
 * Emits the events of sends: that one starts, and how it ends. Events are created only if there is
 * a listener.
 */

import type { RpcEvent } from '../events.ts'
import type { Listeners } from '../listeners.ts'
import { causeOf } from '../metrics.ts'
import type { RpcCall, RpcFailure, RpcOutcome } from '../transport.ts'
import { isRetryable } from './retry.ts'

/** Identifies one send in its events. */
export interface SendName {
  readonly endpoint: string
  readonly request: number
  readonly calls: number
}

export class SendEvents {
  readonly #events: Listeners<RpcEvent>
  readonly #endpoint: string
  #sends = 0

  constructor(events: Listeners<RpcEvent>, endpoint: string) {
    this.#events = events
    this.#endpoint = endpoint
  }

  sent(calls: readonly RpcCall[]): SendName {
    const send = { endpoint: this.#endpoint, request: ++this.#sends, calls: calls.length }
    if (this.#events.hasListeners) {
      const methods = [...new Set(calls.map(({ method }) => method))]
      this.#events.emit({ type: 'request-sent', ...send, methods })
    }
    return send
  }

  /** @param outcomes Empty if the send was aborted. */
  ended(send: SendName, outcomes: readonly RpcOutcome[], durationMs: number): void {
    if (!this.#events.hasListeners) return
    const failures = outcomes.flatMap((one) => ('failure' in one ? [one.failure] : []))
    const [first] = failures
    if (outcomes.length === 0) {
      this.#events.emit({ type: 'request-aborted', ...send, durationMs })
    } else if (first !== undefined && outcomes.every((one) => failureOf(one) === first)) {
      const cause = isRetryable(first.kind) ? causeOf(first) : 'refused'
      const { message } = first
      this.#events.emit({ type: 'request-failed', ...send, durationMs, cause, message })
    } else {
      const failedCalls = failures.length
      this.#events.emit({ type: 'request-answered', ...send, durationMs, failedCalls })
    }
  }

  /** Some calls of a send will be sent again. */
  retried(send: SendName, failures: readonly RpcFailure[], delayMs: number): void {
    if (!this.#events.hasListeners) return
    const causes = [...new Set(failures.map(causeOf))]
    const calls = failures.length
    this.#events.emit({ type: 'calls-retried', ...send, calls, delayMs, causes })
  }

  limited(maxBatchCalls: number): void {
    this.#events.emit({ type: 'batch-limited', endpoint: this.#endpoint, maxBatchCalls })
  }
}

function failureOf(outcome: RpcOutcome): RpcFailure | undefined {
  return 'failure' in outcome ? outcome.failure : undefined
}
