/**
 * `npm run bench`: prints what checkpoints cost at growing numbers of dirty slots, for both builds
 * of the core and a plain map in the same run. `-- --quick` does little work; the tests run it.
 */

import { cpus } from 'node:os'
import type { CheckpointResult } from './checkpoints.ts'
import { benchCheckpoints } from './checkpoints.ts'
import type { Measurement } from './measure.ts'
import { subjects } from './subjects.ts'

const quick = process.argv.includes('--quick')
const sizes = quick ? [100, 1_000] : [1_000, 10_000, 100_000, 1_000_000]
const rounds = quick ? 2 : 9
const calls = quick ? 50 : 5_000

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}`)
console.log(
  'checkpoint + 10 writes of fresh slots + revert, and + commit; median (fastest..slowest)',
)

for (const make of await subjects()) {
  const results = sizes.map((dirtySlots) => benchCheckpoints(make, { dirtySlots, calls, rounds }))
  print(results)
}

function print(results: readonly CheckpointResult[]): void {
  const [first] = results
  if (first === undefined) return
  console.log(`\n${first.subject}`)
  for (const result of results) {
    const growth = result.revert.medianNs / first.revert.medianNs
    console.log(
      [
        `${result.dirtySlots.toLocaleString('en')} dirty slots`.padStart(22),
        `revert ${shown(result.revert)}`,
        `commit ${shown(result.commit)}`,
        `revert x${growth.toFixed(2)} of ${first.dirtySlots.toLocaleString('en')}`,
      ].join('  '),
    )
  }
}

function shown({ medianNs, fastestNs, slowestNs }: Measurement): string {
  const us = (ns: number) => (ns / 1000).toFixed(2)
  return `${us(medianNs).padStart(6)} us (${us(fastestNs)}..${us(slowestNs)})`
}
