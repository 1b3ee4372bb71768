/** Writes of slots: how fast they are by API, size, and keys, within a checkpoint and without. */

import { type Group, rowOf, type Target } from '../kit/group.ts'
import { type ContenderJob, oneProcessEach } from '../kit/jobs.ts'
import { entryValue, type Keys } from '../kit/keys.ts'
import { elapsedOf, type Measurement, samplesInTurn, summaryOf } from '../kit/measure.ts'
import type { SlotApi } from '../kit/slots.ts'
import {
  fastPeers,
  openFilled,
  ownApis,
  slowPeers,
  WRITE_BYTES,
  WRITE_HEX,
  WRITE_INTERFACE,
} from '../kit/slots.ts'
import { type Load, requireValues, type State, type Visits, visitsTo } from '../kit/state.ts'
import { medianOf, OWN, rowsLike } from '../kit/targets.ts'

/**
 * Where the writes go: to slots that hold values, with no checkpoint open; to such slots, within a
 * checkpoint; or to slots that hold none, within a checkpoint.
 */
type Scope = 'no checkpoint' | 'in a checkpoint' | 'fresh slots in a checkpoint'

const SIZES = [1_000, 100_000]
/** For forkstate and the maps alone; it takes the others minutes to hold so much. */
const LARGE_SIZES = [1_000_000, 4_000_000]
/** The size for other keys than uniform ones, and of the target. */
const MIDDLE = 100_000
const SLOW_SIZES = [1_000, 10_000]
const OTHER_KEYS: readonly Keys[] = ['Zipf', 'small integers', 'hash-DoS']
const INSIDE: Scope = 'in a checkpoint'
const OUTSIDE: Scope = 'no checkpoint'
const FRESH: Scope = 'fresh slots in a checkpoint'
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
    const [best] = inside
      .filter(({ subject }) => !subject.startsWith('forkstate'))
      .sort((left, right) => left.median - right.median)
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
  const job = (scope: Scope, size: number, keys: Keys) => (api: SlotApi) =>
    jobOf(api, scope, { size, keys }, { writes: size < MIDDLE ? 2 ** 14 : 2 ** 16, rounds: 7 })
  const slow = { writes: 2 ** 10, rounds: 5 }
  const apis = [...ownApis, ...fastPeers].filter(isWriter)
  const own = ownApis.filter(isWriter)
  return [
    ...SIZES.flatMap((size) => apis.map(job(OUTSIDE, size, 'uniform'))),
    ...LARGE_SIZES.flatMap((size) =>
      apis.filter(({ writes }) => writes === WRITE_BYTES).map(job(OUTSIDE, size, 'uniform')),
    ),
    ...SIZES.flatMap((size) => apis.filter(hasScopes).map(job(INSIDE, size, 'uniform'))),
    ...apis.filter(hasScopes).map(job(FRESH, MIDDLE, 'uniform')),
    ...OTHER_KEYS.flatMap((keys) =>
      own.filter(({ writes }) => writes !== WRITE_HEX).map(job(INSIDE, MIDDLE, keys)),
    ),
    ...slowPeers.flatMap((api) =>
      SLOW_SIZES.flatMap((size) =>
        [OUTSIDE, INSIDE].map((scope) => jobOf(api, scope, { size, keys: 'uniform' }, slow)),
      ),
    ),
  ]
}

interface Effort {
  /** Writes in a round. */
  readonly writes: number
  readonly rounds: number
}

function jobOf(api: SlotApi, scope: Scope, load: Load, { writes, rounds }: Effort): ContenderJob {
  const { name: contender } = api
  const { size, keys } = load
  const workload = `${api.writes}, ${scope}`
  return {
    contender,
    name: `${workload}, ${contender}, ${size} ${keys}`,
    async run() {
      const { state, visits: known } = await openFilled(api, load, writes)
      const fresh = Array.from({ length: writes }, (_, at) => size + at)
      const visits = scope === FRESH ? visitsTo(state, load, fresh) : known
      const took = await measure(api, state, visits, { scope, rounds })
      return [rowOf(api, workload, took, { size, keys })]
    },
  }
}

/**
 * What one write of a visit takes, in nanoseconds: in each round all visits are written. Rounds
 * within a checkpoint are reverted, which, as the checkpoint itself, is not timed.
 *
 * @throws Error if what was written does not read so, or what was reverted is not as before.
 */
async function measure(
  { name, writes }: SlotApi,
  state: State,
  visits: Visits,
  { scope, rounds }: { readonly scope: Scope; readonly rounds: number },
): Promise<Measurement> {
  const otherOf = (entry: number): Uint8Array => entryValue(entry + OTHER)
  const values = Array.from(visits.entries, (entry) => state.value(otherOf(entry)))
  const { places, slots } = visits
  const atOnce = (): void => {
    for (let at = 0; at < values.length; at++) void state.write(places[at], slots[at], values[at])
  }
  const awaited = async (): Promise<void> => {
    for (let at = 0; at < values.length; at++) await state.write(places[at], slots[at], values[at])
  }
  const writeAll = writes === WRITE_INTERFACE ? awaited : atOnce
  const sample = async (round: number): Promise<number> => {
    if (scope !== OUTSIDE) await state.checkpoint()
    const elapsed = await elapsedOf(writeAll)
    if (round === 0) await requireValues(name, state, visits, otherOf)
    if (scope !== OUTSIDE) await state.revert()
    return elapsed / values.length
  }
  const [samples = []] = await samplesInTurn([sample], rounds)
  if (scope === INSIDE) await requireValues(name, state, visits)
  return summaryOf(samples)
}
