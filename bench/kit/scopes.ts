/** Storage of one account with checkpoints; promises are awaited call by call, as an EVM does. */

import { adapters, engines, ownStates } from './forkstate.ts'
import type { SizedContender } from './jobs.ts'
import { entryValue, SLOT_BYTES, samplesOf } from './keys.ts'
import { UNDO_LOG_MAP } from './maps.ts'
import type { MaybeLater } from './measure.ts'
import { MERKLE, RPC, SIMPLE, statesOf, TEVM } from './peers.ts'
import { fill, requireValues, type State, visitsTo } from './state.ts'

export type Ending = 'revert' | 'commit'

interface ScopesContender extends SizedContender<State> {
  /** What it does right. Default: both. */
  readonly endings?: readonly Ending[]
  readonly loops: Loops
}

/** Slots of one account to be written between checkpoints, so many in each scope. */
interface Writes {
  readonly place: unknown
  readonly slots: readonly unknown[]
  readonly each: number
}

const WRITTEN = new Uint8Array(SLOT_BYTES).fill(9)

interface Loops {
  /** Scopes one after the other, each closed before the next is opened. */
  inTurn(state: State, writes: Writes, ending: Ending): MaybeLater<void>
  /** Scopes within each other; all are opened before the innermost is closed. */
  nested(state: State, writes: Writes, ending: Ending): MaybeLater<void>
}

function end(state: State, ending: Ending): MaybeLater<void> {
  return ending === 'revert' ? state.revert() : state.commit()
}

/** Nothing is awaited, which would be in the time of those that answer at once. */
const atOnce: Loops = {
  inTurn(state, { place, slots, each }, ending) {
    for (let at = 0; at < slots.length; ) {
      void state.checkpoint()
      for (const last = at + each; at < last; at++) void state.write(place, slots[at], WRITTEN)
      void end(state, ending)
    }
  },
  nested(state, { place, slots, each }, ending) {
    for (let at = 0; at < slots.length; ) {
      void state.checkpoint()
      for (const last = at + each; at < last; at++) void state.write(place, slots[at], WRITTEN)
    }
    for (let at = 0; at < slots.length; at += each) void end(state, ending)
  },
}

const callByCall: Loops = {
  async inTurn(state, { place, slots, each }, ending) {
    for (let at = 0; at < slots.length; ) {
      await state.checkpoint()
      for (const last = at + each; at < last; at++) await state.write(place, slots[at], WRITTEN)
      await end(state, ending)
    }
  },
  async nested(state, { place, slots, each }, ending) {
    for (let at = 0; at < slots.length; ) {
      await state.checkpoint()
      for (const last = at + each; at < last; at++) await state.write(place, slots[at], WRITTEN)
    }
    for (let at = 0; at < slots.length; at += each) await end(state, ending)
  },
}

const direct = [...ownStates(engines), UNDO_LOG_MAP]
const awaited: readonly Omit<ScopesContender, 'loops'>[] = [
  ...adapters.map((adapter) =>
    statesOf({ ...adapter, name: `${adapter.name}, EthereumJS adapter` }),
  ),
  {
    name: RPC.name,
    // Without an endpoint, what it would fetch is what was not written.
    async open() {
      const state = await statesOf(RPC).open()
      const { read } = state
      const readOrNothing: typeof read = (place, slot) =>
        (read(place, slot) as Promise<unknown>).catch(() => undefined)
      return Object.assign(state, { read: readOrNothing })
    },
    mostSize: 1_000_000,
    endings: ['revert'],
    note: 'not committed: its `commit` leaves the checkpoint of its storage open',
  },
  { ...statesOf(SIMPLE), mostSize: 100_000, note: 'its `checkpoint` copies the whole state' },
  { ...statesOf(TEVM), mostSize: 100_000, note: 'its `commit` dumps the whole state' },
  {
    ...statesOf(MERKLE),
    mostSize: 10_000,
    note: 'its `putStorage` writes to the trie at once, in spite of its caches',
  },
]

export const scopesContenders: readonly ScopesContender[] = [
  ...direct.map((contender) => ({ ...contender, loops: atOnce })),
  ...awaited.map((contender) => ({
    ...contender,
    ...({ runtimes: ['Node'], loops: callByCall } as const),
  })),
]

/**
 * On a state of one account with so many slots, written in an open checkpoint; before and after,
 * the slots are checked, and that they stay so after scopes that are ended.
 */
export async function onScopes<Result>(
  contender: ScopesContender,
  size: number,
  measure: (state: State, place: unknown, endings: readonly Ending[]) => Promise<Result>,
): Promise<Result> {
  const { endings = ['revert', 'commit'] } = contender
  const state = await contender.open()
  await state.checkpoint()
  const [place] = await fill(state, { size, keys: 'uniform', accounts: 1 })
  await requireScopes(contender.name, state, size, endings)
  const result = await measure(state, place, endings)
  await requireScopes(contender.name, state, size, endings)
  state.destroy()
  return result
}

async function requireScopes(
  name: string,
  state: State,
  size: number,
  endings: readonly Ending[],
): Promise<void> {
  const known = samplesOf(size, 100)
  const entries = [...known, ...known.map((entry) => size + entry)]
  const visits = visitsTo(state, { size, keys: 'uniform', accounts: 1 }, entries)
  const writes = { place: visits.places[0], slots: visits.slots, each: 1 }
  const asBefore = (entry: number) => (entry < size ? entryValue(entry) : undefined)
  await requireValues(`${name}, before`, state, visits, asBefore)
  for (const ending of endings) {
    await state.checkpoint()
    await callByCall.nested(state, writes, ending)
    const expectedOf = ending === 'commit' ? () => WRITTEN : asBefore
    await requireValues(`${name}, after each ${ending}`, state, visits, expectedOf)
    await state.revert()
    await requireValues(`${name}, ${ending}, and a revert around it`, state, visits, asBefore)
  }
}
