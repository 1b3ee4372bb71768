/** Writes of slots: how fast they are by API, size, and keys, within a checkpoint and without. */

import type { Group, Target } from '../kit/group.ts'
import { type ContenderJob, jobOfRow, oneProcessEach } from '../kit/jobs.ts'
import { entryValue } from '../kit/keys.ts'
import { elapsedOf, type Measurement, samplesInTurn, summaryOf } from '../kit/measure.ts'
import type { SlotApi } from '../kit/slots.ts'
import {
  fastPeers,
  jobsOfLoads,
  MIDDLE,
  OTHER_KEYS,
  openFilled,
  ownApis,
  SIZES,
  SLOW_SIZES,
  slowPeers,
  WRITE_BYTES,
  WRITE_HEX,
  WRITE_INTERFACE,
} from '../kit/slots.ts'
import { type Load, requireValues, visitsTo } from '../kit/state.ts'
import { medianOf, OWN, rowsLike } from '../kit/targets.ts'

const OUTSIDE = 'no checkpoint'
const INSIDE = 'in a checkpoint'
const FRESH = 'fresh slots in a checkpoint'
type Scope = typeof OUTSIDE | typeof INSIDE | typeof FRESH

/** It takes packages minutes to hold so much. */
const LARGE_SIZES = [1_000_000, 4_000_000]
const TARGET_RATIO = 5
/** Added to the number of an entry to get its other value. */
const OTHER = 0x4000_0000

const isWriter = ({ writes }: SlotApi): boolean => writes !== undefined
/** Plain maps have no checkpoints. */
const hasScopes = ({ name }: SlotApi): boolean => !/\bMap$/.test(name)

const target: Target = {
  work: '`setStorage` inside a checkpoint, 100k',
  target: `>= ${TARGET_RATIO} x faster than any peer above a plain Map`,
  hasFloor: true,
  evaluate(rows) {
    const inside = rowsLike(rows, { size: MIDDLE, keys: 'uniform' }).filter(({ workload }) =>
      workload.endsWith(INSIDE),
    )
    const own = medianOf(inside, { ...OWN, workload: `${WRITE_BYTES}, ${INSIDE}` })
    const peers = inside.filter(({ subject }) => !subject.startsWith('forkstate'))
    const [best] = peers.sort((left, right) => left.median - right.median)
    const ratio = (best?.median ?? Number.NaN) / own
    return {
      measured: `${own.toFixed(0)} ns; x${ratio.toFixed(2)} ${best?.subject}`,
      isMet: ratio >= TARGET_RATIO,
    }
  },
}

export const group: Group = {
  title: 'Writes of slots',
  runtimes: ['Node'],
  targets: [target],
  jobs: ({ isQuick }) => (isQuick ? oneProcessEach(quickJobs()) : fullJobs()),
}

function quickJobs(): readonly ContenderJob[] {
  const effort = { writes: 256, rounds: 2 }
  return [...ownApis, ...fastPeers, ...slowPeers]
    .filter(isWriter)
    .map((api) =>
      jobOf(api, hasScopes(api) ? INSIDE : OUTSIDE, { size: 256, keys: 'hash-DoS' }, effort),
    )
}

function fullJobs(): readonly ContenderJob[] {
  const into = (scope: Scope) => (api: SlotApi, load: Load) =>
    jobOf(api, scope, load, { writes: load.size < MIDDLE ? 2 ** 14 : 2 ** 16, rounds: 7 })
  const apis = [...ownApis, ...fastPeers].filter(isWriter)
  const inBytes = apis.filter(({ writes }) => writes === WRITE_BYTES)
  const scoped = apis.filter(hasScopes)
  const own = ownApis.filter((api) => isWriter(api) && api.writes !== WRITE_HEX)
  return [
    ...jobsOfLoads(apis, SIZES, into(OUTSIDE)),
    ...jobsOfLoads(inBytes, LARGE_SIZES, into(OUTSIDE)),
    ...jobsOfLoads(scoped, SIZES, into(INSIDE)),
    ...jobsOfLoads(scoped, [MIDDLE], into(FRESH)),
    ...jobsOfLoads(own, [MIDDLE], into(INSIDE), OTHER_KEYS),
    ...SLOW_SIZES.flatMap((size) =>
      [OUTSIDE, INSIDE].flatMap((scope) =>
        jobsOfLoads(slowPeers, [size], (api, load) =>
          jobOf(api, scope as Scope, load, { writes: 2 ** 10, rounds: 5 }),
        ),
      ),
    ),
  ]
}

interface Effort {
  readonly writes: number
  readonly rounds: number
}

function jobOf(api: SlotApi, scope: Scope, load: Load, effort: Effort): ContenderJob {
  const workload = `${api.writes}, ${scope}`
  return jobOfRow(api, workload, `${load.size} ${load.keys}`, load, () =>
    measure(api, scope, load, effort),
  )
}

/** Nanoseconds a write. Rounds in a checkpoint are reverted; neither of these is timed. */
async function measure(
  api: SlotApi,
  scope: Scope,
  load: Load,
  { writes, rounds }: Effort,
): Promise<Measurement> {
  const { state, visits: known } = await openFilled(api, load, writes)
  const fresh = Array.from({ length: writes }, (_, at) => load.size + at)
  const visits = scope === FRESH ? visitsTo(state, load, fresh) : known
  const otherOf = (entry: number): Uint8Array => entryValue(entry + OTHER)
  const values = Array.from(visits.entries, (entry) => state.value(otherOf(entry)))
  const { places, slots } = visits
  const atOnce = (): void => {
    for (let at = 0; at < values.length; at++) void state.write(places[at], slots[at], values[at])
  }
  const awaited = async (): Promise<void> => {
    for (let at = 0; at < values.length; at++) await state.write(places[at], slots[at], values[at])
  }
  const writeAll = api.writes === WRITE_INTERFACE ? awaited : atOnce
  const sample = async (round: number): Promise<number> => {
    if (scope !== OUTSIDE) await state.checkpoint()
    const elapsed = await elapsedOf(writeAll)
    if (round === 0) await requireValues(api.name, state, visits, otherOf)
    if (scope !== OUTSIDE) await state.revert()
    return elapsed / values.length
  }
  const [samples = []] = await samplesInTurn([sample], rounds)
  if (scope === INSIDE) await requireValues(api.name, state, visits)
  return summaryOf(samples)
}
