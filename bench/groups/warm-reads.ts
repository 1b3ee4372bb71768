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
  floor:
    'Of a read at 100,000 random slots (940 ns), the look-up with bytes in and out takes 550 ns ' +
    '(135 when hot; the rest is waiting for memory, of the core’s tables and of the keys), text ' +
    'in place of bytes 300 ns, and the promise with its `await` 100 ns. With bytes and at once ' +
    '(`peekStorageBytes`) the read takes a quarter of the time of the peers’ reads. Tried for the ' +
    'text, a hot conversion of 32 bytes each way taking 115 ns: `charCodeAt` (186 ns), `hexWrite` ' +
    '(110 ns), joining texts of two bytes (202 ns), `String.fromCharCode` (412 ns); a prototype ' +
    'in WebAssembly with SIMD saves 95 ns of both ways together, which does not reach the target, ' +
    'for instructions that the core needs nowhere else. `Promise.resolve` in place of an `async` ' +
    'method: no gain with hex.',
  judge(rows) {
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
  about:
    'Slots of accounts with a thousand each, values of 12 bytes, visited in a prepared random ' +
    'order. Addresses and slots are made before in the form that an API takes: hex text, bytes, ' +
    'or `Address`. Keys: `uniform`, 256 random bits, visited alike; `Zipf`, the same, visited by ' +
    'Zipf’s law with exponent 1; `small integers`, 0, 1, 2, ...; `hash-DoS`, eight zero bytes, 64 ' +
    'random bits, their complement, eight zero bytes, so that all have the same first and last 8 ' +
    'bytes and the same sum and XOR of their bytes, 32-bit words and 64-bit words. The Merkle ' +
    'manager is left out above 10,000 slots, which take it seconds to write.',
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
