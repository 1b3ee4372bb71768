/** What a client tells of its work, as it happens. Texts are free of credentials. */

import type { ProbedMethod } from './capabilities.ts'
import type { EndpointCondition, FailureCause, RetryCause } from './metrics.ts'

/** A request: one HTTP request, one message on a socket, or one call to a provider. */
export interface RequestName {
  /** Origin of the URL, or what stands for a provider. */
  readonly endpoint: string
  /** Counts the requests of one client, from 1. */
  readonly request: number
  /** JSON-RPC calls in it. */
  readonly calls: number
}

/** What happens between a client and a node. */
export type RpcEvent =
  | (RequestName & {
      readonly type: 'request-sent'
      /** The methods called, each once. */
      readonly methods: readonly string[]
    })
  /** An answer came; calls in it may have failed. */
  | (RequestName & {
      readonly type: 'request-answered'
      readonly durationMs: number
      readonly failedCalls: number
    })
  /** All calls in it failed for the same reason: it was not answered, or refused as a whole. */
  | (RequestName & {
      readonly type: 'request-failed'
      readonly durationMs: number
      readonly cause: FailureCause
      readonly message: string
    })
  /** Nobody waited for it any more. */
  | (RequestName & { readonly type: 'request-aborted'; readonly durationMs: number })
  /** Calls of a request will be sent again. */
  | (RequestName & {
      readonly type: 'calls-retried'
      readonly delayMs: number
      /** Why, each cause once. */
      readonly causes: readonly RetryCause[]
    })
  /** The node does not take batches of this size: `maxBatchCalls` go into one request from now on. */
  | { readonly type: 'batch-limited'; readonly endpoint: string; readonly maxBatchCalls: number }
  /** The node does not serve a method: what there is in its place is used from now on. */
  | { readonly type: 'method-refused'; readonly endpoint: string; readonly method: ProbedMethod }
  /** Of several endpoints this one is asked last for a while, or never again. */
  | {
      readonly type: 'endpoint-demoted'
      readonly endpoint: string
      readonly condition: Exclude<EndpointCondition, 'ready'>
      /** What it did; absent where others contradict it. */
      readonly error?: unknown
    }
  /** It answers again. */
  | { readonly type: 'endpoint-restored'; readonly endpoint: string }
