/**
 * The contract of a persistent store: it keeps bytes in groups, so that what belongs together can
 * be dropped together. Facts, checksums and the handling of failures are layers above it.
 * `src/store` holds this contract, the facts on top of it, and the media that implement it.
 *
 * Invariants that every store guarantees:
 * - a record is stored completely or not at all, even if its writer is killed at any moment;
 * - several stores, in several processes, may be open on the same place;
 * - bytes passed in or out are copies: later changes by one side do not affect the other;
 * - a store that does not work rejects, and works again once its medium does. It never reports a
 *   record as stored or absent without knowing it.
 *
 * A store neither reads records nor retries.
 */

/** Names a record: the group it is dropped with, and its item within the group. */
export interface RecordKey {
  /** 1 to {@link MAX_GROUP_BYTES} bytes. */
  readonly group: Uint8Array
  /** 0 to {@link MAX_ITEM_BYTES} bytes. */
  readonly item: Uint8Array
}

/** A record and its name. */
export interface StoreRecord extends RecordKey {
  readonly value: Uint8Array
}

/** Most bytes in the name of a group. */
export const MAX_GROUP_BYTES = 64
/** Most bytes in the name of a record within its group. */
export const MAX_ITEM_BYTES = 128
/** Bytes counted per record besides its item and value: keys, links and free room of pages. */
export const RECORD_OVERHEAD_BYTES = 16

/** A persistent store. The first four methods are required. */
export interface Store {
  /** Values in the order of the keys; undefined where there is no record. */
  getMany(keys: readonly RecordKey[]): Promise<readonly (Uint8Array | undefined)[]>
  /** Writes records, replaces those of the same name, and ends the claims on their keys. */
  putMany(records: readonly StoreRecord[]): Promise<void>
  /** Removes records; an absent one is not an error. */
  deleteMany(keys: readonly RecordKey[]): Promise<void>
  /** Releases the medium once the operations begun before have ended. Later ones reject. */
  close(): Promise<void>
  /** Absent if the store does not support claims; then no process waits for another one's fetch. */
  readonly claims?: StoreClaims
  /** Absent if the store does not support groups; then it cannot be inspected or pruned. */
  readonly groups?: StoreGroups
}

/** A store with all optional parts, like those of this package. */
export interface FullStore extends Store {
  readonly claims: StoreClaims
  readonly groups: StoreGroups
}

/**
 * `granted`: the caller may fetch it; `held`: another holder is fetching it; `stored`: the record
 * exists now.
 */
export type ClaimOutcome = 'granted' | 'held' | 'stored'

/** Bytes in the name of a holder. */
export const HOLDER_BYTES = 16

/** The holder of a claim, and its duration. */
export interface ClaimOptions {
  /** Random bytes that identify the holder; {@link HOLDER_BYTES}. */
  readonly holder: Uint8Array
  /** A claim expires after this time, since its holder may be dead. */
  readonly ttlMs: number
}

/**
 * Claims on absent records, so that of several processes that need a fact only one fetches it. A
 * claim saves work and protects nothing: any process may write a record, claimed or not.
 */
export interface StoreClaims {
  /**
   * Decides each key atomically for all processes, in the order of the keys. A holder may renew its
   * claim.
   */
  claim(keys: readonly RecordKey[], terms: ClaimOptions): Promise<readonly ClaimOutcome[]>
  /**
   * Ends claims without writing a record. Claims of other holders, and absent ones, stay as they
   * are.
   */
  release(keys: readonly RecordKey[], holder: Uint8Array): Promise<void>
}

/** Statistics of one group. */
export interface StoreGroup {
  readonly group: Uint8Array
  readonly records: number
  /**
   * Items, values and {@link RECORD_OVERHEAD_BYTES} per record, or the size that the medium
   * reports.
   */
  readonly bytes: number
  /** When it was last written or touched, in ms since 1970. */
  readonly usedAtMs: number
}

/** A record within a known group. */
export type GroupRecord = Omit<StoreRecord, 'group'>

/** The groups of a store, for size limits and tools. */
export interface StoreGroups {
  /** All groups, in no particular order. */
  list(): AsyncIterable<StoreGroup>
  /** All records of one group, in no particular order; none if the group does not exist. */
  records(group: Uint8Array): AsyncIterable<GroupRecord>
  /** Marks groups as used now; an absent one is not an error. */
  touch(groups: readonly Uint8Array[]): Promise<void>
  /**
   * Removes a group with all its records. If the process is killed halfway, the rest is not
   * visible.
   */
  delete(group: Uint8Array): Promise<void>
}

/** The part of the groups that pruning needs. */
export type PrunableGroups = Pick<StoreGroups, 'list' | 'delete'>

/** The size of a record as counted in {@link StoreGroup.bytes}. */
export function recordBytes(item: Uint8Array, value: Uint8Array): number {
  return item.length + value.length + RECORD_OVERHEAD_BYTES
}
