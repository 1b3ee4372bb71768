/** Loops over prepared visits, to be timed. */

import type { Measurement, MeasureOptions } from './measure.ts'
import { measureLoop } from './measure.ts'
import type { SlotApi } from './slot-apis.ts'
import type { Visits } from './visits.ts'

/**
 * What one read of a visit takes, in nanoseconds. What is read has a length, whatever it is: they
 * are summed up, so that no read can be left out. A process must time one API only, so that the
 * loop knows what it calls.
 */
export async function measureReads(
  { read }: SlotApi,
  { places, slots }: Visits,
  options: MeasureOptions & { readonly isAwaited: boolean },
): Promise<Measurement> {
  const mask = places.length - 1
  const atOnce = (calls: number, first: number): void => {
    let length = 0
    for (let at = first; at < first + calls; at++) {
      length += (read(places[at & mask], slots[at & mask]) as Uint8Array).length
    }
    requireSome(length)
  }
  const awaited = async (calls: number, first: number): Promise<void> => {
    let length = 0
    for (let at = first; at < first + calls; at++) {
      length += ((await read(places[at & mask], slots[at & mask])) as Uint8Array).length
    }
    requireSome(length)
  }
  return await measureLoop(options.isAwaited ? awaited : atOnce, options)
}

function requireSome(length: number): void {
  if (!(length > 0)) throw new Error('nothing was read')
}
