/**
 * The format of a record in a store: version, kind, payload, checksum.
 *
 * The checksum also covers the record's key, so that a record found in a wrong place does not pass
 * for the right one. A record that is not exactly as written is rejected, never repaired.
 */

import { crc32c } from '../crc32c.ts'
import type { RecordKey } from '../store.ts'
import type { FactKind } from './facts.ts'

/**
 * Version of the records written here. Others are left alone, since a newer program may have
 * written them.
 */
export const RECORD_VERSION = 1

const HEAD_BYTES = 2
const CHECKSUM_BYTES = 4

const NUMBER_OF_KIND = { account: 1, storage: 2, code: 3 } as const satisfies Record<
  FactKind,
  number
>
const KINDS: readonly (FactKind | undefined)[] = [undefined, 'account', 'storage', 'code']

/** The result of opening a record. */
export type OpenedRecord =
  | { readonly state: 'whole'; readonly kind: FactKind; readonly payload: Uint8Array }
  /** Damaged, or stored under another key. */
  | { readonly state: 'corrupt' }
  /** Intact, but of a version that this program does not read. */
  | { readonly state: 'other-version' }

const CORRUPT: OpenedRecord = { state: 'corrupt' }
const OTHER_VERSION: OpenedRecord = { state: 'other-version' }

/** Makes the record of a payload for a key. */
export function sealRecord(key: RecordKey, kind: FactKind, payload: Uint8Array): Uint8Array {
  const end = HEAD_BYTES + payload.length
  const record = new Uint8Array(end + CHECKSUM_BYTES)
  record[0] = RECORD_VERSION
  record[1] = NUMBER_OF_KIND[kind]
  record.set(payload, HEAD_BYTES)
  viewOf(record).setUint32(end, checksum(key, record.subarray(0, end)))
  return record
}

/** Checks a record. The payload is a view of it. */
export function openRecord(key: RecordKey, record: Uint8Array): OpenedRecord {
  const end = record.length - CHECKSUM_BYTES
  if (end < HEAD_BYTES) return CORRUPT
  const isWhole = viewOf(record).getUint32(end) === checksum(key, record.subarray(0, end))
  if (!isWhole) return CORRUPT
  if (record[0] !== RECORD_VERSION) return OTHER_VERSION
  const kind = KINDS[record[1] as number]
  if (kind === undefined) return CORRUPT
  return { state: 'whole', kind, payload: record.subarray(HEAD_BYTES, end) }
}

function checksum(key: RecordKey, content: Uint8Array): number {
  return crc32c(content, crc32c(key.item, crc32c(key.group)))
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
