/**
 * Sizes and counters of a fork. Bytes are bytes, all else are counts; flat, but for what has no
 * fixed number of parts. All of it is counted anyway and put together when it is asked for.
 */

import type { ForkStats } from '../ffi/abi.gen.ts'
import type { RpcMetrics } from '../rpc/metrics.ts'
import { NO_LATENCY, NO_RETRIES } from '../rpc/metrics.ts'
import type { RpcClient } from '../rpc/rpc-client.ts'
import type { StoreMetrics } from '../store/facts/counters.ts'
import { newCounters } from '../store/facts/counters.ts'
import type { FactStore } from '../store/facts/fact-store.ts'
import type { BlockReader } from './block/block-reader.ts'
import type { ProofCounts } from './block/verification.ts'
import type { PrefetchMetrics } from './prefetch/prefetcher.ts'
import { NO_PREFETCH_METRICS } from './prefetch/prefetcher.ts'

/** What a client counts, whole. */
type RpcPart = Omit<Required<RpcMetrics>, 'inFlight'>

/**
 * What a fork holds and did. Figures of the client are since it was made, 0 if it does not count.
 */
export interface ForkMetrics
  extends ForkStats,
    RpcPart,
    StoreMetrics,
    PrefetchMetrics,
    ProofCounts {
  /** Facts of the chain in the cache: accounts, slots and codes together. @gauge */
  readonly baseEntries: number
  /** Facts that neither the cache nor the store had, and the chain answered. @counter */
  readonly networkHits: number
  /** 1 if the node takes no block hashes (EIP-1898) and is read by number, with checks. @gauge */
  readonly pinnedByNumber: number
  /** Headers fetched to check that the block, read by number, is still the same. @counter */
  readonly blockChecks: number
  /** 1 if answers are proven before they are used. @gauge */
  readonly verifying: number
}

const NO_RPC_METRICS: RpcPart = {
  httpRequests: 0,
  rpcCalls: 0,
  retries: 0,
  errors: 0,
  bytesSent: 0,
  bytesReceived: 0,
  retriesByCause: NO_RETRIES,
  latency: NO_LATENCY,
  endpoints: [],
}

/** A client of the user's may count anything, and nothing. */
function rpcMetrics(client: RpcClient): RpcPart {
  const { httpRequests, rpcCalls, retries, errors, ...optional } = {
    ...NO_RPC_METRICS,
    ...client.metrics?.(),
  }
  const { bytesSent, bytesReceived, retriesByCause, latency, endpoints } = optional
  const traffic = { bytesSent, bytesReceived, retriesByCause, latency, endpoints }
  return { httpRequests, rpcCalls, retries, errors, ...traffic }
}

/** The metrics of a manager without a fork. */
export const NO_FORK_METRICS: ForkMetrics = {
  baseEntries: 0,
  baseAccounts: 0,
  baseSlots: 0,
  baseCodes: 0,
  baseBytes: 0,
  baseAccountBytes: 0,
  baseSlotBytes: 0,
  baseCodeBytes: 0,
  baseHits: 0,
  baseMisses: 0,
  evictions: 0,
  openRequests: 0,
  trieHits: 0,
  trieNodes: 0,
  trieNodeBytes: 0,
  localTrieNodeBytes: 0,
  trieNodeEvictions: 0,
  prefetchedReads: 0,
  networkHits: 0,
  ...NO_RPC_METRICS,
  pinnedByNumber: 0,
  blockChecks: 0,
  verifying: 0,
  proofsChecked: 0,
  proofsRejected: 0,
  demotions: 0,
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
  readonly networkHits: number
  readonly proofs: ProofCounts & Pick<ForkMetrics, 'verifying'>
}

export function forkMetrics(parts: CountedParts): ForkMetrics {
  const { stats, client, reader, store, prefetch, networkHits, proofs } = parts
  return {
    ...stats,
    baseEntries: stats.baseAccounts + stats.baseSlots + stats.baseCodes,
    networkHits,
    ...rpcMetrics(client),
    pinnedByNumber: reader?.mode === 'number' ? 1 : 0,
    blockChecks: reader?.blockChecks ?? 0,
    ...proofs,
    ...(store?.metrics() ?? newCounters()),
    ...prefetch,
  }
}
