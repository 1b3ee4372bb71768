/** Counters of a fact store. */

/** Metrics of a fact store since it was created. */
export interface StoreMetrics {
  /** Facts found in the store, or among those about to be written to it. @counter */
  readonly storeHits: number
  /** Facts looked up in the store and not found. @counter */
  readonly storeMisses: number
  /** Records written to the store. @counter */
  readonly storeWrites: number
  /** Bytes of records read from the store. @counter */
  readonly storeBytesRead: number
  /** Bytes of records written to the store. @counter */
  readonly storeBytesWritten: number
  /** Damaged records found in the store, which were removed. @counter */
  readonly storeCorrupt: number
  /** Records in the store of another version of this program, which are left alone. @counter */
  readonly storeVersionMismatches: number
  /**
   * Facts not written to the store because the buffer was full or the store did not work. @counter
   */
  readonly storeDroppedWrites: number
  /** Operations of the store that failed or timed out. @counter */
  readonly storeFailures: number
  /** Facts waited for because another process was fetching them. @counter */
  readonly storeWaits: number
  /** Facts of `storeWaits` that did not come in time and were fetched here. @counter */
  readonly storeWaitTimeouts: number
  /** Facts that wait to be written to the store. @gauge */
  readonly storeBuffered: number
  /** 1 while the store is not used because it does not work. @gauge */
  readonly storeDegraded: number
}

/** The mutable counters. */
export type StoreCounters = { -readonly [Name in keyof StoreMetrics]: StoreMetrics[Name] }

/** All zero. */
export function newCounters(): StoreCounters {
  return {
    storeHits: 0,
    storeMisses: 0,
    storeWrites: 0,
    storeBytesRead: 0,
    storeBytesWritten: 0,
    storeCorrupt: 0,
    storeVersionMismatches: 0,
    storeDroppedWrites: 0,
    storeFailures: 0,
    storeWaits: 0,
    storeWaitTimeouts: 0,
    storeBuffered: 0,
    storeDegraded: 0,
  }
}
