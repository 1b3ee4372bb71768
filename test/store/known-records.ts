/**
 * Records whose value follows from their name, so that whoever finds one can tell whether it is
 * right.
 */

import { crc32c } from '../../src/store/crc32c.ts'
import type { RecordKey, StoreRecord } from '../../src/store/store.ts'
import { seededFractions } from '../support/random.ts'
import { bytes } from './contract-case.ts'

/** Most bytes of a value; some are longer than a page of LMDB. */
const MAX_VALUE_BYTES = 6_000

/** The one right value of a record. */
export function rightValue({ group, item }: RecordKey): Uint8Array {
  const random = seededFractions(crc32c(item, crc32c(group)))
  const length =
    random() < 0.05 ? Math.floor(random() * MAX_VALUE_BYTES) : Math.floor(random() * 60)
  return Uint8Array.from({ length }, () => Math.floor(random() * 256))
}

export function knownRecord(group: string, item: string): StoreRecord {
  const key = { group: bytes(group), item: bytes(item) }
  return { ...key, value: rightValue(key) }
}
