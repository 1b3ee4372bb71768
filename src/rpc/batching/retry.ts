/**
 * When to send a failed call again: exponential backoff with full jitter, bounded in number and in
 * time, and never sooner than the node asked. Pure but for the sleeps; knows nothing of calls.
 */

import type { Clock } from '../clock.ts'
import type { RpcErrorKind } from '../vendors.ts'

export interface RetryPolicy {
  /** How many times a call is sent again at most. */
  readonly retries: number
  /** Upper end of the first wait; it doubles with every further one. */
  readonly backoffMs: number
  /** Upper end of any wait that we choose; a node's `Retry-After` may be longer. */
  readonly maxBackoffMs: number
  /** No attempt is started later than this after the first one. */
  readonly totalTimeoutMs: number
}

/** What is known when a call has failed. */
export interface FailedAttempt {
  readonly retriesDone: number
  readonly elapsedMs: number
  readonly retryAfterMs: number | undefined
  /** How long the retries of other calls hold up this one. */
  readonly budgetMs: number
  /** Uniform in [0, 1). */
  readonly jitter: number
}

/** Waits; resolves early, and does not reject, when the signal fires. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>

/** Whether the same call may succeed if it is sent again. */
export function isRetryable(kind: RpcErrorKind): boolean {
  return kind === 'rate-limit' || kind === 'retryable'
}

/** How long to wait before the next attempt, in ms; undefined to give up. */
export function nextDelayMs(policy: RetryPolicy, attempt: FailedAttempt): number | undefined {
  if (attempt.retriesDone >= policy.retries) return undefined
  const ceilingMs = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** attempt.retriesDone)
  const { jitter, retryAfterMs = 0, budgetMs } = attempt
  const delayMs = Math.max(jitter * ceilingMs, retryAfterMs, budgetMs)
  return attempt.elapsedMs + delayMs > policy.totalTimeoutMs ? undefined : delayMs
}

/** Reads a `Retry-After` header, seconds or an HTTP date; undefined if there is no sense in it. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  const text = header.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}

/** Sleeps by a clock. */
export function sleepBy(clock: Clock): Sleep {
  return (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const done = (): void => {
        cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const cancel = clock.after(ms, done)
      signal.addEventListener('abort', done, { once: true })
    })
}
