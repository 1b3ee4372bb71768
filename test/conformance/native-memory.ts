/**
 * Runs one memory load on the native build, in a process of its own, and prints the resident bytes
 * outside the heap of JavaScript after its warm-up and at its end.
 */

import { loadNative } from '../../src/native.ts'
import { memoryLoads } from './memory-loads.ts'

const WARM_UP_ROUNDS = 10
const ROUNDS = 60

const load = memoryLoads.find(({ name }) => name === process.argv[2])
if (load === undefined) throw new Error(`no memory load is called ${process.argv[2]}`)
const engine = await loadNative()

async function measure(rounds: number): Promise<number> {
  for (let round = 0; round < rounds; round++) await load?.run(engine)
  globalThis.gc?.()
  const { rss, heapTotal, external } = process.memoryUsage()
  return rss - heapTotal - external
}

const warm = await measure(WARM_UP_ROUNDS)
const end = await measure(ROUNDS)
process.stdout.write(JSON.stringify({ warm, end }))
