/**
 * The contract of a persistent store: bytes in, bytes out, grouped so that what belongs together
 * can be dropped together. Everything about facts, checksums and failures is above it.
 *
 * Invariants that every store keeps:
 * - a record is there whole or not at all, also after its writer was killed at any moment;
 * - several stores, in several processes, may be open on the same place;
 * - bytes handed in or out are copies: neither side sees what the other does to them later;
 * - a store that cannot do its work rejects, and works again once its medium does. Nothing is
 *   reported as stored or absent that is not known to be.
 *
 * A store does not look into records, and does not retry.
 */

/** Names a record: the group it lives and dies with, and which of that group it is. */
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
/** What a record is counted as besides its item and value: keys, links and free room of pages. */
export const RECORD_OVERHEAD_BYTES = 16

/** Where records are kept. Implement the first four to have a store of your own. */
export interface Store {
  /** Values in the order of the keys; undefined where there is no record. */
  getMany(keys: readonly RecordKey[]): Promise<readonly (Uint8Array | undefined)[]>
  /** Writes records, over those of the same name, and ends the claims on their keys. */
  putMany(records: readonly StoreRecord[]): Promise<void>
  /** Removes records; absent ones are no error. */
  deleteMany(keys: readonly RecordKey[]): Promise<void>
  /** Lets go of the medium once the operations begun before have ended. Later ones reject. */
  close(): Promise<void>
  /** Absent if the store cannot be asked who is fetching what: then nobody waits for anybody. */
  readonly claims?: StoreClaims
  /** Absent if the store keeps no account of its groups: then it cannot be looked after. */
  readonly groups?: StoreGroups
}

/** A store with everything; those of this package are. */
export interface FullStore extends Store {
  readonly claims: StoreClaims
  readonly groups: StoreGroups
}

/** `granted`: the caller may fetch it; `held`: somebody else does; `stored`: it is there by now. */
export type ClaimOutcome = 'granted' | 'held' | 'stored'

/** Bytes in the name of a holder. */
export const HOLDER_BYTES = 16

/** Who claims, and for how long. */
export interface ClaimOptions {
  /** Random bytes that tell holders apart; {@link HOLDER_BYTES}. */
  readonly holder: Uint8Array
  /** A claim ends by itself after this time, for its holder may be dead. */
  readonly ttlMs: number
}

/**
 * Claims on records that are absent, so that of several processes that need a fact one fetches it.
 * A claim saves work and protects nothing: anybody may write a record, claimed or not.
 */
export interface StoreClaims {
  /** Decides each key at once for all processes, in the order of the keys. A holder may renew. */
  claim(keys: readonly RecordKey[], terms: ClaimOptions): Promise<readonly ClaimOutcome[]>
  /** Ends claims without a record. Those of others, and absent ones, stay as they are. */
  release(keys: readonly RecordKey[], holder: Uint8Array): Promise<void>
}

/** What is kept of one group. */
export interface StoreGroup {
  readonly group: Uint8Array
  readonly records: number
  /** Items, values and {@link RECORD_OVERHEAD_BYTES} each, or what the medium says it takes. */
  readonly bytes: number
  /** When it was last written or touched, in ms since 1970. */
  readonly usedAtMs: number
}

/** A record within a group that is known. */
export type GroupRecord = Omit<StoreRecord, 'group'>

/** The groups of a store, for bounds and tools. */
export interface StoreGroups {
  /** All groups, in no order. */
  list(): AsyncIterable<StoreGroup>
  /** All records of one group, in no order; none if there is no such group. */
  records(group: Uint8Array): AsyncIterable<GroupRecord>
  /** Marks groups as used now; absent ones are no error. */
  touch(groups: readonly Uint8Array[]): Promise<void>
  /** Removes a group with all its records. Killed halfway, what is left is not visible. */
  delete(group: Uint8Array): Promise<void>
}

/** What dropping old groups takes. */
export type PrunableGroups = Pick<StoreGroups, 'list' | 'delete'>

/** What a record counts for in {@link StoreGroup.bytes}. */
export function recordBytes(item: Uint8Array, value: Uint8Array): number {
  return item.length + value.length + RECORD_OVERHEAD_BYTES
}
