/** Reads of slots that stand in the processor's caches, beside the bare call of the core. */

import { MANAGER_CONFIG_SEED, STATE_MANAGER_SUCCESS } from '../../src/ffi/abi.gen.ts'
import type { Engine } from '../../src/ffi/engine.ts'
import { frameOf, writeSeed } from '../../src/ffi/frame.ts'
import { engines } from '../kit/forkstate.ts'
import { type Group, rowOf, type Target } from '../kit/group.ts'
import { SLOT_BYTES } from '../kit/keys.ts'
import type { SlotApi } from '../kit/slots.ts'
import { fastPeers, isAtOnce, measureReads, openFilled, ownApis, READ_BYTES } from '../kit/slots.ts'
import { type State, stateOf } from '../kit/state.ts'
import { medianOf, OWN } from '../kit/targets.ts'

const SLOTS = 16
const BARE = 'bare call with copying'
const MOST_NS = 60
const MOST_TO_BARE = 1.3

const bareCalls: readonly SlotApi[] = engines.map(({ name, open }) => ({
  name: name.replace('forkstate', BARE),
  note: 'checks nothing',
  reads: READ_BYTES,
  open: async () => bareState(await open()),
}))

const target: Target = {
  work: '`peekStorage`, bytes in and out, hot',
  target: `<= ${MOST_NS} ns, and <= ${MOST_TO_BARE} x the bare WASM call with copying`,
  hasFloor: true,
  evaluate(rows) {
    const own = medianOf(rows, OWN)
    const bare = medianOf(rows, { subject: `${BARE}, WebAssembly`, runtime: 'Node' })
    const ratio = own / bare
    return {
      measured: `${own.toFixed(1)} ns; x${ratio.toFixed(2)} the bare call of ${bare.toFixed(1)} ns`,
      isMet: own <= MOST_NS && ratio <= MOST_TO_BARE,
    }
  },
}

export const group: Group = {
  title: 'Hot reads of slots',
  runtimes: ['Node', 'Bun'],
  targets: [target],
  jobs({ isQuick }) {
    const [calls, rounds] = isQuick ? [20_000, 3] : [500_000, 15]
    return [...ownApis, ...bareCalls, ...fastPeers].filter(isAtOnce).map((api) => ({
      name: api.name,
      async run() {
        const { state, visits } = await openFilled(api, { size: SLOTS, keys: 'uniform' }, SLOTS)
        const took = await measureReads(api, state, visits, { calls, rounds })
        return [rowOf(api, READ_BYTES, took, { keys: 'hot' })]
      },
    }))
  },
}

/** The least that a read through the core takes: copies in, one call, a copy out, no checks. */
function bareState(engine: Engine): State<Uint8Array, Uint8Array, Uint8Array> {
  const frame = frameOf(engine)
  const { functions } = engine
  const { address, slot, value } = frame
  const { state_manager_get_storage_sync: get, state_manager_set_storage: set } = functions
  writeSeed(frame, MANAGER_CONFIG_SEED)
  requireSuccess(frame.settle(functions.state_manager_create(frame.struct, frame.handle)))
  const handle = frame.view.getUint32(frame.handle, true)
  let { bytes } = engine
  return stateOf({
    read(givenAddress, givenSlot) {
      bytes.set(givenAddress, address)
      bytes.set(givenSlot, slot)
      get(handle, address, slot, value, 0)
      return bytes.slice(value, value + SLOT_BYTES)
    },
    write(givenAddress, givenSlot, given) {
      bytes.set(givenAddress, address)
      bytes.set(givenSlot, slot)
      bytes.fill(0, value, value + SLOT_BYTES)
      bytes.set(given, value + SLOT_BYTES - given.length)
      requireSuccess(frame.settle(set(handle, address, slot, value)))
      bytes = engine.bytes
    },
  })
}

function requireSuccess(status: number): void {
  if (status !== STATE_MANAGER_SUCCESS) throw new Error(`the core answers ${status}`)
}
