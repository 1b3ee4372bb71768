/** Counters of a fact store. */

/** What a fact store did and could not do. All are counts since it was made, unless said. */
export interface StoreMetrics {
  /** Facts answered from the store, or from what is about to be written to it. @counter */
  readonly storeHits: number
  /** Facts asked of the store and not found. @counter */
  readonly storeMisses: number
  /** Records written. @counter */
  readonly storeWrites: number
  /** Bytes of records read. @counter */
  readonly storeBytesRead: number
  /** Bytes of records written. @counter */
  readonly storeBytesWritten: number
  /** Damaged records found, and removed. @counter */
  readonly storeCorrupt: number
  /** Records of another version of this program; left alone. @counter */
  readonly storeForeign: number
  /** Facts not written: the buffer was full, or the store did not work. @counter */
  readonly storeDroppedWrites: number
  /** Operations that failed or took too long. @counter */
  readonly storeFailures: number
  /** Facts that another process was fetching already. @counter */
  readonly storeWaits: number
  /** Of those, facts that did not come in time and were fetched here after all. @counter */
  readonly storeWaitsInVain: number
  /** Facts that wait to be written now. @gauge */
  readonly storeBuffered: number
  /** 1 while the store is not used because it does not work. @gauge */
  readonly storeDegraded: number
}

/** The counters while they count. */
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
    storeForeign: 0,
    storeDroppedWrites: 0,
    storeFailures: 0,
    storeWaits: 0,
    storeWaitsInVain: 0,
    storeBuffered: 0,
    storeDegraded: 0,
  }
}
