/** What the cases of the store contract are made of. They run in Node and in a browser's page. */

import type { FullStore, RecordKey, StoreRecord } from '../../src/store/store.ts'

/** Where stores keep their records; each case has its own. */
export interface StorePlace {
  /** A store there; the place closes it. */
  open(options?: { readonly maxBytes?: number }): FullStore
  destroy(): Promise<void>
}

/** A kind of store. */
export interface StoreKind {
  readonly name: string
  /** Several stores may be open on one place. */
  readonly isShared: boolean
  /** Records outlive the closing of their store. */
  readonly isKept: boolean
  /** Groups are counted in bytes as `recordBytes` says, and not by what the medium takes. */
  readonly countsExactly: boolean
  makePlace(): Promise<StorePlace>
}

/** One thing that holds of every store. */
export interface ContractCase {
  readonly name: string
  readonly needs?: 'sharing' | 'keeping'
  run(place: StorePlace, kind: StoreKind): Promise<void>
}

/** Whether a case says something about this kind of store. */
export function appliesTo({ needs }: ContractCase, kind: StoreKind): boolean {
  if (needs === 'sharing') return kind.isShared
  return needs === 'keeping' ? kind.isKept : true
}

const encoder = new TextEncoder()

export function bytes(text: string): Uint8Array {
  return encoder.encode(text)
}

export function key(group: string, item: string): RecordKey {
  return { group: bytes(group), item: bytes(item) }
}

export function record(group: string, item: string, value: string): StoreRecord {
  return { ...key(group, item), value: bytes(value) }
}

/** Records of one group, each its own value. */
export function manyRecords(group: string, count: number): readonly StoreRecord[] {
  return Array.from({ length: count }, (_, at) => record(group, `item ${at}`, `${group} ${at}`))
}
