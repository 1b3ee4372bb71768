/**
 * Runs one memory load on the native build, in a separate process, and prints the resident bytes
 * outside the JavaScript heap, early and late.
 *
 * The runtime allocates and frees memory at its own times, so single measurements differ by tens of
 * megabytes. The minimum of several does not: what remains at the lowest point is really in use.
 */

import { loadNative } from '../../src/native.ts'
import { memoryLoads } from './memory-loads.ts'

const WARM_UP_ROUNDS = 10
const LOOKS = 5
const ROUNDS_PER_LOOK = 12

const load = memoryLoads.find(({ name }) => name === process.argv[2])
if (load === undefined) throw new Error(`no memory load is called ${process.argv[2]}`)
const engine = await loadNative()

async function measure(rounds: number): Promise<number> {
  for (let round = 0; round < rounds; round++) await load?.run(engine)
  globalThis.gc?.()
  const { rss, heapTotal, external } = process.memoryUsage()
  return rss - heapTotal - external
}

async function leastOf(looks: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let look = 0; look < looks; look++) {
    least = Math.min(least, await measure(ROUNDS_PER_LOOK))
  }
  return least
}

await measure(WARM_UP_ROUNDS)
const warm = await leastOf(LOOKS)
const end = await leastOf(LOOKS)
process.stdout.write(JSON.stringify({ warm, end }))
