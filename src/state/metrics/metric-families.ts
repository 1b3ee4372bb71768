/**
 * The names of metrics in OpenMetrics. A metric that is one number is a family of its own, with its
 * name in snake case, or a series of a family that several metrics share. Its kind, unit and help
 * text come from its description; this file holds only what a description cannot say.
 */

import type { EndpointMetrics } from '../../rpc/metrics.ts'
import type { MetricField, MetricKind } from './metric-field.ts'
import { ENDPOINT_GROUP, METRIC_GROUPS } from './metric-groups.ts'
import type { Metrics } from './metrics.ts'

/** A metric with all its series. */
export interface Family {
  /** Without the prefix of the package; ends with its unit. */
  readonly name: string
  readonly type: MetricKind
  readonly unit?: MetricField['unit']
  readonly help: string
}

/** One series of a family. */
export interface Series {
  readonly family: Family
  readonly labels: Readonly<Record<string, string>>
}

/** The metrics that are one number. */
export type NumberName = {
  [Name in keyof Metrics]-?: Metrics[Name] extends number ? Name : never
}[keyof Metrics]

/** The others, which have more than one series each. */
type StructureName = Exclude<keyof Metrics, NumberName>

/** The descriptions of all metrics of a manager. */
const FIELDS = METRIC_GROUPS.flatMap(({ fields }) => fields)

/** Sums of other metrics, omitted so that nothing is counted twice. */
const SUMS: ReadonlySet<string> = new Set<NumberName>(['baseEntries', 'baseBytes'])

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

/** Metrics that share a family. */
const SHARED = {
  overlayAccounts: { family: entries, labels: { table: 'overlay_accounts' } },
  overlaySlots: { family: entries, labels: { table: 'overlay_slots' } },
  codeEntries: { family: entries, labels: { table: 'overlay_codes' } },
  baseAccounts: { family: entries, labels: { table: 'base_accounts' } },
  baseSlots: { family: entries, labels: { table: 'base_slots' } },
  baseCodes: { family: entries, labels: { table: 'base_codes' } },
  trieNodes: { family: entries, labels: { table: 'trie_nodes' } },
  overlayBytes: { family: memory, labels: { table: 'overlay' } },
  codeBytes: { family: memory, labels: { table: 'overlay_codes' } },
  journalBytes: { family: memory, labels: { table: 'journal' } },
  baseAccountBytes: { family: memory, labels: { table: 'base_accounts' } },
  baseSlotBytes: { family: memory, labels: { table: 'base_slots' } },
  baseCodeBytes: { family: memory, labels: { table: 'base_codes' } },
  trieNodeBytes: { family: memory, labels: { table: 'trie_nodes' } },
  localTrieNodeBytes: { family: memory, labels: { table: 'local_trie_nodes' } },
  overlayHits: { family: hits, labels: { layer: 'overlay' } },
  baseHits: { family: hits, labels: { layer: 'base' } },
  storeHits: { family: hits, labels: { layer: 'store' } },
  fetchedFacts: { family: hits, labels: { layer: 'network' } },
  trieHits: { family: hits, labels: { layer: 'trie' } },
  baseMisses: { family: misses, labels: { layer: 'base' } },
  storeMisses: { family: misses, labels: { layer: 'store' } },
} as const satisfies Partial<Record<NumberName, Series>>

/** Names of families whose metric's own name says too little, or does not end with its unit. */
const NAMES: Readonly<Partial<Record<string, string>>> = {
  checkpointDepth: 'checkpoints',
  memoryBytes: 'engine_memory_bytes',
  demotions: 'verify_demotions',
  retries: 'rpc_retries',
  errors: 'rpc_errors',
  bytesSent: 'rpc_sent_bytes',
  bytesReceived: 'rpc_received_bytes',
  storeBytesRead: 'store_read_bytes',
  storeBytesWritten: 'store_written_bytes',
  storeCorrupt: 'store_corrupt_records',
  storeBuffered: 'store_buffered_records',
} satisfies Partial<Record<NumberName, string>>

/** Families of metrics with more than one series; `endpoints` has {@link ENDPOINT_FAMILIES}. */
export const STRUCTURE_FAMILIES = {
  retriesByCause: structureFamily('retriesByCause', 'rpc_retries_by_cause'),
  latency: structureFamily('latency', 'rpc_latency_seconds'),
  endpoints: undefined,
} as const satisfies Record<StructureName, Family | undefined>

/** Families of one endpoint of a client over several. */
export const ENDPOINT_FAMILIES = {
  condition: endpointFamily('condition'),
  health: endpointFamily('health'),
  requests: endpointFamily('requests'),
  failures: endpointFamily('failures'),
  disagreements: endpointFamily('disagreements'),
} as const satisfies Partial<Record<keyof EndpointMetrics, Family>>

/** The series of each metric that is one number, except sums. Those of a family stay together. */
export const SERIES: ReadonlyMap<NumberName, Series> = new Map([
  ...(Object.entries(SHARED) as [NumberName, Series][]),
  ...FIELDS.filter(
    ({ name }) => !SUMS.has(name) && !(name in STRUCTURE_FAMILIES) && !(name in SHARED),
  ).map((field): [NumberName, Series] => [field.name as NumberName, ownSeries(field)]),
])

function ownSeries(field: MetricField): Series {
  return { family: familyOf(field, NAMES[field.name] ?? snakeCase(field.name)), labels: {} }
}

function structureFamily(wanted: StructureName, name: string): Family {
  return familyOf(fieldNamed(wanted, FIELDS), name)
}

function endpointFamily(wanted: keyof EndpointMetrics): Family {
  return familyOf(fieldNamed(wanted, ENDPOINT_GROUP.fields), `endpoint_${snakeCase(wanted)}`)
}

function fieldNamed(wanted: string, fields: readonly MetricField[]): MetricField {
  const field = fields.find(({ name }) => name === wanted)
  if (field === undefined) throw new TypeError(`no description of ${wanted}`)
  return field
}

function familyOf({ kind = 'gauge', unit, doc }: MetricField, name: string): Family {
  return { name, type: kind, ...(unit && { unit }), help: doc.replaceAll('`', '') }
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
