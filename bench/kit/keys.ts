/**
 * The entries that the warm and memory benchmarks work on, each made from its number, so that
 * whoever reads one knows what must be there; and the orders in which they are visited.
 *
 * A thousand slots make an account: entry n belongs to account n modulo the number of accounts.
 * Values are 12 bytes long, as balances of tokens are.
 */

import { seededFractions } from '../../test/support/random.ts'

/**
 * What the slots are, and how they are visited.
 *
 * - `uniform`: 256 random bits, all visited alike.
 * - `Zipf`: 256 random bits; the k-th most popular is visited 1/k as often as the first.
 * - `small integers`: 0, 1, 2, ..., all visited alike.
 * - `hash-DoS`: eight zero bytes, L, the complement of L, eight zero bytes, for 64 random bits L;
 *   all visited alike. All of them have the same first and last 8 bytes, the same sum and the same
 *   XOR of their bytes, 32-bit words and 64-bit words, so they all collide under any hash without a
 *   seed that is made of these.
 */
export type Keys = 'uniform' | 'Zipf' | 'small integers' | 'hash-DoS'

export const ADDRESS_BYTES = 20
export const SLOT_BYTES = 32
/** Bytes of a value that are not zero. */
export const VALUE_BYTES = 12

const SLOTS_AN_ACCOUNT = 1_000
/** Numbers of the streams that an entry is made of. */
const VALUE_STREAM = 8
const ADDRESS_STREAM = 16

/** How many accounts so many slots belong to. */
export function accountsOf(slots: number): number {
  return Math.ceil(slots / SLOTS_AN_ACCOUNT)
}

/** The address of an account, 20 bytes. */
export function addressOf(account: number): Uint8Array {
  const address = new Uint8Array(ADDRESS_BYTES)
  for (let word = 0; word < 5; word++)
    putWord(address, word * 4, random(account, word, ADDRESS_STREAM))
  return address
}

export function addressesOf(slots: number): readonly Uint8Array[] {
  return Array.from({ length: accountsOf(slots) }, (_, account) => addressOf(account))
}

/** Writes the slot of an entry, 32 bytes. */
export function writeSlot(keys: Keys, entry: number, slot: Uint8Array): Uint8Array {
  if (keys === 'small integers') {
    putWord(slot, 28, entry)
    return slot
  }
  if (keys !== 'hash-DoS') {
    for (let word = 0; word < 8; word++) putWord(slot, word * 4, random(entry, word))
    return slot
  }
  const [high, low] = [random(entry, 0), random(entry, 1)]
  putWord(slot, 8, high)
  putWord(slot, 12, low)
  putWord(slot, 16, ~high)
  putWord(slot, 20, ~low)
  return slot
}

/** The slot of an entry, a new array of 32 bytes. */
export function slotOf(keys: Keys, entry: number): Uint8Array {
  return writeSlot(keys, entry, new Uint8Array(SLOT_BYTES))
}

/** Writes the value of an entry to the end of an array; the first of its 12 bytes is not zero. */
export function writeValue(entry: number, value: Uint8Array): Uint8Array {
  const start = value.length - VALUE_BYTES
  for (let word = 0; word < 3; word++)
    putWord(value, start + word * 4, random(entry, word, VALUE_STREAM))
  value[start] = (value[start] as number) | 1
  return value
}

/** The value of an entry without the zeros before it, a new array of 12 bytes. */
export function entryValue(entry: number): Uint8Array {
  return writeValue(entry, new Uint8Array(VALUE_BYTES))
}

/** Numbers of entries in the order of visits. */
export function visitsOf(keys: Keys, entries: number, count: number): Uint32Array {
  const fraction = seededFractions(entries)
  const visits = new Uint32Array(count)
  for (let at = 0; at < count; at++) {
    // The continuous form of Zipf's law with exponent 1: P(rank <= r) = ln(r + 1) / ln(entries + 1).
    const drawn = keys === 'Zipf' ? (entries + 1) ** fraction() - 1 : entries * fraction()
    visits[at] = Math.min(Math.floor(drawn), entries - 1)
  }
  return visits
}

/** 32 random bits: for one word of one stream, a different one for every number. */
function random(number: number, word: number, stream = 0): number {
  let state = (number + Math.imul(stream + word + 1, 0x9e37_79b1)) | 0
  state = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35)
  return state ^ (state >>> 16)
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24
  bytes[at + 1] = word >>> 16
  bytes[at + 2] = word >>> 8
  bytes[at + 3] = word
}
