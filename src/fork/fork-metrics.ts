/** Sizes and counters of a fork, flat. Bytes are bytes; all else are counts. */

import type { ForkStats } from '../ffi/fork-core.ts'
import type { BlockReader } from './block-reader.ts'
import type { PrefetchMetrics } from './learned-calls.ts'
import { NO_PREFETCH_METRICS } from './learned-calls.ts'
import type { RpcClient } from './rpc/rpc-client.ts'
import type { StoreMetrics } from './store/counters.ts'
import { newCounters } from './store/counters.ts'
import type { FactStore } from './store/fact-store.ts'

/** What a fork holds and did. */
export interface ForkMetrics extends ForkStats, StoreMetrics, PrefetchMetrics {
  /** Facts of the chain kept: accounts, slots and codes together. */
  readonly baseEntries: number
  /** Since the RPC client was made; 0 for a client that does not count. */
  readonly httpRequests: number
  readonly rpcCalls: number
  readonly retries: number
  /** JSON-RPC calls that ended in an error. */
  readonly errors: number
  /** 1 if the node takes no block hashes (EIP-1898) and is read by number with checks. */
  readonly pinnedByNumber: number
  /** Headers fetched for those checks. */
  readonly blockChecks: number
}

/** The metrics of a manager without a fork. */
export const NO_FORK_METRICS: ForkMetrics = {
  baseEntries: 0,
  baseAccounts: 0,
  baseSlots: 0,
  baseCodes: 0,
  baseBytes: 0,
  baseHits: 0,
  baseMisses: 0,
  evictions: 0,
  requestsInFlight: 0,
  httpRequests: 0,
  rpcCalls: 0,
  retries: 0,
  errors: 0,
  pinnedByNumber: 0,
  blockChecks: 0,
  ...newCounters(),
  ...NO_PREFETCH_METRICS,
}

/** What a fork is made of, as far as it counts. */
export interface CountedParts {
  readonly stats: ForkStats
  readonly client: RpcClient
  readonly reader: BlockReader | undefined
  readonly store: FactStore | undefined
  readonly prefetch: PrefetchMetrics
}

export function forkMetrics(parts: CountedParts): ForkMetrics {
  const { stats, client, reader, store, prefetch } = parts
  const { httpRequests, rpcCalls, retries, errors } = client.metrics?.() ?? NO_FORK_METRICS
  return {
    ...stats,
    baseEntries: stats.baseAccounts + stats.baseSlots + stats.baseCodes,
    httpRequests,
    rpcCalls,
    retries,
    errors,
    pinnedByNumber: reader?.mode === 'number' ? 1 : 0,
    blockChecks: reader?.blockChecks ?? 0,
    ...(store?.metrics() ?? newCounters()),
    ...prefetch,
  }
}
