/** Options of the RPC client: their meaning, defaults and checks. */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { BatcherOptions } from './batching/batcher.ts'
import type { RateLimitOptions } from './batching/rate-limit.ts'
import type { Sleep } from './batching/retry.ts'
import { sleepBy } from './batching/retry.ts'
import type { Clock } from './clock.ts'
import { systemClock } from './clock.ts'
import type { TransportOptions } from './transports/create-transport.ts'
import type { Fetch } from './transports/http-transport.ts'
import type { WebSocketConstructor } from './transports/web-socket.ts'

/** Longest delay of a JavaScript timer. */
const MAX_TIMER_MS = 2 ** 31 - 1

export interface RpcClientOptions {
  /** Timeout of one attempt, in ms. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** How many times a call is sent again after a transient failure. Default 5. */
  readonly retries?: number | undefined
  /**
   * Upper bound of the first random wait, in ms. It doubles with each further retry. Default 100.
   */
  readonly backoffMs?: number | undefined
  /** Upper bound of any wait, in ms, unless the node asks for a longer one. Default 5,000. */
  readonly maxBackoffMs?: number | undefined
  /** No attempt starts later than this after the first one, in ms. Default 60,000. */
  readonly totalTimeoutMs?: number | undefined
  /**
   * Budget of retries, in requests per second over all calls; may be a fraction. Further retries
   * wait, and fail if the wait would exceed `totalTimeoutMs`, so a node that is down is not
   * flooded. Default 100.
   */
  readonly retriesPerSecond?: number | undefined
  /**
   * How long calls are collected before they are sent together, in ms. Default 0: for the current
   * turn of the microtask queue, which costs microseconds.
   */
  readonly windowMs?: number | undefined
  /** Maximum of HTTP requests per second; may be a fraction. Default: no limit. */
  readonly requestsPerSecond?: number | undefined
  /** Maximum of compute units per second; may be a fraction. Default: no limit. */
  readonly computeUnitsPerSecond?: number | undefined
  /**
   * Cost of a call in compute units, by method; `*` is any other method. Default `{ '*': 1 }`, so
   * that `computeUnitsPerSecond` counts calls.
   */
  readonly computeUnits?: Readonly<Record<string, number>> | undefined
  /** Maximum of calls in one request; 1 turns batches off. Default 250. */
  readonly maxBatchSize?: number | undefined
  /** Maximum of bytes in one request of more than one call. Default 524,288. */
  readonly maxBatchBytes?: number | undefined
  /** Maximum of concurrent requests; further ones wait. Default 16. */
  readonly maxConcurrentRequests?: number | undefined
  /** Maximum of unsettled calls; a further call is an error. Default 1,000,000. */
  readonly maxWaitingCalls?: number | undefined
  /** Maximum of bytes in one answer. Default 67,108,864. */
  readonly maxResponseBytes?: number | undefined
  /**
   * Headers of every HTTP request and of the opening of a WebSocket; browsers do not support the
   * latter. Their values are kept out of messages.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Replaces the runtime's `fetch`. */
  readonly fetch?: Fetch | undefined
  /** Replaces the runtime's `WebSocket`, or the package `ws` on Node.js 20. */
  readonly WebSocket?: WebSocketConstructor | undefined
  /** Closes the client when it fires, as `close()` does. */
  readonly signal?: AbortSignal | undefined
  /** Source of jitter: uniform in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined
  /** Waits between attempts; replaced in tests. Default: waits by `clock`. */
  readonly sleep?: Sleep | undefined
  /** The clock; replaced in tests. */
  readonly clock?: Clock | undefined
}

export interface ResolvedRpcOptions extends BatcherOptions, TransportOptions {
  readonly signal: AbortSignal | undefined
}

/** @throws InvalidInputError if a number is not in its range. */
export function resolveRpcOptions(options: RpcClientOptions = {}): ResolvedRpcOptions {
  const integer = (name: keyof RpcClientOptions, fallback: number, min: number): number => {
    const value = options[name] ?? fallback
    if (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= MAX_TIMER_MS) {
      return Number(value)
    }
    throw new InvalidInputError(`${name} must be an integer from ${min} to ${MAX_TIMER_MS}`, {
      details: `got ${String(value)}`,
    })
  }
  const { clock = systemClock, retriesPerSecond = 100 } = options
  requirePositive('retriesPerSecond', retriesPerSecond)
  return {
    timeoutMs: integer('timeoutMs', 10_000, 1),
    retries: integer('retries', 5, 0),
    backoffMs: integer('backoffMs', 100, 0),
    maxBackoffMs: integer('maxBackoffMs', 5_000, 0),
    totalTimeoutMs: integer('totalTimeoutMs', 60_000, 1),
    retriesPerSecond,
    windowMs: integer('windowMs', 0, 0),
    rateLimit: resolveRateLimit(options),
    maxBatchSize: integer('maxBatchSize', 250, 1),
    maxBatchBytes: integer('maxBatchBytes', 512 * 1024, 1),
    maxConcurrentRequests: integer('maxConcurrentRequests', 16, 1),
    maxWaitingCalls: integer('maxWaitingCalls', 1_000_000, 1),
    maxResponseBytes: integer('maxResponseBytes', 64 * 1024 * 1024, 1),
    headers: { ...options.headers },
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    WebSocket: options.WebSocket,
    signal: options.signal,
    random: options.random ?? Math.random,
    sleep: options.sleep ?? sleepBy(clock),
    clock,
  }
}

function resolveRateLimit(options: RpcClientOptions): RateLimitOptions {
  const { requestsPerSecond, computeUnitsPerSecond, computeUnits = {} } = options
  requirePositive('requestsPerSecond', requestsPerSecond)
  requirePositive('computeUnitsPerSecond', computeUnitsPerSecond)
  for (const [method, units] of Object.entries(computeUnits)) {
    requirePositive(`computeUnits of ${method}`, units)
  }
  return { requestsPerSecond, computeUnitsPerSecond, computeUnits: { ...computeUnits } }
}

function requirePositive(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return
  throw new InvalidInputError(`${name} must be a number above 0`, {
    details: `got ${String(value)}`,
  })
}
