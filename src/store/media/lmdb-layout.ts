/**
 * The layout of the LMDB file: one ordered tree whose keys begin with the table.
 *
 * A group's name is stored once, in its head; everywhere else the group is a number of four bytes.
 * Numbers are never reused, so records that a killed process left of a deleted group belong to no
 * group.
 *
 * | table   | key                  | value                                      |
 * |---------|----------------------|--------------------------------------------|
 * | NUMBERS |                      | the next group number                      |
 * | HEADS   | group                | number, records, bytes, time of last use   |
 * | RECORDS | group number, item   | the record                                 |
 * | DOOMED  | group number         | nothing: its records are to be removed     |
 */

import { concatBytes } from '../bytes.ts'
import type { StoreGroup } from '../store.ts'

const NUMBERS = 0
const HEADS = 1
const RECORDS = 2
const DOOMED = 3

const NUMBER_BYTES = 4
const RECORD_ITEM_AT: number = 1 + NUMBER_BYTES

const RECORDS_AT = NUMBER_BYTES
const BYTES_AT = 8
const USED_AT = 16
const HEAD_BYTES = 24

/** A group's head. */
export interface GroupHead {
  readonly number: number
  records: number
  bytes: number
  usedAtMs: number
}

/** The key of the next group number. */
export const NEXT_NUMBER_KEY: Uint8Array = Uint8Array.of(NUMBERS)

/** The prefix of all heads. */
export const HEADS_START: Uint8Array = Uint8Array.of(HEADS)
/** The start of the range of groups to remove. */
export const DOOMED_START: Uint8Array = Uint8Array.of(DOOMED)
/** The end of that range, exclusive. */
export const DOOMED_END: Uint8Array = Uint8Array.of(DOOMED + 1)

export function headKey(group: Uint8Array): Uint8Array {
  return concatBytes(HEADS_START, group)
}

/** The group of a {@link headKey}. */
export function groupOfHeadKey(key: Uint8Array): Uint8Array {
  return Uint8Array.from(key.subarray(1))
}

export function recordsStart(number: number): Uint8Array {
  return numbered(RECORDS, number)
}

export function itemKey(number: number, item: Uint8Array): Uint8Array {
  return concatBytes(recordsStart(number), item)
}

/** The item of an {@link itemKey}. */
export function itemOfKey(key: Uint8Array): Uint8Array {
  return Uint8Array.from(key.subarray(RECORD_ITEM_AT))
}

export function doomedKey(number: number): Uint8Array {
  return numbered(DOOMED, number)
}

/** The number of a {@link doomedKey}. */
export function numberOfDoomedKey(key: Uint8Array): number {
  return viewOf(key).getUint32(1)
}

export function encodeNumber(number: number): Uint8Array {
  return numbered(NUMBERS, number).subarray(1)
}

export function decodeNumber(value: Uint8Array): number {
  return viewOf(value).getUint32(0)
}

export function encodeHead(head: GroupHead): Uint8Array {
  const value = new Uint8Array(HEAD_BYTES)
  const view = viewOf(value)
  view.setUint32(0, head.number)
  view.setUint32(RECORDS_AT, head.records)
  view.setFloat64(BYTES_AT, head.bytes)
  view.setFloat64(USED_AT, head.usedAtMs)
  return value
}

export function decodeHead(value: Uint8Array): GroupHead {
  const view = viewOf(value)
  return {
    number: view.getUint32(0),
    records: view.getUint32(RECORDS_AT),
    bytes: view.getFloat64(BYTES_AT),
    usedAtMs: view.getFloat64(USED_AT),
  }
}

/** The statistics in a group's head. */
export function groupOf(headKeyBytes: Uint8Array, value: Uint8Array): StoreGroup {
  const { records, bytes, usedAtMs } = decodeHead(value)
  return { group: groupOfHeadKey(headKeyBytes), records, bytes, usedAtMs }
}

function numbered(table: number, number: number): Uint8Array {
  const key = new Uint8Array(RECORD_ITEM_AT)
  key[0] = table
  viewOf(key).setUint32(1, number)
  return key
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
