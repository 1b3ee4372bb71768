/** Reads of slots that are known: how fast they are by API, size, and keys. */

import { type Group, rowOf, type Target } from '../kit/group.ts'
import { type ContenderJob, oneProcessEach } from '../kit/jobs.ts'
import type { Keys } from '../kit/keys.ts'
import { RPC, SIMPLE, TEVM } from '../kit/names.ts'
import type { SlotApi } from '../kit/slots.ts'
import {
  AWAIT_HEX,
  AWAIT_INTERFACE,
  fastPeers,
  measureReads,
  openFilled,
  ownApis,
  READ_BYTES,
  slowPeers,
} from '../kit/slots.ts'
import { medianOf, OWN } from '../kit/targets.ts'

const SIZES = [1_000, 100_000]
const LARGE = 1_000_000
const MOST = 4_000_000
const SLOW_SIZES = [1_000, 10_000]
/** The size for other keys than uniform ones, and of the target. */
const MIDDLE = 100_000
const OTHER_KEYS: readonly Keys[] = ['Zipf', 'small integers', 'hash-DoS']
const TARGET_RATIO = 4

const isAtOnce = ({ reads }: SlotApi): boolean => reads === READ_BYTES
/** It takes the others minutes to hold so much. */
const isLarge = ({ name }: SlotApi): boolean => name !== RPC && name !== TEVM
const isInterface = ({ reads }: SlotApi): boolean => reads === AWAIT_INTERFACE

const target: Target = {
  work: '`getStorage` hex API awaited, warm, 100k random',
  target: `>= ${TARGET_RATIO} x faster than EthereumJS Simple and RPC managers`,
  hasFloor: true,
  evaluate(rows) {
    const at = { keys: 'uniform', size: MIDDLE }
    const own = medianOf(rows, { ...at, ...OWN, workload: AWAIT_HEX })
    const ratios = [SIMPLE, RPC].map((subject) => {
      return medianOf(rows, { ...at, subject, workload: AWAIT_INTERFACE }) / own
    })
    const [ofSimple, ofRpc] = ratios.map((ratio) => `x${ratio.toFixed(2)}`)
    return {
      measured: `${own.toFixed(0)} ns; ${ofSimple} Simple, ${ofRpc} RPC`,
      isMet: ratios.every((ratio) => ratio >= TARGET_RATIO),
    }
  },
}

export const group: Group = {
  title: 'Warm reads of slots',
  runtimes: ['Node'],
  charts: [
    {
      name: 'warm-reads',
      title: 'Slot read by slots held; uniform keys',
      shows: ({ workload, keys }) =>
        keys === 'uniform' && (workload === READ_BYTES || workload === AWAIT_INTERFACE),
      label: ({ subject, workload }) =>
        workload === READ_BYTES ? `${subject}, at once` : `${subject}, EthereumJS interface`,
    },
  ],
  targets: [target],
  jobs: ({ isQuick }) => (isQuick ? oneProcessEach(quickJobs()) : fullJobs()),
}

function quickJobs(): readonly ContenderJob[] {
  const effort = { visits: 256, calls: 256, rounds: 2 }
  return [...ownApis, ...fastPeers, ...slowPeers].map((api) =>
    jobOf(api, 256, isInterface(api) ? 'uniform' : 'hash-DoS', effort),
  )
}

function fullJobs(): readonly ContenderJob[] {
  const job = (size: number, keys: Keys) => (api: SlotApi) => {
    const visits = size < MIDDLE ? 2 ** 14 : 2 ** 17
    return jobOf(api, size, keys, { visits, calls: 2 ** 16, rounds: 7 })
  }
  const apis = [...ownApis, ...fastPeers]
  return [
    ...SIZES.flatMap((size) => apis.map(job(size, 'uniform'))),
    ...apis.filter(isLarge).map(job(LARGE, 'uniform')),
    ...apis.filter(isAtOnce).map(job(MOST, 'uniform')),
    ...ownApis.filter(isInterface).map(job(MOST, 'uniform')),
    ...SLOW_SIZES.flatMap((size) => slowPeers.map(job(size, 'uniform'))),
    ...OTHER_KEYS.flatMap((keys) =>
      apis.filter((api) => isAtOnce(api) || isInterface(api)).map(job(MIDDLE, keys)),
    ),
  ]
}

interface Effort {
  readonly visits: number
  readonly calls: number
  readonly rounds: number
}

function jobOf(api: SlotApi, size: number, keys: Keys, effort: Effort): ContenderJob {
  const { name: contender, reads } = api
  return {
    contender,
    name: `${reads}, ${contender}, ${size} ${keys}`,
    async run() {
      const { state, visits } = await openFilled(api, { size, keys }, effort.visits)
      const took = await measureReads(api, state, visits, effort)
      return [rowOf(api, reads, took, { size, keys })]
    },
  }
}
