/**
 * When to send a failed call again: exponential backoff with full jitter, bounded in number and
 * time, and never earlier than the node asked. Apart from sleeping, its functions are pure; they
 * know nothing about calls.
 */

import type { Clock } from '../clock.ts'
import type { RpcErrorKind } from '../vendors.ts'

export interface RetryPolicy {
  /** Maximum number of times a call is sent again. */
  readonly retries: number
  /** Upper bound of the first wait; it doubles with each further one. */
  readonly backoffMs: number
  /** Upper bound of any wait that is chosen here; a node's `Retry-After` may be longer. */
  readonly maxBackoffMs: number
  /** No attempt starts later than this after the first one. */
  readonly totalTimeoutMs: number
}

/** What is known about a call that has failed. */
export interface FailedAttempt {
  readonly retriesDone: number
  readonly elapsedMs: number
  readonly retryAfterMs: number | undefined
  /** How long the call must wait because of the retries of other calls. */
  readonly budgetMs: number
  /** Uniform in [0, 1). */
  readonly jitter: number
}

/** Waits. Resolves early, and does not reject, when the signal fires. */
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

/** Reads a `Retry-After` header, seconds or an HTTP date, as ms; undefined if it is neither. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  const text = header.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}

/** A {@link Sleep} by a clock. */
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
