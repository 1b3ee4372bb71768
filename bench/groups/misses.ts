/** What it costs that a slot is unknown, apart from the network. */

import { toHex } from '../../src/encoding/hex.ts'
import { ForkCore } from '../../src/ffi/fork-core.ts'
import { ManagerCore } from '../../src/ffi/manager-core.ts'
import { StateManager } from '../../src/index.ts'
import { MISS } from '../kit/floors.ts'
import type { Group, Job, Row, Target } from '../kit/group.ts'
import { chainValue, InstantClient } from '../kit/instant-client.ts'
import { addressesOf, slotOf } from '../kit/keys.ts'
import type { Measurement } from '../kit/measure.ts'
import { measureLoop, microseconds } from '../kit/measure.ts'
import { WASM } from '../kit/names.ts'
import type { EngineLoader } from '../kit/subjects.ts'
import { engines } from '../kit/subjects.ts'

interface Effort {
  /** Slots in a round; no slot is read twice. */
  readonly calls: number
  readonly rounds: number
}

const PEEK = 'unknown slot peeked, core'
const REQUEST = 'unknown slot: request opened, taken, and answered, core'
const WHOLE = 'unknown slot read through a client that answers at once, all at the same time'
const MOST_NS = 1_000
const BOUNDS = { maxEntries: 2_000_000, maxBytes: 2 ** 30 }

const target: Target = {
  work: 'miss, without network',
  target: `<= ${MOST_NS / 1000} us`,
  floor: MISS,
  judge(rows) {
    const of = (wanted: string): number | undefined =>
      rows.find(
        ({ workload, subject, runtime }) =>
          workload === wanted && subject === WASM && runtime === 'Node',
      )?.median
    const [core, whole] = [of(REQUEST), of(WHOLE)]
    if (core === undefined || whole === undefined) return undefined
    const together = microseconds(whole)
    const measured = `${microseconds(core)} in the core; ${together} with promises and client`
    return { measured, isMet: core <= MOST_NS }
  },
}

export const misses: Group = {
  name: 'misses',
  title: 'Misses, without a network',
  about:
    'Slots of 256 random bits, a thousand an account, each read once. In the core: a `get` opens a ' +
    'request, the request is taken as text, and its value is provided as a bigint. The whole path: ' +
    '`getStorageBytes` of 10,000 slots at the same time, over a client in memory that answers at ' +
    'once, without proofs; the client is in the time.',
  runtimes: ['Node', 'Bun'],
  targets: [target],
  jobs({ isQuick }) {
    const effort = isQuick ? { calls: 200, rounds: 2 } : { calls: 10_000, rounds: 9 }
    return engines.map((engine) => jobOf(engine, effort))
  },
}

function jobOf(engine: EngineLoader, effort: Effort): Job {
  return {
    name: engine.name,
    async run(): Promise<readonly Row[]> {
      const places = placesFor(effort)
      const row = { subject: engine.name, size: effort.calls, unit: 'ns' } as const
      return [
        { ...row, workload: PEEK, ...(await measurePeeks(engine, places, effort)) },
        { ...row, workload: REQUEST, ...(await measureRequests(engine, places, effort)) },
        { ...row, workload: WHOLE, ...(await measureReads(engine, places, effort)) },
      ]
    },
  }
}

interface Places {
  readonly addresses: readonly Uint8Array[]
  readonly slots: readonly Uint8Array[]
}

/** As many as all rounds read, the first of which is not counted. */
function placesFor({ calls, rounds }: Effort): Places {
  const count = calls * (rounds + 1)
  const accounts = addressesOf(count)
  return {
    addresses: Array.from(
      { length: count },
      (_, at) => accounts[at % accounts.length] as Uint8Array,
    ),
    slots: Array.from({ length: count }, (_, at) => slotOf('uniform', at)),
  }
}

async function openCore({ load }: EngineLoader) {
  const fork = new ForkCore(await load(), BOUNDS)
  return { fork, manager: ManagerCore.createWithFork(fork) }
}

async function measurePeeks(
  engine: EngineLoader,
  { addresses, slots }: Places,
  effort: Effort,
): Promise<Measurement> {
  const { manager } = await openCore(engine)
  let unknown = 0
  const took = await measureLoop((calls, first) => {
    for (let at = first; at < first + calls; at++) {
      const found = manager.reads.storageBytes(
        addresses[at] as Uint8Array,
        slots[at] as Uint8Array,
        'peek',
      )
      if (found === undefined) unknown++
    }
  }, effort)
  if (unknown !== slots.length) throw new Error(`${slots.length - unknown} slots were known`)
  return took
}

async function measureRequests(
  engine: EngineLoader,
  { addresses, slots }: Places,
  effort: Effort,
): Promise<Measurement> {
  const { fork, manager } = await openCore(engine)
  const values = slots.map((slot) => chainValue(toHex(slot)))
  const took = await measureLoop((calls, first) => {
    for (let at = first; at < first + calls; at++) {
      manager.reads.storageBytes(addresses[at] as Uint8Array, slots[at] as Uint8Array, 'get')
      const request = fork.nextRequest()
      if (request === undefined) throw new Error('no request was opened')
      fork.provideStorage(request, values[at] as bigint)
    }
  }, effort)
  for (const [at, slot] of slots.entries()) {
    const found = manager.reads.storage(addresses[at] as Uint8Array, slot, 'peek')
    if (found === undefined || BigInt(found) !== values[at])
      throw new Error(`slot ${at} is ${found}`)
  }
  return took
}

async function measureReads(
  engine: EngineLoader,
  { addresses, slots }: Places,
  effort: Effort,
): Promise<Measurement> {
  const rpcClient = new InstantClient()
  const state = new StateManager({
    rpcClient,
    verify: false,
    ffi: await engine.load(),
    maxCacheSize: BOUNDS.maxEntries,
    maxCacheBytes: BOUNDS.maxBytes,
  })
  await state.pinned()
  const took = await measureLoop(async (calls, first) => {
    const reads: Promise<Uint8Array>[] = []
    for (let at = first; at < first + calls; at++) {
      reads.push(state.getStorageBytes(addresses[at] as Uint8Array, slots[at] as Uint8Array))
    }
    await Promise.all(reads)
  }, effort)
  for (const [at, slot] of slots.entries()) {
    const found = state.peekStorage(addresses[at] as Uint8Array, slot)
    if (found === undefined || BigInt(found) !== chainValue(toHex(slot))) {
      throw new Error(`slot ${at} is ${found}`)
    }
  }
  return took
}
