/**
 * What memory alone takes: a line of the cache is read and written for each of some random places,
 * one after the other, as a hash table must at least once for a key that it did not meet lately.
 */

import type { Timing } from './batches.ts'
import { elapsedOf, measureBatches } from './batches.ts'
import type { Measurement } from './measure.ts'

const LINE_BYTES = 64
const LINE_NUMBERS = LINE_BYTES / Int32Array.BYTES_PER_ELEMENT
const MOST_CALLS = 1_000

/**
 * @param lines How many lines there are, a power of two.
 * @param touches Places in each operation.
 */
export async function measureLines(
  lines: number,
  touches: number,
  timing: Timing,
): Promise<Measurement> {
  const memory = new Int32Array(lines * LINE_NUMBERS).fill(0)
  let place = 0
  const run = (calls: number) => {
    let found = 0
    for (let touch = calls * touches; touch > 0; touch--) {
      place = (Math.imul(place, 0x0019_660d) + 0x3c6e_f35f) | 0
      // What is found, always zero, is part of where to look next: no look-up overtakes another.
      const at = ((place >>> 8) + found) & (lines - 1)
      found = memory[at * LINE_NUMBERS] as number
      memory[at * LINE_NUMBERS] = found
    }
  }
  return await measureBatches((calls) => elapsedOf(() => run(calls)), {
    ...timing,
    mostCalls: MOST_CALLS,
  })
}
