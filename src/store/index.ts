/**
 * Entry point `forkstate/store`: the contract of persistent stores, for writing one, and the tools
 * that look after them. The stores themselves are in `forkstate/store/lmdb`, `/redis`, `/indexeddb`
 * and `/memory`.
 */

export type { Hex } from '../encoding/hex.ts'
export type { BlockPolicy, ChainPosition } from '../fork/store/block-policy.ts'
export { keepEveryBlock, keepSettledBlocks } from '../fork/store/block-policy.ts'
export type { ByteSource } from '../fork/store/byte-reader.ts'
export { InvalidExportError, StoreLimitError, StoreUnavailableError } from '../fork/store/errors.ts'
export type { FactBlock } from '../fork/store/facts.ts'
export type { ExportedBlock, Imported, ImportOptions } from '../fork/store/portable-file.ts'
export { exportBlock, importBlock } from '../fork/store/portable-file.ts'
export type { Pruned, PruneTerms } from '../fork/store/prune.ts'
export type {
  ClaimOutcome,
  ClaimTerms,
  FullStore,
  GroupRecord,
  RecordKey,
  Store,
  StoreClaims,
  StoreGroup,
  StoreGroups,
  StoreRecord,
} from '../fork/store/store.ts'
export {
  HOLDER_BYTES,
  MAX_GROUP_BYTES,
  MAX_ITEM_BYTES,
  RECORD_OVERHEAD_BYTES,
} from '../fork/store/store.ts'
export type { StoreEvent } from '../fork/store/store-health.ts'
export type { StoredBlock, StoreStats } from '../fork/store/store-tools.ts'
export { pruneStore, storeStats } from '../fork/store/store-tools.ts'
