/**
 * The metrics of a client. Snapshots are plain data: they never change, can be summed over several
 * clients, and can be written as JSON.
 */

import type { FailureOrigin, RpcFailure } from './transport.ts'

/**
 * Why calls were sent again.
 * - `rate-limit-status`, `rate-limit-body`, `rate-limit-item`: the node limits the rate, and said
 *   so in the HTTP status, in one error for the whole answer, or in the error of a single call.
 * - `timeout`: no answer came in time. `network`: the node could not be reached, or the connection
 *   was lost.
 * - `server-status`, `server-error`: the node failed, with an HTTP status or a JSON-RPC error.
 * - `malformed`: the answer is not JSON-RPC, or lacks the call.
 */
export type RetryCause =
  | 'rate-limit-status'
  | 'rate-limit-body'
  | 'rate-limit-item'
  | 'timeout'
  | 'network'
  | 'server-status'
  | 'server-error'
  | 'malformed'

/** Why a call or a request failed: as for a retry, or because it was refused permanently. */
export type FailureCause = RetryCause | 'refused'

/** Calls sent again, by cause. */
export type RetryCounts = Readonly<Record<RetryCause, number>>

/** How long requests took that were answered, successfully or not. */
export interface LatencyHistogram {
  /** Upper bounds of the buckets in ms, ascending; the same for every client. */
  readonly boundsMs: readonly number[]
  /** Requests per bucket, and one more entry for those above the last bound. */
  readonly counts: readonly number[]
  readonly count: number
  readonly sumMs: number
}

/** Counters of a client since it was created. Not every client keeps the optional ones. */
export interface RpcMetrics {
  /** HTTP requests sent; 0 for a client that does not speak HTTP itself. @counter */
  readonly httpRequests: number
  /** JSON-RPC calls sent, including each retry. @counter */
  readonly rpcCalls: number
  /** JSON-RPC calls sent again after a transient failure. @counter */
  readonly retries: number
  /** JSON-RPC calls that ended in an error, except aborted ones. @counter */
  readonly errors: number
  /** JSON-RPC calls that are not settled yet. @gauge */
  readonly inFlight: number
  /** Bytes of request bodies, without headers and before compression. @counter */
  readonly bytesSent?: number
  /** Bytes of response bodies, without headers and after decompression. @counter */
  readonly bytesReceived?: number
  /** JSON-RPC calls sent again, by cause. @counter */
  readonly retriesByCause?: RetryCounts
  /** Durations of the requests that were answered. @histogram */
  readonly latency?: LatencyHistogram
  /** One entry per endpoint, for a client over several endpoints. */
  readonly endpoints?: readonly EndpointMetrics[]
}

/**
 * State of one endpoint of a client over several: `ready`; `backoff` after failures; `suspect`
 * after an answer that others contradict; `wrong-chain`, permanently.
 */
export type EndpointCondition = 'ready' | 'backoff' | 'suspect' | 'wrong-chain'

/** Metrics of one endpoint of a client over several. */
export interface EndpointMetrics {
  /** Printable name, free of credentials. */
  readonly endpoint: string
  /** State of the endpoint, as the client sees it. @stateset */
  readonly condition: EndpointCondition
  /** Share of recent requests that were answered, from 0 to 1. @gauge */
  readonly health: number
  /** Recent average in ms; undefined before the first answer. @gauge */
  readonly latencyMs: number | undefined
  /** Requests sent to the endpoint. @counter */
  readonly requests: number
  /** Requests that the endpoint did not answer. @counter */
  readonly failures: number
  /** Answers that the other endpoints contradicted. @counter */
  readonly disagreements: number
  /** Metrics of the endpoint's own client, if it keeps any. */
  readonly client?: RpcMetrics
}

const BOUNDS_MS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000,
]

/** Counts durations. */
export class LatencyCounter {
  readonly #counts = new Array<number>(BOUNDS_MS.length + 1).fill(0)
  #count = 0
  #sumMs = 0

  add(ms: number): void {
    const at = BOUNDS_MS.findIndex((bound) => ms <= bound)
    const bucket = at < 0 ? BOUNDS_MS.length : at
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#count++
    this.#sumMs += ms
  }

  snapshot(): LatencyHistogram {
    const [count, sumMs] = [this.#count, this.#sumMs]
    return { boundsMs: BOUNDS_MS, counts: [...this.#counts], count, sumMs }
  }
}

/** Counts retries by their cause. */
export class RetryCounter {
  readonly #counts: Record<RetryCause, number> = { ...NO_RETRIES }

  add(failure: Failure): void {
    this.count(causeOf(failure))
  }

  count(cause: RetryCause): void {
    this.#counts[cause]++
  }

  get total(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0)
  }

  snapshot(): RetryCounts {
    return { ...this.#counts }
  }
}

/** All zero. */
export const NO_RETRIES: RetryCounts = {
  'rate-limit-status': 0,
  'rate-limit-body': 0,
  'rate-limit-item': 0,
  timeout: 0,
  network: 0,
  'server-status': 0,
  'server-error': 0,
  malformed: 0,
}

/** Nothing measured. */
export const NO_LATENCY: LatencyHistogram = {
  boundsMs: BOUNDS_MS,
  counts: new Array<number>(BOUNDS_MS.length + 1).fill(0),
  count: 0,
  sumMs: 0,
}

const CAUSES = {
  answer: 'server-error',
  network: 'network',
  timeout: 'timeout',
  malformed: 'malformed',
  missing: 'malformed',
} as const satisfies Record<FailureOrigin, RetryCause>

type Failure = Pick<RpcFailure, 'origin' | 'kind' | 'httpStatus' | 'place'>

/** The cause that a transient failure counts as. */
export function causeOf({ origin, kind, httpStatus, place }: Failure): RetryCause {
  if (kind === 'rate-limit') {
    if (httpStatus !== undefined) return 'rate-limit-status'
    return place === 'item' ? 'rate-limit-item' : 'rate-limit-body'
  }
  return origin === 'answer' && httpStatus !== undefined ? 'server-status' : CAUSES[origin]
}

export function addRetries(...all: readonly RetryCounts[]): RetryCounts {
  const counts: Record<RetryCause, number> = { ...NO_RETRIES }
  for (const one of all) {
    for (const cause of Object.keys(counts) as RetryCause[]) counts[cause] += one[cause]
  }
  return counts
}

/** Sums the counters of several clients. */
export function sumMetrics(all: readonly RpcMetrics[]): Required<Omit<RpcMetrics, 'endpoints'>> {
  const sum = (read: (metrics: RpcMetrics) => number | undefined): number =>
    all.reduce((total, metrics) => total + (read(metrics) ?? 0), 0)
  return {
    httpRequests: sum(({ httpRequests }) => httpRequests),
    rpcCalls: sum(({ rpcCalls }) => rpcCalls),
    retries: sum(({ retries }) => retries),
    errors: sum(({ errors }) => errors),
    inFlight: sum(({ inFlight }) => inFlight),
    bytesSent: sum(({ bytesSent }) => bytesSent),
    bytesReceived: sum(({ bytesReceived }) => bytesReceived),
    retriesByCause: addRetries(...all.flatMap((one) => one.retriesByCause ?? [])),
    latency: {
      boundsMs: BOUNDS_MS,
      counts: Array.from({ length: BOUNDS_MS.length + 1 }, (_, at) =>
        sum(({ latency }) => latency?.counts[at]),
      ),
      count: sum(({ latency }) => latency?.count),
      sumMs: sum(({ latency }) => latency?.sumMs),
    },
  }
}
