/**
 * Sizes and counters of a fork. Names with `Bytes` are bytes, all others are counts. The object is
 * flat, except for parts of variable number. Counting costs nothing extra: the metrics are put
 * together only when they are asked for.
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

/**
 * What a fork holds and has done. The client's counts begin when it was created; they are 0 for a
 * client that keeps none.
 */
export interface ForkMetrics
  extends ForkStats,
    Omit<Required<RpcMetrics>, 'inFlight'>,
    StoreMetrics,
    PrefetchMetrics,
    ProofCounts {
  /** Facts of the chain in the cache: accounts, slots and codes together. @gauge */
  readonly baseEntries: number
  /** Facts fetched from the chain, because neither the cache nor the store had them. @counter */
  readonly fetchedFacts: number
  /**
   * 1 if the node does not accept block hashes (EIP-1898) and is read by number, with checks.
   * @gauge
   */
  readonly pinnedByNumber: number
  /** Headers fetched to check that the block, read by number, is still the same. @counter */
  readonly blockChecks: number
  /** 1 if answers are proven before they are used. @gauge */
  readonly verifying: number
}

/** The part of the metrics that the client counts. */
type RpcPart = Pick<ForkMetrics, Exclude<keyof RpcMetrics, 'inFlight'>>

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

/** A user's own client may count only some of it, or more. */
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
  fetchedFacts: 0,
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

/** The parts of a fork that count. */
export interface CountedParts {
  readonly stats: ForkStats
  readonly client: RpcClient
  readonly reader: BlockReader | undefined
  readonly store: FactStore | undefined
  readonly prefetch: PrefetchMetrics
  readonly fetchedFacts: number
  readonly proofs: ProofCounts & Pick<ForkMetrics, 'verifying'>
}

export function forkMetrics(parts: CountedParts): ForkMetrics {
  const { stats, client, reader, store, prefetch, fetchedFacts, proofs } = parts
  return {
    ...stats,
    baseEntries: stats.baseAccounts + stats.baseSlots + stats.baseCodes,
    fetchedFacts,
    ...rpcMetrics(client),
    pinnedByNumber: reader?.mode === 'number' ? 1 : 0,
    blockChecks: reader?.blockChecks ?? 0,
    ...proofs,
    ...(store?.metrics() ?? newCounters()),
    ...prefetch,
  }
}
