/** Writes of slots: how fast they are by API, size, and keys, within a checkpoint and without. */

import { WRITES_IN_SCOPE } from '../kit/floors.ts'
import type { Group, Job, ResultRow, Row, Target } from '../kit/group.ts'
import type { Keys } from '../kit/keys.ts'
import { WASM } from '../kit/names.ts'
import type { SubjectJob } from '../kit/one-process.ts'
import { oneProcessEach } from '../kit/one-process.ts'
import type { SlotApiMaker } from '../kit/slot-apis.ts'
import {
  fastPeers,
  ownApis,
  slowPeers,
  WRITE_BYTES,
  WRITE_HEX,
  WRITE_INTERFACE,
} from '../kit/slot-apis.ts'
import type { Load } from '../kit/visits.ts'
import { openFilled, visitsTo } from '../kit/visits.ts'
import type { Scope } from '../kit/write-loops.ts'
import { measureWrites } from '../kit/write-loops.ts'

interface Effort {
  /** Writes in a round. */
  readonly writes: number
  readonly rounds: number
}

const SIZES = [1_000, 100_000]
/** For forkstate and the maps alone; it takes the others minutes to hold so much. */
const LARGE_SIZES = [1_000_000, 4_000_000]
/** The size for other keys than uniform ones, and of the target. */
const MIDDLE = 100_000
/** For peers that take a third of a millisecond to write a slot. */
const SLOW_SIZES = [1_000, 10_000]
const OTHER_KEYS: readonly Keys[] = ['Zipf', 'small integers', 'hash-DoS']
const INSIDE: Scope = 'in a checkpoint'
const OUTSIDE: Scope = 'no checkpoint'
const FRESH: Scope = 'fresh slots in a checkpoint'
const TARGET_RATIO = 5

const isWriter = ({ writes }: SlotApiMaker): boolean => writes !== undefined
const isInterface = ({ writes }: SlotApiMaker): boolean => writes === WRITE_INTERFACE
/** Plain maps have no checkpoints. */
const hasScopes = ({ subject }: SlotApiMaker): boolean => !/\bMap$/.test(subject)

const target: Target = {
  work: '`setStorage` inside a checkpoint, 100k',
  target: `>= ${TARGET_RATIO} x faster than any peer above a plain Map`,
  floor: WRITES_IN_SCOPE,
  judge(rows) {
    const inside = rows.filter(
      ({ workload, size, keys }) =>
        workload.endsWith(INSIDE) && size === MIDDLE && keys === 'uniform',
    )
    const own = inside.find(
      ({ workload, subject }) => workload.startsWith(WRITE_BYTES) && subject === WASM,
    )
    const others = inside.filter(({ subject }) => !subject.startsWith('forkstate'))
    const best = others.reduce<ResultRow | undefined>(
      (fastest, row) => (fastest !== undefined && fastest.median <= row.median ? fastest : row),
      undefined,
    )
    if (own === undefined || best === undefined) return undefined
    const ratio = best.median / own.median
    return {
      measured: `${own.median.toFixed(0)} ns; x${ratio.toFixed(2)} ${best.subject}`,
      isMet: ratio >= TARGET_RATIO,
    }
  },
}

export const warmWrites: Group = {
  name: 'warm-writes',
  title: 'Writes of slots',
  about:
    'Entries and keys as for warm reads; every round writes other values of 12 bytes. Within a ' +
    'checkpoint each round has one of its own, reverted at its end; neither is in the times, which ' +
    'spares the Simple manager that copies all it holds. The Merkle manager is left out above ' +
    '10,000 slots.',
  runtimes: ['Node'],
  targets: [target],
  jobs: ({ isQuick }) => (isQuick ? oneProcessEach(quickJobs()) : fullJobs()),
}

function quickJobs(): readonly SubjectJob[] {
  const effort = { writes: 256, rounds: 2 }
  return [...ownApis, ...fastPeers, ...slowPeers]
    .filter(isWriter)
    .map((maker) =>
      jobOf(maker, hasScopes(maker) ? INSIDE : OUTSIDE, { size: 256, keys: 'hash-DoS' }, effort),
    )
}

function fullJobs(): readonly Job[] {
  const job = (scope: Scope, size: number, keys: Keys) => (maker: SlotApiMaker) =>
    jobOf(maker, scope, { size, keys }, { writes: size < MIDDLE ? 2 ** 14 : 2 ** 16, rounds: 7 })
  const slow = { writes: 2 ** 10, rounds: 5 }
  const makers = [...ownApis, ...fastPeers].filter(isWriter)
  const own = ownApis.filter(isWriter)
  return [
    ...SIZES.flatMap((size) => makers.map(job(OUTSIDE, size, 'uniform'))),
    ...LARGE_SIZES.flatMap((size) =>
      makers.filter(({ writes }) => writes === WRITE_BYTES).map(job(OUTSIDE, size, 'uniform')),
    ),
    ...SIZES.flatMap((size) => makers.filter(hasScopes).map(job(INSIDE, size, 'uniform'))),
    ...makers.filter(hasScopes).map(job(FRESH, MIDDLE, 'uniform')),
    ...OTHER_KEYS.flatMap((keys) =>
      own.filter(({ writes }) => writes !== WRITE_HEX).map(job(INSIDE, MIDDLE, keys)),
    ),
    ...slowPeers.flatMap((maker) =>
      SLOW_SIZES.flatMap((size) =>
        [OUTSIDE, INSIDE].map((scope) => jobOf(maker, scope, { size, keys: 'uniform' }, slow)),
      ),
    ),
  ]
}

function jobOf(
  maker: SlotApiMaker,
  scope: Scope,
  { size, keys }: Pick<Load, 'size' | 'keys'>,
  { writes, rounds }: Effort,
): SubjectJob {
  const { subject, note } = maker
  const workload = `${maker.writes}, ${scope}`
  return {
    subject,
    name: `${workload}, ${subject}, ${size} ${keys}`,
    async run(): Promise<readonly Row[]> {
      const filled = await openFilled(maker, { size, keys, visits: writes })
      const { api } = filled
      const fresh = () =>
        visitsTo(
          api,
          { size, keys },
          Uint32Array.from({ length: writes }, (_, at) => size + at),
        )
      const visits = scope === FRESH ? fresh() : filled.visits
      const isAwaited = isInterface(maker)
      const took = await measureWrites(api, visits, { subject, scope, rounds, isAwaited })
      const row = { workload, subject, size, keys, unit: 'ns', ...took } as const
      return [note === undefined ? row : { ...row, note }]
    },
  }
}
