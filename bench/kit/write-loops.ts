/** Writes to prepared visits, timed a scope at a time. */

import { entryValue } from './keys.ts'
import type { Measurement } from './measure.ts'
import { now, summaryOf } from './measure.ts'
import type { SlotApi } from './slot-apis.ts'
import type { Visits } from './visits.ts'
import { requireValues } from './visits.ts'

/**
 * Where the writes go: to slots that hold values, with no checkpoint open; to such slots, within a
 * checkpoint; or to slots that hold none, within a checkpoint.
 */
export type Scope = 'no checkpoint' | 'in a checkpoint' | 'fresh slots in a checkpoint'

export interface WriteOptions {
  readonly subject: string
  readonly scope: Scope
  readonly rounds: number
  readonly isAwaited: boolean
}

/** Added to the number of an entry to get its other value. */
const OTHER = 0x4000_0000

/**
 * What one write of a visit takes, in nanoseconds: in each round all visits are written. Rounds
 * within a checkpoint are reverted, which, as the checkpoint itself, is not timed.
 *
 * @throws Error if what was written does not read so, or what was reverted is not as before.
 */
export async function measureWrites(
  api: SlotApi,
  visits: Visits,
  { subject, scope, rounds, isAwaited }: WriteOptions,
): Promise<Measurement> {
  const otherOf = (entry: number): Uint8Array => entryValue(entry + OTHER)
  const values = Array.from(visits.entries, (entry) => api.value(otherOf(entry)))
  const writeAll = isAwaited ? awaitedWrites(api, visits, values) : writesOf(api, visits, values)
  const samples: number[] = []
  for (let round = 0; round <= rounds; round++) {
    if (scope !== 'no checkpoint') await api.checkpoint?.()
    const start = now('processor')
    const work: unknown = writeAll()
    if (work instanceof Promise) await work
    const elapsed = now('processor') - start
    if (round === 0) await requireValues(subject, api, visits, otherOf)
    else samples.push(elapsed / values.length)
    if (scope !== 'no checkpoint') await api.revert?.()
  }
  if (scope === 'in a checkpoint') await requireValues(subject, api, visits, entryValue)
  return summaryOf(samples)
}

function writesOf({ write }: SlotApi, { places, slots }: Visits, values: readonly unknown[]) {
  return (): void => {
    for (let at = 0; at < values.length; at++) write(places[at], slots[at], values[at])
  }
}

function awaitedWrites({ write }: SlotApi, { places, slots }: Visits, values: readonly unknown[]) {
  return async (): Promise<void> => {
    for (let at = 0; at < values.length; at++) await write(places[at], slots[at], values[at])
  }
}
