/** What it costs that a slot is unknown, apart from the network. */

import { toHex } from '../../src/encoding/hex.ts'
import { ForkCore } from '../../src/ffi/fork-core.ts'
import { ManagerCore } from '../../src/ffi/manager-core.ts'
import { type Engine, type Hex, type RpcClient, StateManager } from '../../src/index.ts'
import { engines } from '../kit/forkstate.ts'
import { type Group, type Row, rowOf, type Target } from '../kit/group.ts'
import { accountsOf, addressOf, slotOf } from '../kit/keys.ts'
import { type Measurement, type MeasureOptions, measureLoop, microseconds } from '../kit/measure.ts'
import { medianOf, OWN } from '../kit/targets.ts'

const REQUEST = 'unknown slot: request opened, taken, and answered, core'
const WHOLE = 'unknown slot read through a client that answers at once, all at the same time'
const MOST_NS = 1_000
const BOUNDS = { maxEntries: 2_000_000, maxBytes: 2 ** 30 }

const target: Target = {
  work: 'miss, without network',
  target: `<= ${MOST_NS / 1000} us`,
  hasFloor: true,
  evaluate(rows) {
    const core = medianOf(rows, { ...OWN, workload: REQUEST })
    const together = microseconds(medianOf(rows, { ...OWN, workload: WHOLE }))
    const measured = `${microseconds(core)} in the core; ${together} with promises and client`
    return { measured, isMet: core <= MOST_NS }
  },
}

export const group: Group = {
  title: 'Misses, without a network',
  runtimes: ['Node', 'Bun'],
  targets: [target],
  jobs({ isQuick }) {
    // Slots in a round; no slot is read twice.
    const effort = isQuick ? { calls: 200, rounds: 2 } : { calls: 10_000, rounds: 9 }
    return engines.map((engine) => ({
      name: engine.name,
      async run() {
        const places = placesFor(effort)
        const rows: Row[] = []
        for (const [workload, measure] of MEASURES) {
          const took = await measure(await engine.open(), places, effort)
          rows.push(rowOf(engine, workload, took, { size: effort.calls }))
        }
        return rows
      },
    }))
  },
}

interface Place {
  readonly address: Uint8Array
  readonly slot: Uint8Array
  readonly value: bigint
}

/** As many as all rounds read, the first of which is not counted. */
function placesFor({ calls, rounds }: MeasureOptions): readonly Place[] {
  const count = calls * (rounds + 1)
  const accounts = Array.from({ length: accountsOf(count) }, (_, account) => addressOf(account))
  return Array.from({ length: count }, (_, at) => {
    const slot = slotOf('uniform', at)
    const address = accounts[at % accounts.length] as Uint8Array
    return { address, slot, value: chainValue(toHex(slot)) }
  })
}

function openCore(engine: Engine) {
  const fork = new ForkCore(engine, BOUNDS)
  return { fork, manager: ManagerCore.createWithFork(fork) }
}

type Measure = (
  engine: Engine,
  places: readonly Place[],
  effort: MeasureOptions,
) => Promise<Measurement>

const measurePeeks: Measure = async (engine, places, effort) => {
  const { manager } = openCore(engine)
  let unknown = 0
  const took = await measureLoop((calls, first) => {
    for (let at = first; at < first + calls; at++) {
      const { address, slot } = places[at] as Place
      if (manager.reads.storageBytes(address, slot, 'peek') === undefined) unknown++
    }
  }, effort)
  if (unknown !== places.length) throw new Error(`${places.length - unknown} slots were known`)
  return took
}

const measureRequests: Measure = async (engine, places, effort) => {
  const { fork, manager } = openCore(engine)
  const took = await measureLoop((calls, first) => {
    for (let at = first; at < first + calls; at++) {
      const { address, slot, value } = places[at] as Place
      manager.reads.storageBytes(address, slot, 'get')
      const request = fork.nextRequest()
      if (request === undefined) throw new Error('no request was opened')
      fork.provideStorage(request, value)
    }
  }, effort)
  requireValues(places, ({ address, slot }) => manager.reads.storage(address, slot, 'peek'))
  return took
}

const measureReads: Measure = async (ffi, places, effort) => {
  const bounds = { maxCacheSize: BOUNDS.maxEntries, maxCacheBytes: BOUNDS.maxBytes }
  const state = new StateManager({ rpcClient: instantClient, verify: false, ffi, ...bounds })
  await state.pinned()
  const took = await measureLoop(async (calls, first) => {
    const reads: Promise<Uint8Array>[] = []
    for (let at = first; at < first + calls; at++) {
      const { address, slot } = places[at] as Place
      reads.push(state.getStorageBytes(address, slot))
    }
    await Promise.all(reads)
  }, effort)
  requireValues(places, ({ address, slot }) => state.peekStorage(address, slot))
  return took
}

const MEASURES: readonly (readonly [workload: string, measure: Measure])[] = [
  ['unknown slot peeked, core', measurePeeks],
  [REQUEST, measureRequests],
  [WHOLE, measureReads],
]

function requireValues(places: readonly Place[], read: (place: Place) => Hex | undefined): void {
  for (const [at, place] of places.entries()) {
    const found = read(place)
    if (BigInt(found ?? 0) !== place.value) throw new Error(`slot ${at} is ${found}`)
  }
}

const word = (byte: string): Hex => `0x${byte.repeat(32)}`
/** The first 12 bytes of the slot. */
const chainValue = (slot: Hex): bigint => BigInt(slot.slice(0, 26))

const instantClient: RpcClient = {
  getProof: async (address, slots) => ({
    address,
    balance: 1n,
    nonce: 1n,
    codeHash: word('00'),
    // Of storage that is not empty: else no slot would be asked for.
    storageHash: word('33'),
    accountProof: [],
    storageProof: slots.map((key) => ({ key, value: chainValue(key), proof: [] })),
  }),
  getCode: async () => '0x',
  async getBlock() {
    const hashes = { hash: word('11'), stateRoot: word('22'), parentHash: word('00') }
    return { number: 1n, timestamp: 1n, ...hashes }
  },
  getChainId: async () => 1n,
}
