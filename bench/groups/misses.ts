/** What it costs that a slot is unknown, apart from the network. */

import { toHex } from '../../src/encoding/hex.ts'
import { ForkCore } from '../../src/ffi/fork-core.ts'
import { ManagerCore } from '../../src/ffi/manager-core.ts'
import { type Engine, type Hex, type RpcClient, StateManager } from '../../src/index.ts'
import { engines } from '../kit/forkstate.ts'
import { type Contender, type Group, type Job, rowOf, type Target } from '../kit/group.ts'
import { accountsOf, addressOf, slotOf } from '../kit/keys.ts'
import { type Measurement, type MeasureOptions, measureLoop, microseconds } from '../kit/measure.ts'
import { medianOf, OWN } from '../kit/targets.ts'

const PEEK = 'unknown slot peeked, core'
const REQUEST = 'unknown slot: request opened, taken, and answered, core'
const WHOLE = 'unknown slot read through a client that answers at once, all at the same time'
const MOST_NS = 1_000
const BOUNDS = { maxEntries: 2_000_000, maxBytes: 2 ** 30 }

const target: Target = {
  work: 'miss, without network',
  target: `<= ${MOST_NS / 1000} us`,
  hasFloor: true,
  evaluate(rows) {
    const [core, whole] = [REQUEST, WHOLE].map((workload) => medianOf(rows, { ...OWN, workload }))
    const together = microseconds(whole ?? 0)
    const measured = `${microseconds(core ?? 0)} in the core; ${together} with promises and client`
    return { measured, isMet: (core ?? 0) <= MOST_NS }
  },
}

export const group: Group = {
  title: 'Misses, without a network',
  runtimes: ['Node', 'Bun'],
  targets: [target],
  jobs({ isQuick }) {
    // Slots in a round; no slot is read twice.
    const effort = isQuick ? { calls: 200, rounds: 2 } : { calls: 10_000, rounds: 9 }
    return engines.map((engine) => jobOf(engine, effort))
  },
}

function jobOf(engine: Contender<Engine>, effort: MeasureOptions): Job {
  return {
    name: engine.name,
    async run() {
      const places = placesFor(effort)
      const size = effort.calls
      return [
        rowOf(engine, PEEK, await measurePeeks(await engine.open(), places, effort), { size }),
        rowOf(engine, REQUEST, await measureRequests(await engine.open(), places, effort), {
          size,
        }),
        rowOf(engine, WHOLE, await measureReads(await engine.open(), places, effort), { size }),
      ]
    },
  }
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

async function measurePeeks(
  engine: Engine,
  places: readonly Place[],
  effort: MeasureOptions,
): Promise<Measurement> {
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

async function measureRequests(
  engine: Engine,
  places: readonly Place[],
  effort: MeasureOptions,
): Promise<Measurement> {
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

async function measureReads(
  ffi: Engine,
  places: readonly Place[],
  effort: MeasureOptions,
): Promise<Measurement> {
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

function requireValues(places: readonly Place[], read: (place: Place) => Hex | undefined): void {
  for (const [at, place] of places.entries()) {
    const found = read(place)
    if (BigInt(found ?? 0) !== place.value) throw new Error(`slot ${at} is ${found}`)
  }
}

const zeros = (bytes: number): Hex => `0x${'00'.repeat(bytes)}`
/** Digits of a slot that its value has. */
const VALUE_DIGITS = 24

/** The value of a slot on the chain: its first 12 bytes as a number. */
function chainValue(slot: Hex): bigint {
  return BigInt(slot.slice(0, 2 + VALUE_DIGITS))
}

/**
 * A client of a chain that answers at once, from nothing: accounts without code, whose slots all
 * hold something; there are no proofs.
 */
const instantClient: RpcClient = {
  getProof: async (address, slots) => ({
    address,
    balance: 1n,
    nonce: 1n,
    codeHash: zeros(32),
    // Of storage that is not empty: else no slot would be asked for.
    storageHash: `0x${'33'.repeat(32)}`,
    accountProof: [],
    storageProof: slots.map((key) => ({ key, value: chainValue(key), proof: [] })),
  }),
  getCode: async () => '0x',
  getBlock: async () => ({
    number: 1n,
    hash: `0x${'11'.repeat(32)}`,
    stateRoot: `0x${'22'.repeat(32)}`,
    parentHash: zeros(32),
    timestamp: 1n,
  }),
  getChainId: async () => 1n,
}
