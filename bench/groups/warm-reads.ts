/** Reads of slots that are known: how fast they are by API, size, and keys. */

import type { Group, Target } from '../kit/group.ts'
import { type ContenderJob, jobOfRow, oneProcessEach } from '../kit/jobs.ts'
import type { MeasureOptions } from '../kit/measure.ts'
import { RPC, SIMPLE, TEVM } from '../kit/names.ts'
import type { SlotApi } from '../kit/slots.ts'
import {
  AWAIT_HEX,
  AWAIT_INTERFACE,
  fastPeers,
  isAtOnce,
  jobsOfLoads,
  MIDDLE,
  measureReads,
  OTHER_KEYS,
  openFilled,
  ownApis,
  READ_BYTES,
  SIZES,
  SLOW_SIZES,
  slowPeers,
} from '../kit/slots.ts'
import type { Load } from '../kit/state.ts'
import { medianOf, OWN, rowsLike } from '../kit/targets.ts'

const TARGET_RATIO = 4

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
    const peers = rowsLike(rows, { ...at, workload: AWAIT_INTERFACE })
    const ratios = [SIMPLE, RPC].map((subject) => medianOf(peers, { subject }) / own)
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
    jobOf(api, { size: 256, keys: isInterface(api) ? 'uniform' : 'hash-DoS' }, effort),
  )
}

function fullJobs(): readonly ContenderJob[] {
  const job = (api: SlotApi, load: Load) => {
    const visits = load.size < MIDDLE ? 2 ** 14 : 2 ** 17
    return jobOf(api, load, { visits, calls: 2 ** 16, rounds: 7 })
  }
  const apis = [...ownApis, ...fastPeers]
  const compared = apis.filter((api) => isAtOnce(api) || isInterface(api))
  return [
    ...jobsOfLoads(apis, SIZES, job),
    ...jobsOfLoads(apis.filter(isLarge), [1_000_000], job),
    ...jobsOfLoads(apis.filter(isAtOnce), [4_000_000], job),
    ...jobsOfLoads(ownApis.filter(isInterface), [4_000_000], job),
    ...jobsOfLoads(slowPeers, SLOW_SIZES, job),
    ...jobsOfLoads(compared, [MIDDLE], job, OTHER_KEYS),
  ]
}

type Effort = MeasureOptions & { readonly visits: number }

function jobOf(api: SlotApi, load: Load, effort: Effort): ContenderJob {
  return jobOfRow(api, api.reads, `${load.size} ${load.keys}`, load, async () => {
    const { state, visits } = await openFilled(api, load, effort.visits)
    return await measureReads(api, state, visits, effort)
  })
}
