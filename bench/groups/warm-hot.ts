/** Reads of slots that stand in the processor's caches, beside the bare call of the core. */

import { bareState } from '../kit/bare-call.ts'
import { HOT_READ } from '../kit/floors.ts'
import type { Group, ResultRow, Target } from '../kit/group.ts'
import { WASM } from '../kit/names.ts'
import { measureReads } from '../kit/read-loops.ts'
import type { SlotApiMaker } from '../kit/slot-apis.ts'
import { fastPeers, ownApis, READ_BYTES } from '../kit/slot-apis.ts'
import { engines } from '../kit/subjects.ts'
import { openFilled } from '../kit/visits.ts'

/** Slots of one account, read in turns. */
const SLOTS = 16
const BARE = 'bare call with copying, WebAssembly'
const MOST_NS = 60
const MOST_TO_BARE = 1.3

const bareCalls: readonly SlotApiMaker[] = engines.map(({ name, load }) => ({
  subject: name.replace('forkstate', 'bare call with copying'),
  note: 'checks nothing',
  reads: READ_BYTES,
  open: async () => bareState(await load()),
}))

const target: Target = {
  work: '`peekStorage`, bytes in and out, hot',
  target: `<= ${MOST_NS} ns, and <= ${MOST_TO_BARE} x the bare WASM call with copying`,
  floor: HOT_READ,
  judge(rows) {
    const nsOf = (wanted: string): number | undefined =>
      rows.find(({ subject, runtime }: ResultRow) => subject === wanted && runtime === 'Node')
        ?.median
    const [own, bare] = [nsOf(WASM), nsOf(BARE)]
    if (own === undefined || bare === undefined) return undefined
    const ratio = own / bare
    return {
      measured: `${own.toFixed(1)} ns; x${ratio.toFixed(2)} the bare call of ${bare.toFixed(1)} ns`,
      isMet: own <= MOST_NS && ratio <= MOST_TO_BARE,
    }
  },
}

export const warmHot: Group = {
  name: 'warm-hot',
  title: 'Hot reads of slots',
  about:
    `${SLOTS} slots of one account, 256 random bits each, read one after the other. The bare call ` +
    'copies 20 and 32 bytes into the memory of the core with `Uint8Array.set`, calls ' +
    '`state_manager_get_storage_sync`, and copies 32 bytes out with `slice`.',
  runtimes: ['Node', 'Bun'],
  targets: [target],
  jobs: ({ isQuick }) => {
    const [calls, rounds] = isQuick ? [20_000, 3] : [500_000, 15]
    const makers = [...ownApis, ...bareCalls, ...fastPeers]
    return makers
      .filter(({ reads }) => reads === READ_BYTES)
      .map((maker) => ({
        name: maker.subject,
        async run() {
          const load = { size: SLOTS, keys: 'uniform', visits: SLOTS } as const
          const { api, visits } = await openFilled(maker, load)
          const took = await measureReads(api, visits, { calls, rounds, isAwaited: false })
          const { subject, note } = maker
          const row = { workload: READ_BYTES, subject, keys: 'hot', unit: 'ns', ...took } as const
          return [note === undefined ? row : { ...row, note }]
        },
      }))
  },
}
