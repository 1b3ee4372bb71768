/**
 * The one interface to the states of contenders. Addresses, slots and values are in the form that a
 * contender takes, made before anything is timed. What is answered at once is no promise.
 */

import { accountsOf, addressOf, entryValue, type Keys, slotOf } from './keys.ts'
import type { MaybeLater } from './measure.ts'

export interface Fields {
  readonly nonce: bigint
  readonly balance: bigint
}

export interface State<Place = unknown, Slot = unknown, Value = unknown> {
  /** The contender's own state, for work that only it has. */
  readonly raw?: unknown
  /** An address of 20 bytes, a slot of 32, and a value of at most 32, as they are passed. */
  place(address: Uint8Array): Place
  slot(slot: Uint8Array): Slot
  value(value: Uint8Array): Value
  /** Makes an account exist, where it must before its first slot. */
  create(place: Place): MaybeLater<void>
  /** Undefined, zeros or nothing for a slot that was not written. */
  read(place: Place, slot: Slot): unknown
  write(place: Place, slot: Slot, value: Value): MaybeLater<void>
  putAccount(place: Place, fields: Fields): MaybeLater<void>
  putCode(place: Place, code: Uint8Array): MaybeLater<void>
  balanceAt(place: Place): MaybeLater<bigint | undefined>
  checkpoint(): MaybeLater<void>
  commit(): MaybeLater<void>
  revert(): MaybeLater<void>
  snapshot(): unknown
  /** Goes back to what `snapshot` gave; it and all later ones are used up. */
  revertTo(snapshot: unknown): MaybeLater<void>
  /** Another state that starts from this one; neither sees later writes of the other. */
  branch(): MaybeLater<State<Place, Slot, Value>>
  /** All of it as text; the accounts are those that were written. */
  dump(places: readonly Place[]): MaybeLater<string>
  /** Takes a text into this state, which is empty. */
  load(text: string): MaybeLater<void>
  destroy(): void
}

const same = (bytes: Uint8Array): Uint8Array => bytes

class Bytes {
  constructor(own: object) {
    Object.assign(this, own)
  }
}
Object.assign(Bytes.prototype, { place: same, slot: same, value: same, create() {}, destroy() {} })

/** A state that takes bytes if nothing else is said, and cannot do what is not said. */
export function stateOf<Place = Uint8Array>(
  own: Partial<State<Place, Uint8Array, Uint8Array>>,
): State<Place, Uint8Array, Uint8Array> {
  return new Bytes(own) as State<Place, Uint8Array, Uint8Array>
}

export interface Load {
  /** Slots. */
  readonly size: number
  readonly keys: Keys
  /** Default: one for a thousand slots. */
  readonly accounts?: number
  /** Default: as many as are not zero. */
  readonly valueBytes?: number
}

/** Arguments of calls to come, at the same indices as the numbers of their entries. */
export interface Visits {
  readonly entries: readonly number[] | Uint32Array
  readonly places: readonly unknown[]
  readonly slots: readonly unknown[]
}

export function placesIn(state: State, { size, accounts = accountsOf(size) }: Load) {
  return Array.from({ length: accounts }, (_, account) => state.place(addressOf(account)))
}

export function visitsTo(state: State, load: Load, entries: Visits['entries']): Visits {
  const places = placesIn(state, load)
  return {
    entries,
    places: Array.from(entries, (entry) => places[entry % places.length]),
    slots: Array.from(entries, (entry) => state.slot(slotOf(load.keys, entry))),
  }
}

export async function fill(state: State, load: Load): Promise<readonly unknown[]> {
  const places = placesIn(state, load)
  for (const place of places) await state.create(place)
  for (let entry = 0; entry < load.size; entry++) {
    const slot = state.slot(slotOf(load.keys, entry))
    const value = state.value(entryValue(entry, load.valueBytes))
    const written = state.write(places[entry % places.length], slot, value)
    if (written instanceof Promise) await written
  }
  return places
}

export async function requireValues(
  name: string,
  state: State,
  { entries, places, slots }: Visits,
  expectedOf: (entry: number) => Uint8Array | undefined = (entry) => entryValue(entry),
): Promise<void> {
  for (const [at, entry] of entries.entries()) {
    const found = digitsOf(await state.read(places[at], slots[at]))
    const expected = digitsOf(expectedOf(entry))
    if (found !== expected) throw new Error(`${name}: slot ${entry} is ${found}, not ${expected}`)
  }
}

/** Digits of a value in any form, without zeros before them. */
function digitsOf(value: unknown): string {
  const isText = typeof value === 'string'
  const bytes = Buffer.from(value instanceof Uint8Array ? value : [])
  return (isText ? value.slice(2) : bytes.toString('hex')).replace(/^0+/, '')
}
