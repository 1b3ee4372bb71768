/** All metrics of a manager with their descriptions, in groups as the documentation shows them. */

import type { MetricField } from './metric-field.ts'
import {
  ENDPOINT_FIELDS,
  ENGINE_FIELDS,
  FORK_FIELDS,
  PREFETCH_FIELDS,
  PROOF_FIELDS,
  RPC_FIELDS,
  STORE_FIELDS,
} from './metric-fields.gen.ts'
import { FORK_STATS_FIELDS, MANAGER_STATS_FIELDS } from './stats-docs.gen.ts'

/** Metrics that belong together. */
export interface MetricGroup {
  readonly title: string
  readonly fields: readonly MetricField[]
}

/** What `metrics()` returns. Each name is in one group. */
export const METRIC_GROUPS: readonly MetricGroup[] = [
  { title: 'local writes', fields: MANAGER_STATS_FIELDS },
  { title: 'facts of the chain', fields: FORK_STATS_FIELDS },
  { title: 'the fork', fields: FORK_FIELDS },
  { title: 'proofs', fields: PROOF_FIELDS },
  { title: 'the network', fields: RPC_FIELDS },
  { title: 'the store', fields: STORE_FIELDS },
  { title: 'reading ahead', fields: PREFETCH_FIELDS },
  { title: 'the engine', fields: ENGINE_FIELDS },
]

/** One entry of `endpoints`. */
export const ENDPOINT_GROUP: MetricGroup = {
  title: 'one of `endpoints`',
  fields: ENDPOINT_FIELDS,
}
