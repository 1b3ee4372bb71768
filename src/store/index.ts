/**
 * Entry point `forkstate/store`: the contract of persistent stores, for implementing one, and tools
 * to inspect and prune them. The stores themselves are in `forkstate/store/lmdb`, `/redis`,
 * `/indexeddb` and `/memory`.
 */

export type { Hex } from '../encoding/hex.ts'
export type { ByteSource } from './byte-reader.ts'
export { InvalidExportError, StoreLimitError, StoreUnavailableError } from './errors.ts'
export type { BlockPolicy, ChainPosition } from './facts/block-policy.ts'
export { keepEveryBlock, keepSettledBlocks } from './facts/block-policy.ts'
export type { FactBlock } from './facts/facts.ts'
export type { StoreAccess, StoreEvent } from './facts/store-health.ts'
export type { ExportedBlock, ImportOptions, ImportSummary } from './portable-file.ts'
export { exportBlock, importBlock } from './portable-file.ts'
export type { PruneOptions, PruneSummary } from './prune.ts'
export type {
  ClaimOptions,
  ClaimOutcome,
  FullStore,
  GroupRecord,
  RecordKey,
  Store,
  StoreClaims,
  StoreGroup,
  StoreGroups,
  StoreRecord,
} from './store.ts'
export {
  HOLDER_BYTES,
  MAX_GROUP_BYTES,
  MAX_ITEM_BYTES,
  RECORD_OVERHEAD_BYTES,
} from './store.ts'
export type { StoredBlock, StoreStats } from './store-tools.ts'
export { pruneStore, storeStats } from './store-tools.ts'
