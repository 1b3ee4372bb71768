/**
 * What the statistics of the core are, for metrics and documentation. Generated from
 * core/src/abi.zig; do not edit.
 */

import type { ForkStats, ManagerStats } from '../../ffi/abi.gen.ts'

/** One field of a struct of statistics. */
export interface StatsField<Name extends string> {
  readonly name: Name
  /** A counter only grows; a gauge also falls. */
  readonly kind: 'counter' | 'gauge'
  /** Absent for a plain count. */
  readonly unit?: 'bytes'
  /** What is counted. */
  readonly doc: string
}

/** The fields of ManagerStats, in its order. */
export const MANAGER_STATS_FIELDS: readonly StatsField<keyof ManagerStats>[] = [
  {
    name: 'overlayAccounts',
    kind: 'gauge',
    doc: 'Accounts with local writes, in all layers.',
  },
  {
    name: 'overlaySlots',
    kind: 'gauge',
    doc: 'Storage slots with local writes, in all layers.',
  },
  {
    name: 'overlayBytes',
    kind: 'gauge',
    unit: 'bytes',
    doc: 'Memory of the local writes, tables included.',
  },
  {
    name: 'overlayHits',
    kind: 'counter',
    doc: 'Reads answered from local writes.',
  },
  {
    name: 'codeEntries',
    kind: 'gauge',
    doc: 'Codes written locally; branches share them.',
  },
  {
    name: 'codeBytes',
    kind: 'gauge',
    unit: 'bytes',
    doc: 'Size of the codes written locally.',
  },
  {
    name: 'journalBytes',
    kind: 'gauge',
    unit: 'bytes',
    doc: 'Memory of the undo records.',
  },
  {
    name: 'checkpointDepth',
    kind: 'gauge',
    doc: 'Open checkpoints.',
  },
  {
    name: 'snapshots',
    kind: 'gauge',
    doc: 'Live snapshots.',
  },
  {
    name: 'layers',
    kind: 'gauge',
    doc: "Layers of local writes: the manager's own, and those it shares with branches.",
  },
]

/** The fields of ForkStats, in its order. */
export const FORK_STATS_FIELDS: readonly StatsField<keyof ForkStats>[] = [
  {
    name: 'baseAccounts',
    kind: 'gauge',
    doc: 'Accounts of the chain in the cache.',
  },
  {
    name: 'baseSlots',
    kind: 'gauge',
    doc: 'Storage slots of the chain in the cache.',
  },
  {
    name: 'baseCodes',
    kind: 'gauge',
    doc: 'Codes of the chain in the cache.',
  },
  {
    name: 'baseBytes',
    kind: 'gauge',
    unit: 'bytes',
    doc: 'Estimated memory of the cached facts, tables included.',
  },
  {
    name: 'baseHits',
    kind: 'counter',
    doc: 'Reads answered from cached facts.',
  },
  {
    name: 'baseMisses',
    kind: 'counter',
    doc: 'Reads that neither cached facts nor trie nodes could answer.',
  },
  {
    name: 'evictions',
    kind: 'counter',
    doc: 'Facts evicted to keep the cache within its bounds.',
  },
  {
    name: 'openRequests',
    kind: 'gauge',
    doc: 'Requests to the chain that are not answered yet.',
  },
  {
    name: 'trieHits',
    kind: 'counter',
    doc: 'Reads that no cached fact answered, but trie nodes did.',
  },
  {
    name: 'trieNodes',
    kind: 'gauge',
    doc: 'Trie nodes in memory, including those that local writes made.',
  },
  {
    name: 'trieNodeBytes',
    kind: 'gauge',
    unit: 'bytes',
    doc: 'Estimated memory of the trie nodes.',
  },
  {
    name: 'localTrieNodeBytes',
    kind: 'gauge',
    unit: 'bytes',
    doc: 'Estimated memory of the trie nodes that local writes made.',
  },
  {
    name: 'trieNodeEvictions',
    kind: 'counter',
    doc: 'Trie nodes evicted to keep them within their bound.',
  },
  {
    name: 'baseAccountBytes',
    kind: 'gauge',
    unit: 'bytes',
    doc: 'Estimated memory of the cached accounts.',
  },
  {
    name: 'baseSlotBytes',
    kind: 'gauge',
    unit: 'bytes',
    doc: 'Estimated memory of the cached storage slots.',
  },
  {
    name: 'baseCodeBytes',
    kind: 'gauge',
    unit: 'bytes',
    doc: 'Estimated memory of the cached codes.',
  },
  {
    name: 'prefetchedReads',
    kind: 'counter',
    doc: 'Accounts and storage slots that were prefetched and later read.',
  },
]
