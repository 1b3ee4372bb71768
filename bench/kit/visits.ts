/**
 * Fills states with entries, and prepares visits to them: addresses and slots in the form that an
 * API takes, made before anything is timed.
 */

import { toBytes } from '../../src/encoding/hex.ts'
import type { Hex } from '../../src/index.ts'
import type { Keys } from './keys.ts'
import { addressesOf, entryValue, slotOf, visitsOf } from './keys.ts'
import type { SlotApi, SlotApiMaker } from './slot-apis.ts'

export interface Load {
  /** Slots in the state. */
  readonly size: number
  readonly keys: Keys
  /** Visits prepared, a power of two; they are repeated. */
  readonly visits: number
}

/** Arguments of the calls to come, at the same indices. */
export interface Visits {
  readonly entries: Uint32Array
  readonly places: readonly unknown[]
  readonly slots: readonly unknown[]
}

/** A state with all entries of a load, every visit of which was checked. */
export async function openFilled(
  maker: SlotApiMaker,
  load: Load,
): Promise<{ readonly api: SlotApi; readonly visits: Visits }> {
  const { size, keys } = load
  const addresses = addressesOf(size)
  const api = await maker.open(addresses)
  const places = addresses.map((address) => api.place(address))
  for (let entry = 0; entry < size; entry++) {
    const place = places[entry % places.length]
    const work = api.write(place, api.slot(slotOf(keys, entry)), api.value(entryValue(entry)))
    if (work instanceof Promise) await work
  }
  const entries = visitsOf(keys, size, load.visits)
  const visits = visitsTo(api, { size, keys }, entries)
  await requireValues(maker.subject, api, visits, entryValue)
  globalThis.gc?.()
  return { api, visits }
}

/** Visits to these entries, which need not be there, of a state of some size. */
export function visitsTo(
  api: SlotApi,
  { size, keys }: Pick<Load, 'size' | 'keys'>,
  entries: Uint32Array,
): Visits {
  const places = addressesOf(size).map((address) => api.place(address))
  return {
    entries,
    places: Array.from(entries, (entry) => places[entry % places.length]),
    slots: Array.from(entries, (entry) => api.slot(slotOf(keys, entry))),
  }
}

/** @throws Error if a visit reads anything else than the value of its entry. */
export async function requireValues(
  subject: string,
  api: SlotApi,
  { entries, places, slots }: Visits,
  expectedOf: (entry: number) => Uint8Array,
): Promise<void> {
  for (const [at, entry] of entries.entries()) {
    const found = await api.read(places[at], slots[at])
    if (isValue(found, expectedOf(entry))) continue
    throw new Error(`${subject}: slot ${entry} is ${found}`)
  }
}

/** Whether a value in any form is this one, zeros before it aside. */
function isValue(found: unknown, expected: Uint8Array): boolean {
  const bytes = typeof found === 'string' ? toBytes(found as Hex, 'a value') : found
  if (!(bytes instanceof Uint8Array)) return false
  const zeros = bytes.length - expected.length
  return zeros >= 0 && bytes.every((byte, at) => byte === (expected[at - zeros] ?? 0))
}
