/** What a slot and an account take: how much a fresh process grows that fills one state. */

import type { Filler, Filling } from '../kit/fillers.ts'
import { fillers, SLOT } from '../kit/fillers.ts'
import type { Group, Target } from '../kit/group.ts'
import { entryValue } from '../kit/keys.ts'
import { WASM } from '../kit/names.ts'
import type { SubjectJob } from '../kit/one-process.ts'
import { oneProcessEach } from '../kit/one-process.ts'

const SIZES = [100_000, 1_000_000]
/** For peers that take a minute to fill more. */
const SLOW_SIZES = [100_000]
const QUICK_SIZE = 1_000
const TARGET_SIZE = 1_000_000
const MOST_BYTES = 120
/**
 * Entries of another state, filled before and kept, so that code is compiled then. Then as much
 * garbage is made as filling makes, so that the heap has grown for it.
 */
const WARM_UP = 20_000
const SETTLE_MS = 300
const QUICK_SETTLE_MS = 5

const target: Target = {
  work: 'bytes a slot at 1M, whole process',
  target: `<= ${MOST_BYTES}`,
  judge(rows) {
    const own = rows.find(
      ({ workload, subject, size }) =>
        workload === SLOT && subject === WASM && size === TARGET_SIZE,
    )
    if (own === undefined) return undefined
    return { measured: `${own.median.toFixed(1)} bytes`, isMet: own.median <= MOST_BYTES }
  },
}

export const memory: Group = {
  name: 'memory',
  title: 'Memory',
  about:
    'By how much the resident memory of a fresh process grows when it fills one state, divided by ' +
    'the entries; garbage is collected before and after. Slots as for warm reads, a thousand an ' +
    'account, with values of 12 bytes. Simple and tevm hold 100,000 only, which takes them long.',
  runtimes: ['Node'],
  targets: [target],
  jobs({ isQuick }) {
    if (isQuick)
      return oneProcessEach(fillers.map((filler) => jobOf(filler, QUICK_SIZE, QUICK_SETTLE_MS)))
    return fillers.flatMap((filler) =>
      (filler.isSlow ? SLOW_SIZES : SIZES).map((size) => jobOf(filler, size, SETTLE_MS)),
    )
  },
}

function jobOf({ workload, subject, open }: Filler, size: number, settleMs: number): SubjectJob {
  return {
    subject,
    name: `${workload}, ${subject}, ${size}`,
    async run() {
      const other = await filled(open, Math.min(WARM_UP, size))
      let made = 0
      for (let entry = 0; entry < size; entry++) made += entryValue(entry).length
      if (made === 0) throw new Error('nothing was made')
      const filling = await open(size)
      const before = await residentBytes(settleMs)
      await fill(filling, size)
      const bytes = ((await residentBytes(settleMs)) - before) / size
      for (const each of [filling, other]) await each.check()
      return [{ workload, subject, size, unit: 'B', median: bytes, least: bytes, most: bytes }]
    },
  }
}

async function filled(open: Filler['open'], size: number): Promise<Filling> {
  const filling = await open(size)
  await fill(filling, size)
  return filling
}

async function fill({ add }: Filling, size: number): Promise<void> {
  for (let entry = 0; entry < size; entry++) {
    const work = add(entry)
    if (work instanceof Promise) await work
  }
}

/** Resident memory once the collector has given back what it can. */
async function residentBytes(settleMs: number): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, settleMs))
  }
  return process.memoryUsage().rss
}
