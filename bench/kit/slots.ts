/** The ways to read and write slots that are compared, by what their calls are called. */

import { adapters, awaitedBytes, awaitedHex, engines, hexState, ownStates } from './forkstate.ts'
import type { Contender } from './group.ts'
import type { ContenderJob } from './jobs.ts'
import { type Keys, visitsOf } from './keys.ts'
import { MAP, NESTED_MAP } from './maps.ts'
import { type Measurement, type MeasureOptions, measureLoop } from './measure.ts'
import { MERKLE, type Peer, RPC, SIMPLE, statesOf, TEVM } from './peers.ts'
import { fill, type Load, requireValues, type State, type Visits, visitsTo } from './state.ts'

/** What its reads and its writes are called; the same text for those that do the same. */
interface Calls {
  readonly reads: string
  readonly writes?: string
}
export type SlotApi = Contender<State> & Calls

export const READ_BYTES = 'slot read at once, bytes (`peekStorageBytes`)'
export const AWAIT_HEX = 'slot read, awaited, hex (`getStorage`)'
export const AWAIT_INTERFACE = 'slot read, awaited, EthereumJS interface (`getStorage`)'
/** Workloads of writes, to which is added what is written where. */
export const WRITE_BYTES = 'slot write, bytes (`setStorage`)'
export const WRITE_HEX = 'slot write, hex (`setStorage`)'
export const WRITE_INTERFACE = 'slot write, EthereumJS interface (`putStorage`)'

const called = (contenders: readonly Contender<State>[], calls: Calls): readonly SlotApi[] =>
  contenders.map((contender) => ({ ...contender, ...calls }))

const ofInterface = (peers: readonly Peer[]): readonly SlotApi[] =>
  called(peers.map(statesOf), { reads: AWAIT_INTERFACE, writes: WRITE_INTERFACE })

export const ownApis: readonly SlotApi[] = [
  ...called(ownStates(engines), { reads: READ_BYTES, writes: WRITE_BYTES }),
  ...called(ownStates(engines, hexState), {
    reads: 'slot read at once, hex (`peekStorage`)',
    writes: WRITE_HEX,
  }),
  ...called(ownStates(engines, awaitedBytes), {
    reads: 'slot read, awaited, bytes (`getStorageBytes`)',
  }),
  ...called(ownStates(engines, awaitedHex), { reads: AWAIT_HEX }),
  ...ofInterface(adapters),
]

/** Peers that hold a million slots in seconds. */
export const fastPeers: readonly SlotApi[] = [
  ...called([MAP, NESTED_MAP], { reads: READ_BYTES, writes: WRITE_BYTES }),
  ...ofInterface([SIMPLE, RPC, TEVM]),
]

/** Peers that take a third of a millisecond to write a slot. */
export const slowPeers: readonly SlotApi[] = ofInterface([MERKLE])

export const SIZES = [1_000, 100_000]
/** The size for other keys than uniform ones, and of the targets. */
export const MIDDLE = 100_000
export const SLOW_SIZES = [1_000, 10_000]
export const OTHER_KEYS: readonly Keys[] = ['Zipf', 'small integers', 'hash-DoS']

export const isAtOnce = ({ reads }: SlotApi): boolean => reads === READ_BYTES

export function jobsOfLoads(
  apis: readonly SlotApi[],
  sizes: readonly number[],
  jobOf: (api: SlotApi, load: Load) => ContenderJob,
  kinds: readonly Keys[] = ['uniform'],
): readonly ContenderJob[] {
  const loads = sizes.flatMap((size) => kinds.map((keys): Load => ({ size, keys })))
  return loads.flatMap((load) => apis.map((api) => jobOf(api, load)))
}

export async function openFilled({ name, open }: Contender<State>, load: Load, visitCount: number) {
  const state = await open()
  await fill(state, load)
  const visits = visitsTo(state, load, visitsOf(load.keys, load.size, visitCount))
  await requireValues(name, state, visits)
  globalThis.gc?.()
  return { state, visits }
}

/**
 * Visits are a power of two, and repeated. What is read has a length: they are summed up, so that
 * no read can be left out. A process must time one API only: the loop then knows what it calls.
 */
export async function measureReads(
  { reads }: SlotApi,
  { read }: State,
  { places, slots }: Visits,
  options: MeasureOptions,
): Promise<Measurement> {
  const mask = places.length - 1
  const atOnce = (calls: number, first: number): void => {
    let length = 0
    for (let at = first; at < first + calls; at++) {
      length += (read(places[at & mask], slots[at & mask]) as Uint8Array).length
    }
    requireSome(length)
  }
  const awaited = async (calls: number, first: number): Promise<void> => {
    let length = 0
    for (let at = first; at < first + calls; at++) {
      length += ((await read(places[at & mask], slots[at & mask])) as Uint8Array).length
    }
    requireSome(length)
  }
  return await measureLoop(reads.includes('awaited') ? awaited : atOnce, options)
}

function requireSome(length: number): void {
  if (!(length > 0)) throw new Error('nothing was read')
}
