/**
 * The entries that states are filled with, each made from its number, so that whoever reads one
 * knows what must be there. Entry n belongs to account n modulo the number of accounts. Values are
 * 12 bytes long, as balances of tokens are.
 */

import { seededFractions } from '../../test/support/random.ts'

/**
 * - `uniform`: 256 random bits, all visited alike.
 * - `Zipf`: 256 random bits; the k-th most popular is visited 1/k as often as the first.
 * - `small integers`: 0, 1, 2, ..., all visited alike.
 * - `hash-DoS`: eight zero bytes, L, the complement of L, eight zero bytes, for 64 random bits L;
 *   all visited alike. All of them have the same first and last 8 bytes, the same sum and the same
 *   XOR of their bytes, 32-bit words and 64-bit words, so they all collide under any hash without a
 *   seed that is made of these.
 */
export type Keys = 'uniform' | 'Zipf' | 'small integers' | 'hash-DoS'

export const SLOT_BYTES = 32
const VALUE_BYTES = 12
const SLOTS_AN_ACCOUNT = 1_000
const VALUE_STREAM = 8
const ADDRESS_STREAM = 16

export function accountsOf(slots: number): number {
  return Math.ceil(slots / SLOTS_AN_ACCOUNT)
}

export function addressOf(account: number): Uint8Array {
  return putWords(new Uint8Array(20), 0, 5, account, ADDRESS_STREAM)
}

export function writeSlot(keys: Keys, entry: number, slot: Uint8Array): Uint8Array {
  if (keys === 'small integers') return putWord(slot, 28, entry)
  if (keys !== 'hash-DoS') return putWords(slot, 0, 8, entry, 0)
  const [high, low] = [random(entry, 0, 0), random(entry, 1, 0)]
  for (const [word, bits] of [high, low, ~high, ~low].entries()) putWord(slot, 8 + 4 * word, bits)
  return slot
}

export function slotOf(keys: Keys, entry: number): Uint8Array {
  return writeSlot(keys, entry, new Uint8Array(SLOT_BYTES))
}

/** 12 bytes, the first of which is not zero, after as many zeros as it is longer. */
export function entryValue(entry: number, length = VALUE_BYTES): Uint8Array {
  const start = length - VALUE_BYTES
  const value = putWords(new Uint8Array(length), start, 3, entry, VALUE_STREAM)
  value[start] = (value[start] as number) | 1
  return value
}

/** Hands out slots after those of the first entries, each once, in arrays that it uses again. */
export function freshSlots(entries: number): (count: number) => readonly Uint8Array[] {
  const pool: Uint8Array[] = []
  let next = entries
  return (count) => {
    while (pool.length < count) pool.push(new Uint8Array(SLOT_BYTES))
    const slots = pool.slice(0, count)
    for (const slot of slots) writeSlot('uniform', next++, slot)
    return slots
  }
}

export function visitsOf(keys: Keys, entries: number, count: number): Uint32Array {
  const fraction = seededFractions(entries)
  return Uint32Array.from({ length: count }, () => {
    // The continuous form of Zipf's law with exponent 1: P(rank <= r) = ln(r + 1) / ln(entries + 1).
    const drawn = keys === 'Zipf' ? (entries + 1) ** fraction() - 1 : entries * fraction()
    return Math.min(Math.floor(drawn), entries - 1)
  })
}

export function samplesOf(entries: number, most: number): readonly number[] {
  const count = Math.min(entries, most)
  return Array.from({ length: count }, (_, at) => Math.floor((at * entries) / count))
}

/** 32 random bits: for one word of one stream, a different one for every number. */
function random(number: number, word: number, stream: number): number {
  let state = (number + Math.imul(stream + word + 1, 0x9e37_79b1)) | 0
  state = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35)
  return state ^ (state >>> 16)
}

function putWords(bytes: Uint8Array, start: number, words: number, number: number, stream: number) {
  for (let word = 0; word < words; word++) {
    putWord(bytes, start + word * 4, random(number, word, stream))
  }
  return bytes
}

function putWord(bytes: Uint8Array, at: number, word: number): Uint8Array {
  bytes[at] = word >>> 24
  bytes[at + 1] = word >>> 16
  bytes[at + 2] = word >>> 8
  bytes[at + 3] = word
  return bytes
}
