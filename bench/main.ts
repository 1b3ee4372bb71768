/**
 * `npm run bench`: prints what checkpoints cost at growing numbers of dirty slots, and how fast
 * proofs are checked and roots computed, for both builds of the core and a peer in the same run.
 * `-- --quick` does little work; the tests run it.
 */

import { cpus } from 'node:os'
import type { CheckpointResult } from './checkpoints.ts'
import { benchCheckpoints } from './checkpoints.ts'
import type { Compared, Measurement } from './measure.ts'
import { recordedCases, seededCases } from './proof-cases.ts'
import { benchProofs } from './proofs.ts'
import { benchRoots } from './roots.ts'
import { findBuilds, PEER, subjectsOf } from './subjects.ts'

const quick = process.argv.includes('--quick')
const rounds = quick ? 2 : 9
const builds = await findBuilds()

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}`)
runCheckpoints()
await runProofs()
await runRoots()

function runCheckpoints(): void {
  const sizes = quick ? [100, 1_000] : [1_000, 10_000, 100_000, 1_000_000]
  const calls = quick ? 50 : 5_000
  console.log(
    'checkpoint + 10 writes of fresh slots + revert, and + commit; median (fastest..slowest)',
  )
  for (const make of subjectsOf(builds)) {
    printCheckpoints(
      sizes.map((dirtySlots) => benchCheckpoints(make, { dirtySlots, calls, rounds })),
    )
  }
}

async function runProofs(): Promise<void> {
  const calls = quick ? 1 : 5
  const [size, proofs] = quick ? [200, 40] : [10_000, 200]
  const recorded = recordedCases()
  if (recorded === undefined) console.log('\nreal proofs left out: no ../shared/fixtures')
  const sources = [
    ['of real chains', recorded ?? []],
    [`of tries of ${counted(size)} entries`, await seededCases(size, proofs)],
  ] as const
  for (const [source, cases] of sources) {
    if (cases.length === 0) continue
    const results = await benchProofs(builds, cases, { calls, rounds })
    printCompared(`one proof check, ${cases.length} proofs ${source}, no node known`, results)
  }
}

async function runRoots(): Promise<void> {
  const [before, writes] = quick ? [200, 50] : [10_000, 1_000]
  const { many, one, rebuild } = await benchRoots(builds, { before, writes, rounds })
  printCompared(`${counted(writes)} writes + state root, ${counted(before)} written before`, many)
  printCompared(`1 write + state root, ${counted(before)} written before`, one)
  printCompared(`all ${counted(before)} written anew + state root`, rebuild, one)
}

function printCheckpoints(results: readonly CheckpointResult[]): void {
  const [first] = results
  if (first === undefined) return
  console.log(`\n${first.subject}`)
  for (const result of results) {
    const growth = result.revert.medianNs / first.revert.medianNs
    console.log(
      [
        `${counted(result.dirtySlots)} dirty slots`.padStart(22),
        `revert ${shown(result.revert)}`,
        `commit ${shown(result.commit)}`,
        `revert x${growth.toFixed(2)} of ${counted(first.dirtySlots)}`,
      ].join('  '),
    )
  }
}

/** A line each, with the ratio to the peer, and to what the same contender took for `less`. */
function printCompared(
  title: string,
  results: readonly Compared[],
  less: readonly Compared[] = [],
): void {
  console.log(`\n${title}; processor time, median (fastest..slowest)`)
  const peer = results.find(({ name }) => name === PEER)
  for (const [at, { name, took }] of results.entries()) {
    const fields = [name.padStart(25), shown(took), perSecond(took)]
    if (peer !== undefined) fields.push(`x${ratio(peer.took, took)} as fast as ${PEER}`)
    const part = less[at]
    if (part !== undefined) fields.push(`x${ratio(took, part.took)} the time of 1 write`)
    console.log(fields.join('  '))
  }
}

function ratio(over: Measurement, under: Measurement): string {
  return (over.medianNs / under.medianNs).toFixed(1)
}

function perSecond({ medianNs }: Measurement): string {
  const rate = 1e9 / medianNs
  return `${rate < 100 ? rate.toFixed(1) : counted(Math.round(rate))} a second`
}

function counted(count: number): string {
  return count.toLocaleString('en')
}

function shown({ medianNs, fastestNs, slowestNs }: Measurement): string {
  const us = (ns: number) => (ns / 1000).toFixed(2)
  return `${us(medianNs).padStart(6)} us (${us(fastestNs)}..${us(slowestNs)})`
}
