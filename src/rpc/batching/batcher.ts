/**
 * The batcher: combines calls into few sends, and sees each call to its end.
 *
 * - Calls made in one turn of the microtask queue, or in one window, leave together, in as few
 *   sends as the limits allow. A call that is aborted before that is not sent.
 * - Only the failed calls of a send are sent again, and only after a transient failure.
 * - A batch that is refused as too large is sent again in halves, and one that took too long in
 *   smaller ones. The limit is remembered, and raised again slowly. A node that does not support
 *   batches gets single calls from then on. `metrics()` counts all of this.
 * - While the node rate-limits whole sends, nothing else is sent to it.
 * - Every call settles: with its answer, its last failure, its signal, or `close()`. A send whose
 *   calls have all settled is aborted.
 *
 * It does not decode answers, does not share one call between callers, and leaves the order of
 * sends to the `SendQueue`.
 */

import { AbortedError } from '../../diagnostics/errors.ts'
import { AbortWatch } from '../abort-watch.ts'
import type { Clock } from '../clock.ts'
import { RpcError, toRpcError } from '../errors.ts'
import type { RpcEvent } from '../events.ts'
import { Listeners } from '../listeners.ts'
import type { RpcMetrics } from '../metrics.ts'
import { LatencyCounter, RetryCounter } from '../metrics.ts'
import type { RpcCallOptions } from '../rpc-client.ts'
import type { RpcCall, RpcFailure, RpcOutcome, RpcTransport } from '../transport.ts'
import { failAll, TIMED_OUT } from '../transport.ts'
import { BatchSizes } from './batch-sizes.ts'
import { abortedError, CallGroup, PendingCall } from './call-group.ts'
import { CallTurn } from './call-turn.ts'
import type { RateLimitOptions } from './rate-limit.ts'
import { RateLimit, TokenBucket } from './rate-limit.ts'
import type { RetryPolicy, Sleep } from './retry.ts'
import { isRetryable, nextDelayMs } from './retry.ts'
import type { SendName } from './send-events.ts'
import { SendEvents } from './send-events.ts'
import { bytesOf, SendQueue } from './send-queue.ts'

/** A timeout is not attributed to the size of a batch smaller than this. */
const MIN_SLOW_CALLS = 8

/** The counters of {@link RpcMetrics}, and those of batches. */
export interface BatchMetrics extends Required<Omit<RpcMetrics, 'endpoints'>> {
  /** Batches that were refused as too large and sent again in parts. */
  readonly batchSplits: number
  /**
   * Times that the node refused batches altogether; once this is not 0, calls are sent one by one.
   */
  readonly batchRefusals: number
  /** Most calls in one send at present. */
  readonly maxBatchCalls: number
}

/** Options of a batcher; `RpcClientOptions` explains them and has their defaults. */
export interface BatcherOptions extends RetryPolicy {
  /** Timeout of one attempt. */
  readonly timeoutMs: number
  readonly retriesPerSecond: number
  readonly windowMs: number
  readonly maxWaitingCalls: number
  readonly rateLimit: RateLimitOptions
  readonly random: () => number
  readonly sleep: Sleep
  readonly clock: Clock
}

/** The calls of a send that are not settled yet. */
interface Leftover {
  /** Refused because of the size of the batch; to be sent at once in smaller ones. */
  readonly smaller: PendingCall[]
  /** Failed with a transient failure; to be sent again after a wait. */
  readonly later: PendingCall[]
  /** The failures of `later`, in the same order. */
  readonly failures: RpcFailure[]
  delayMs: number
}

/** A send that is over. */
interface SendEnd {
  readonly send: SendName
  readonly outcomes: readonly RpcOutcome[]
  readonly signal: AbortSignal
}

/** What all calls of a send share when their retries are decided. */
interface RetryTerms {
  readonly leftover: Leftover
  readonly jitter: number
  readonly budgetMs: number
}

export class Batcher {
  readonly #transport: RpcTransport
  readonly #options: BatcherOptions
  readonly #sizes: BatchSizes
  readonly #turn: CallTurn
  readonly #queue: SendQueue
  readonly #aborts = new AbortWatch()
  readonly #unsettled = new Set<PendingCall>()
  #closed: { readonly reason: unknown } | undefined
  readonly #counts = { rpcCalls: 0, retries: 0, errors: 0, batchSplits: 0, batchRefusals: 0 }
  readonly #latency = new LatencyCounter()
  readonly #causes = new RetryCounter()
  /** Limits the rate of sends that repeat others. */
  readonly #retryBudget: TokenBucket
  readonly #sendEvents: SendEvents

  /** @param events Receives the events of all sends. */
  constructor(
    transport: RpcTransport,
    options: BatcherOptions,
    events: Listeners<RpcEvent> = new Listeners(),
  ) {
    const { clock, windowMs, rateLimit, retriesPerSecond } = options
    const { maxConcurrentSends } = transport.limits
    this.#transport = transport
    this.#options = options
    this.#sendEvents = new SendEvents(events, transport.endpoint)
    this.#retryBudget = new TokenBucket(retriesPerSecond, clock.now())
    this.#sizes = new BatchSizes(transport.limits)
    this.#queue = new SendQueue({
      maxConcurrentSends,
      sizes: this.#sizes,
      rateLimit: new RateLimit(rateLimit, clock),
      clock,
      start: (calls) => this.#start(calls),
    })
    this.#turn = new CallTurn({
      windowMs,
      clock,
      maxCalls: () => this.#sizes.maxCalls,
      flush: (calls) => this.#queue.add(calls),
    })
  }

  /**
   * The result of a call, undecoded.
   *
   * @throws RpcError or a subclass: the call's last failure, or an error if too many calls are
   *   waiting.
   * @throws AbortedError if the signal fires or the batcher is closed.
   */
  call(call: RpcCall, options: RpcCallOptions = {}): Promise<unknown> {
    const { signal, priority = 'urgent', urgent } = options
    if (this.#closed !== undefined) return Promise.reject(closedError(this.#closed.reason))
    if (signal?.aborted) return Promise.reject(abortedError(call, signal.reason))
    if (this.#unsettled.size >= this.#options.maxWaitingCalls) {
      return Promise.reject(this.#fullError(call))
    }
    const pending = new PendingCall(call, priority, (settled) => {
      this.#unsettled.delete(settled)
      unwatch?.()
      unwatchUrgent?.()
    })
    const unwatch =
      signal && this.#aborts.watch(signal, () => pending.reject(abortedError(call, signal.reason)))
    const unwatchUrgent =
      priority === 'prefetch' && urgent?.aborted === false
        ? this.#aborts.watch(urgent, () => this.#queue.promote(pending))
        : undefined
    if (urgent?.aborted) pending.priority = 'urgent'
    this.#unsettled.add(pending)
    this.#turn.add(pending)
    return pending.promise
  }

  /** Ends all calls with an `AbortedError`, and rejects later ones. A second call has no effect. */
  close(reason?: unknown): void {
    if (this.#closed !== undefined) return
    this.#closed = { reason }
    for (const pending of [...this.#unsettled]) pending.reject(closedError(reason))
    this.#turn.close()
    this.#queue.close()
    this.#transport.close?.()
  }

  metrics(): BatchMetrics {
    const { httpRequests, traffic } = this.#transport
    return {
      httpRequests,
      ...this.#counts,
      inFlight: this.#unsettled.size,
      bytesSent: traffic?.sent ?? 0,
      bytesReceived: traffic?.received ?? 0,
      retriesByCause: this.#causes.snapshot(),
      latency: this.#latency.snapshot(),
      maxBatchCalls: this.#sizes.maxCalls,
    }
  }

  /**
   * Sends calls, none of which is settled. Resolves when the answer is there; retries run on their
   * own.
   */
  async #start(calls: readonly PendingCall[]): Promise<void> {
    const group = new CallGroup(calls)
    const rejectAll = (error: unknown): void => {
      // Only code injected by the user can throw here; no call may hang because of it.
      for (const pending of calls) pending.reject(error)
    }
    try {
      const send = this.#sendEvents.sent(calls.map(({ call }) => call))
      const outcomes = await this.#send(calls, send, group.signal)
      this.#finish(calls, { send, outcomes, signal: group.signal }).catch(rejectAll)
    } catch (error) {
      rejectAll(error)
    }
  }

  /** Runs one send until it is answered, times out, or all its calls are settled. */
  async #send(
    sent: readonly PendingCall[],
    send: SendName,
    signal: AbortSignal,
  ): Promise<readonly RpcOutcome[]> {
    const calls = sent.map(({ call }) => call)
    const { timeoutMs, clock } = this.#options
    const controller = new AbortController()
    let interrupt: (outcomes: readonly RpcOutcome[], reason?: unknown) => void = () => {}
    const interrupted = new Promise<readonly RpcOutcome[]>((resolve) => {
      interrupt = (outcomes, reason) => {
        resolve(outcomes)
        controller.abort(reason)
      }
    })
    const onAbort = (): void => interrupt([])
    const onTimeout = (): void => interrupt(failAll(calls, timeoutFailure(timeoutMs)), TIMED_OUT)
    signal.addEventListener('abort', onAbort)
    const cancelTimer = clock.after(timeoutMs, onTimeout)
    const startedAtMs = clock.now()
    for (const pending of sent) pending.firstSentAtMs ??= startedAtMs
    this.#counts.rpcCalls += calls.length
    try {
      const sending = this.#transport.send(calls, controller.signal)
      const outcomes = await Promise.race([sending, interrupted])
      const durationMs = clock.now() - startedAtMs
      if (!controller.signal.aborted) this.#latency.add(durationMs)
      this.#sendEvents.ended(send, outcomes, durationMs)
      return outcomes
    } finally {
      cancelTimer()
      signal.removeEventListener('abort', onAbort)
    }
  }

  async #finish(sent: readonly PendingCall[], { send, outcomes, signal }: SendEnd): Promise<void> {
    this.#learnSizes(sent, outcomes)
    const { smaller, later, failures, delayMs } = this.#settle(sent, outcomes)
    if (smaller.length > 0) this.#sendSmaller(smaller, sent, outcomes)
    if (later.length === 0) return
    this.#retryBudget.take(1, this.#options.clock.now())
    this.#sendEvents.retried(send, failures, delayMs)
    const resume = outcomes.every(isRateLimit) ? this.#queue.pause() : undefined
    try {
      await this.#options.sleep(delayMs, signal)
      const again = later.filter((pending) => !pending.settled)
      for (const pending of again) pending.retriesDone++
      this.#counts.retries += again.length
      this.#queue.addFirst(again)
    } finally {
      resume?.()
    }
  }

  #learnSizes(sent: readonly PendingCall[], outcomes: readonly RpcOutcome[]): void {
    const [first] = outcomes
    if (first === undefined) return
    const isTimeout = 'failure' in first && first.failure.origin === 'timeout'
    if (isTimeout && sent.length >= MIN_SLOW_CALLS) this.#sizes.tooManyCalls(sent.length)
    if (outcomes.some((outcome) => 'result' in outcome) && !outcomes.some(isBatchRefusal)) {
      this.#sizes.passed(sent.length, totalBytes(sent))
    }
  }

  #settle(sent: readonly PendingCall[], outcomes: readonly RpcOutcome[]): Leftover {
    const leftover: Leftover = { smaller: [], later: [], failures: [], delayMs: 0 }
    const isRefusedBatch = sent.length > 1 && outcomes.some(isBatchRefusal)
    const { random, clock } = this.#options
    const terms = { leftover, jitter: random(), budgetMs: this.#retryBudget.waitMs(1, clock.now()) }
    for (const [index, pending] of sent.entries()) {
      const outcome = outcomes[index]
      if (outcome === undefined || pending.settled) continue
      if ('result' in outcome) pending.resolve(outcome.result)
      else if (isRefusedBatch && isFaultOfBatch(outcome.failure)) leftover.smaller.push(pending)
      else this.#retryOrReject(pending, outcome.failure, terms)
    }
    return leftover
  }

  #retryOrReject(
    pending: PendingCall,
    failure: RpcFailure,
    { leftover, jitter, budgetMs }: RetryTerms,
  ): void {
    const { retriesDone, call } = pending
    const now = this.#options.clock.now()
    const elapsedMs = now - (pending.firstSentAtMs ?? now)
    const { retryAfterMs } = failure
    const delayMs = isRetryable(failure.kind)
      ? nextDelayMs(this.#options, { retriesDone, elapsedMs, retryAfterMs, budgetMs, jitter })
      : undefined
    if (delayMs !== undefined) {
      this.#causes.add(failure)
      leftover.later.push(pending)
      leftover.failures.push(failure)
      leftover.delayMs = Math.max(leftover.delayMs, delayMs)
      return
    }
    this.#counts.errors++
    const { endpoint } = this.#transport
    pending.reject(toRpcError(failure, { call, endpoint, attempts: retriesDone + 1 }))
  }

  #fullError({ method, place }: RpcCall): RpcError {
    const { endpoint } = this.#transport
    this.#counts.errors++
    const { maxWaitingCalls } = this.#options
    return new RpcError(`${method} at ${endpoint}: ${maxWaitingCalls} calls are waiting already`, {
      method,
      endpoint,
      ...place,
      hint: 'wait for some of them to finish, or raise maxWaitingCalls',
    })
  }

  #sendSmaller(
    calls: readonly PendingCall[],
    sent: readonly PendingCall[],
    outcomes: readonly RpcOutcome[],
  ): void {
    for (const pending of calls) pending.leave()
    const refusal = outcomes.find(isBatchRefusal)
    if (refusal?.failure.kind === 'batch-unsupported') {
      this.#counts.batchRefusals++
      this.#sizes.refuseBatches()
      this.#sendEvents.limited(1)
      this.#queue.addSplit(calls, 1)
      return
    }
    this.#counts.batchSplits++
    // Remembered only if the node refused every call of the batch: whether an answer is too long
    // depends on what is requested, not on the number of calls.
    if (calls.length === sent.length && refusal?.failure.origin === 'answer') {
      if (refusal.failure.httpStatus === 413) this.#sizes.tooManyBytes(totalBytes(sent))
      else this.#sizes.tooManyCalls(sent.length)
      this.#sendEvents.limited(this.#sizes.maxCalls)
    }
    this.#queue.addSplit(calls, Math.ceil(sent.length / 2))
  }
}

function totalBytes(sent: readonly PendingCall[]): number {
  return sent.reduce((sum, { call }) => sum + bytesOf(call), 0)
}

type FailedOutcome = Extract<RpcOutcome, { readonly failure: RpcFailure }>

function isBatchRefusal(outcome: RpcOutcome): outcome is FailedOutcome {
  if ('result' in outcome) return false
  return outcome.failure.kind === 'batch-too-large' || outcome.failure.kind === 'batch-unsupported'
}

function isRateLimit(outcome: RpcOutcome): boolean {
  return 'failure' in outcome && outcome.failure.kind === 'rate-limit'
}

/** geth reports the refusal of a batch in the item of its first call and leaves out the others. */
function isFaultOfBatch(failure: RpcFailure): boolean {
  return failure.origin === 'missing' || isBatchRefusal({ failure })
}

function timeoutFailure(timeoutMs: number): RpcFailure {
  return { origin: 'timeout', kind: 'retryable', message: `no answer in ${timeoutMs} ms` }
}

function closedError(reason: unknown): AbortedError {
  return new AbortedError('the RPC client is closed', reason === undefined ? {} : { cause: reason })
}
