/** Events that a client emits while it works. Their texts are free of credentials. */

import type { ProbedMethod } from './capabilities.ts'
import type { EndpointCondition, FailureCause, RetryCause } from './metrics.ts'

/** Identifies a request: one HTTP request, one message on a socket, or one call to a provider. */
export interface RequestName {
  /** Origin of the URL, or a text that names a provider object. */
  readonly endpoint: string
  /** Number of the request within its client, from 1. */
  readonly request: number
  /** Number of JSON-RPC calls in it. */
  readonly calls: number
}

/** An event between a client and a node. */
export type RpcEvent =
  | (RequestName & {
      readonly type: 'request-sent'
      /** The methods called, each listed once. */
      readonly methods: readonly string[]
    })
  /** An answer came. Some of its calls may have failed. */
  | (RequestName & {
      readonly type: 'request-answered'
      readonly durationMs: number
      readonly failedCalls: number
    })
  /**
   * All its calls failed for the same reason: there was no answer, or the node refused the request
   * as a whole.
   */
  | (RequestName & {
      readonly type: 'request-failed'
      readonly durationMs: number
      readonly cause: FailureCause
      readonly message: string
    })
  /** All its calls were aborted before it was answered. */
  | (RequestName & { readonly type: 'request-aborted'; readonly durationMs: number })
  /** Calls of a request will be sent again after a wait. */
  | (RequestName & {
      readonly type: 'calls-retried'
      readonly delayMs: number
      /** The causes, each listed once. */
      readonly causes: readonly RetryCause[]
    })
  /** The node refuses batches of this size: from now on a request holds at most `maxBatchCalls`. */
  | { readonly type: 'batch-limited'; readonly endpoint: string; readonly maxBatchCalls: number }
  /** The node does not serve a method: from now on its fallback is used. */
  | { readonly type: 'method-refused'; readonly endpoint: string; readonly method: ProbedMethod }
  /** One of several endpoints is used last for a while, or never again. */
  | {
      readonly type: 'endpoint-demoted'
      readonly endpoint: string
      readonly condition: Exclude<EndpointCondition, 'ready'>
      /** The failure; absent if other endpoints contradict its answer. */
      readonly error?: unknown
    }
  /** The endpoint answers again. */
  | { readonly type: 'endpoint-restored'; readonly endpoint: string }
