/** Reads of slots that are known: how fast they are by API, size, and keys. */

import { AWAITED_HEX } from '../kit/floors.ts'
import type { Chart, Group, Job, ResultRow, Row, Target } from '../kit/group.ts'
import type { Keys } from '../kit/keys.ts'
import { RPC, SIMPLE, TEVM, WASM } from '../kit/names.ts'
import type { SubjectJob } from '../kit/one-process.ts'
import { oneProcessEach } from '../kit/one-process.ts'
import { measureReads } from '../kit/read-loops.ts'
import type { SlotApiMaker } from '../kit/slot-apis.ts'
import {
  AWAIT_HEX,
  AWAIT_INTERFACE,
  fastPeers,
  ownApis,
  READ_BYTES,
  slowPeers,
} from '../kit/slot-apis.ts'
import type { Load } from '../kit/visits.ts'
import { openFilled } from '../kit/visits.ts'

interface Effort {
  readonly visits: number
  readonly calls: number
  readonly rounds: number
}

const SIZES = [1_000, 100_000]
const LARGE = 1_000_000
const MOST = 4_000_000
/** For peers that take a third of a millisecond to write a slot. */
const SLOW_SIZES = [1_000, 10_000]
/** The size for other keys than uniform ones, and of the target. */
const MIDDLE = 100_000
const OTHER_KEYS: readonly Keys[] = ['Zipf', 'small integers', 'hash-DoS']
const TARGET_RATIO = 4

const isAtOnce = ({ reads }: SlotApiMaker): boolean => reads === READ_BYTES
/** It takes the others minutes to hold so much. */
const isLarge = ({ subject }: SlotApiMaker): boolean => subject !== RPC && subject !== TEVM
const isInterface = ({ reads }: SlotApiMaker): boolean => reads === AWAIT_INTERFACE

const chart: Chart = {
  name: 'warm-reads',
  title: 'Slot read by slots held; uniform keys',
  shows: ({ workload, keys }) =>
    keys === 'uniform' && (workload === READ_BYTES || workload === AWAIT_INTERFACE),
  label: ({ subject, workload }) =>
    workload === READ_BYTES ? `${subject}, at once` : `${subject}, EthereumJS interface`,
}

const target: Target = {
  work: '`getStorage` hex API awaited, warm, 100k random',
  target: `>= ${TARGET_RATIO} x faster than EthereumJS Simple and RPC managers`,
  floor: AWAITED_HEX,
  judge(rows) {
    const at = (workload: string, subject: string): ResultRow | undefined =>
      rows.find(
        (row) =>
          row.workload === workload &&
          row.subject === subject &&
          row.keys === 'uniform' &&
          row.size === MIDDLE,
      )
    const own = at(AWAIT_HEX, WASM)
    const simple = at(AWAIT_INTERFACE, SIMPLE)
    const rpc = at(AWAIT_INTERFACE, RPC)
    if (own === undefined || simple === undefined || rpc === undefined) return undefined
    const ratios = [simple, rpc].map(({ median }) => median / own.median)
    const [ofSimple, ofRpc] = ratios.map((ratio) => `x${ratio.toFixed(2)}`)
    return {
      measured: `${own.median.toFixed(0)} ns; ${ofSimple} Simple, ${ofRpc} RPC`,
      isMet: ratios.every((ratio) => ratio >= TARGET_RATIO),
    }
  },
}

export const warmReads: Group = {
  name: 'warm-reads',
  title: 'Warm reads of slots',
  about:
    'Slots of accounts with a thousand each, values of 12 bytes, visited in a prepared random ' +
    'order. Addresses and slots are made before in the form that an API takes: hex text, bytes, ' +
    'or `Address`. Keys: `uniform`, 256 random bits, visited alike; `Zipf`, the same, visited by ' +
    'Zipf’s law with exponent 1; `small integers`, 0, 1, 2, ...; `hash-DoS`, eight zero bytes, 64 ' +
    'random bits, their complement, eight zero bytes, so that all have the same first and last 8 ' +
    'bytes and the same sum and XOR of their bytes, 32-bit words and 64-bit words. The Merkle ' +
    'manager is left out above 10,000 slots, which take it seconds to write.',
  runtimes: ['Node'],
  charts: [chart],
  targets: [target],
  jobs: ({ isQuick }) => (isQuick ? oneProcessEach(quickJobs()) : fullJobs()),
}

function quickJobs(): readonly SubjectJob[] {
  const effort = { visits: 256, calls: 256, rounds: 2 }
  return [...ownApis, ...fastPeers, ...slowPeers].map((maker) =>
    jobOf(maker, { size: 256, keys: isInterface(maker) ? 'uniform' : 'hash-DoS' }, effort),
  )
}

function fullJobs(): readonly Job[] {
  const effort = { visits: 2 ** 17, calls: 2 ** 16, rounds: 7 }
  const few = { visits: 2 ** 14, calls: 2 ** 16, rounds: 7 }
  const job = (size: number, keys: Keys) => (maker: SlotApiMaker) =>
    jobOf(maker, { size, keys }, size < MIDDLE ? few : effort)
  const makers = [...ownApis, ...fastPeers]
  return [
    ...SIZES.flatMap((size) => makers.map(job(size, 'uniform'))),
    ...makers.filter(isLarge).map(job(LARGE, 'uniform')),
    ...makers.filter(isAtOnce).map(job(MOST, 'uniform')),
    ...ownApis.filter(isInterface).map(job(MOST, 'uniform')),
    ...SLOW_SIZES.flatMap((size) => slowPeers.map(job(size, 'uniform'))),
    ...OTHER_KEYS.flatMap((keys) =>
      makers.filter((maker) => isAtOnce(maker) || isInterface(maker)).map(job(MIDDLE, keys)),
    ),
  ]
}

function jobOf(
  maker: SlotApiMaker,
  { size, keys }: Pick<Load, 'size' | 'keys'>,
  effort: Effort,
): SubjectJob {
  const { subject, reads, note } = maker
  return {
    subject,
    name: `${reads}, ${subject}, ${size} ${keys}`,
    async run(): Promise<readonly Row[]> {
      const { api, visits } = await openFilled(maker, { size, keys, visits: effort.visits })
      const took = await measureReads(api, visits, { ...effort, isAwaited: isAwaited(maker) })
      const row = { workload: reads ?? '', subject, size, keys, unit: 'ns', ...took } as const
      return [note === undefined ? row : { ...row, note }]
    },
  }
}

function isAwaited({ reads }: SlotApiMaker): boolean {
  return reads?.includes('awaited') ?? false
}
