/**
 * What each metric is called outside, and what it is: a counter that only grows, or a gauge. Every
 * metric of a manager that is one number has a row here, or the reason why it has none.
 */

import type { Metrics } from './metrics.ts'

/** A metric with all its series. */
export interface Family {
  /** Without the prefix of the package; ends with its unit. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'stateset'
  readonly unit?: 'bytes' | 'seconds'
  readonly help: string
}

/** Where a number goes: one series of a family. */
export interface Series {
  readonly family: Family
  readonly labels: Readonly<Record<string, string>>
}

/** The metrics that are one number. */
export type NumberName = {
  [Name in keyof Metrics]-?: Metrics[Name] extends number ? Name : never
}[keyof Metrics]

const entries: Family = {
  name: 'entries',
  type: 'gauge',
  help: 'Accounts, slots and codes held, by table: local writes (overlay) and facts (base).',
}
const memory: Family = {
  name: 'memory_bytes',
  type: 'gauge',
  unit: 'bytes',
  help: 'Memory held, by table.',
}
const hits: Family = {
  name: 'hits',
  type: 'counter',
  help: 'Values found, by layer: local writes, facts in memory, facts in the store, the chain.',
}
const misses: Family = {
  name: 'misses',
  type: 'counter',
  help: 'Values looked for and not found, by layer.',
}

function series(family: Family, labels: Series['labels'] = {}): Series {
  return { family, labels }
}

function counter(name: string, help: string, unit?: 'bytes'): Series {
  return series({ name, type: 'counter', help, ...(unit === undefined ? {} : { unit }) })
}

function gauge(name: string, help: string, unit?: 'bytes'): Series {
  return series({ name, type: 'gauge', help, ...(unit === undefined ? {} : { unit }) })
}

/** The series of each number; undefined for one that others add up to. */
export const SERIES: Readonly<Record<NumberName, Series | undefined>> = {
  overlayAccounts: series(entries, { table: 'overlay_accounts' }),
  overlaySlots: series(entries, { table: 'overlay_slots' }),
  codeEntries: series(entries, { table: 'overlay_codes' }),
  baseAccounts: series(entries, { table: 'base_accounts' }),
  baseSlots: series(entries, { table: 'base_slots' }),
  baseCodes: series(entries, { table: 'base_codes' }),
  baseEntries: undefined,
  overlayBytes: series(memory, { table: 'overlay' }),
  codeBytes: series(memory, { table: 'overlay_codes' }),
  journalBytes: series(memory, { table: 'journal' }),
  baseBytes: undefined,
  baseAccountBytes: series(memory, { table: 'base_accounts' }),
  baseSlotBytes: series(memory, { table: 'base_slots' }),
  baseCodeBytes: series(memory, { table: 'base_codes' }),
  memoryBytes: gauge('engine_memory_bytes', 'Memory of the WebAssembly instance.', 'bytes'),
  checkpointDepth: gauge('checkpoints', 'Open checkpoints.'),
  snapshots: gauge('snapshots', 'Live snapshots.'),
  layers: gauge('layers', 'Layers of local writes.'),
  overlayHits: series(hits, { layer: 'overlay' }),
  baseHits: series(hits, { layer: 'base' }),
  storeHits: series(hits, { layer: 'store' }),
  fetchedFacts: series(hits, { layer: 'network' }),
  baseMisses: series(misses, { layer: 'base' }),
  storeMisses: series(misses, { layer: 'store' }),
  evictions: counter('evictions', 'Facts dropped to keep to the bounds of the cache.'),
  trieHits: series(hits, { layer: 'trie' }),
  trieNodes: series(entries, { table: 'trie_nodes' }),
  trieNodeBytes: series(memory, { table: 'trie_nodes' }),
  localTrieNodeBytes: series(memory, { table: 'local_trie_nodes' }),
  trieNodeEvictions: counter('trie_node_evictions', 'Trie nodes dropped to keep to their bound.'),
  verifying: gauge('verifying', '1 if answers are proven before they are used.'),
  proofsChecked: counter('proofs_checked', 'Answers that were proven.'),
  proofsRejected: counter('proofs_rejected', 'Answers that were not what their proof says.'),
  demotions: counter('verify_demotions', 'Blocks for which verification was given up.'),
  requestsInFlight: gauge('requests_in_flight', 'Values asked of the chain and not answered.'),
  httpRequests: counter('http_requests', 'HTTP requests sent.'),
  rpcCalls: counter('rpc_calls', 'JSON-RPC calls sent, each repetition counted.'),
  retries: counter('rpc_retries', 'JSON-RPC calls sent again.'),
  errors: counter('rpc_errors', 'JSON-RPC calls that ended in an error.'),
  bytesSent: counter('rpc_sent_bytes', 'Bytes of bodies sent.', 'bytes'),
  bytesReceived: counter('rpc_received_bytes', 'Bytes of bodies received.', 'bytes'),
  pinnedByNumber: gauge('pinned_by_number', '1 if the block is named by number, with checks.'),
  blockChecks: counter('block_checks', 'Headers fetched for those checks.'),
  storeWrites: counter('store_writes', 'Records written to the store.'),
  storeBytesRead: counter('store_read_bytes', 'Bytes of records read.', 'bytes'),
  storeBytesWritten: counter('store_written_bytes', 'Bytes of records written.', 'bytes'),
  storeCorrupt: counter('store_corrupt_records', 'Damaged records found and removed.'),
  storeForeign: counter('store_foreign_records', 'Records of other versions found.'),
  storeDroppedWrites: counter('store_dropped_writes', 'Facts that were not written.'),
  storeFailures: counter('store_failures', 'Operations of the store that failed.'),
  storeWaits: counter('store_waits', 'Facts that another process was fetching already.'),
  storeWaitsInVain: counter('store_waits_in_vain', 'Those that did not come in time.'),
  storeBuffered: gauge('store_buffered_records', 'Records that wait to be written.'),
  storeDegraded: gauge('store_degraded', '1 while the store is not used because it fails.'),
  prefetchedKeys: counter('prefetched_keys', 'Unknown keys that were read ahead.'),
  prefetchedReads: counter('prefetched_reads', 'Keys read ahead that were read later.'),
  predictedKeys: counter('predicted_keys', 'Those of them read ahead for a call.'),
  prefetchHits: counter('prefetch_hits', 'Predicted keys that the call then read.'),
}

export const RETRIES_BY_CAUSE: Family = {
  name: 'rpc_retries_by_cause',
  type: 'counter',
  help: 'JSON-RPC calls to be sent again, by cause.',
}
export const LATENCY: Family = {
  name: 'rpc_latency_seconds',
  type: 'histogram',
  unit: 'seconds',
  help: 'How long requests took that were answered.',
}
export const ENDPOINT_CONDITION: Family = {
  name: 'endpoint_condition',
  type: 'stateset',
  help: 'What a client over several endpoints thinks of one.',
}
export const ENDPOINT_HEALTH: Family = {
  name: 'endpoint_health',
  type: 'gauge',
  help: 'Share of questions an endpoint answered lately, from 0 to 1.',
}
export const ENDPOINT_QUESTIONS: Family = {
  name: 'endpoint_questions',
  type: 'counter',
  help: 'Questions put to an endpoint.',
}
export const ENDPOINT_FAILURES: Family = {
  name: 'endpoint_failures',
  type: 'counter',
  help: 'Questions an endpoint did not answer.',
}
export const ENDPOINT_DISAGREEMENTS: Family = {
  name: 'endpoint_disagreements',
  type: 'counter',
  help: 'Answers of an endpoint that the others contradicted.',
}
