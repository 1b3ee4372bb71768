/** What a slot and an account take: how much a fresh process grows that fills one state. */

import { ACCOUNT_MAP, balanceOf } from '../kit/accounts.ts'
import { engines, hexState, ownStates } from '../kit/forkstate.ts'
import type { Contender, Group, Target } from '../kit/group.ts'
import { type ContenderJob, jobOfRow, oneProcessEach } from '../kit/jobs.ts'
import { addressOf, entryValue, SLOT_BYTES, samplesOf, writeSlot } from '../kit/keys.ts'
import { MAP, NESTED_MAP } from '../kit/maps.ts'
import { type MaybeLater, summaryOf } from '../kit/measure.ts'
import { SIMPLE, statesOf, TEVM } from '../kit/peers.ts'
import { placesIn, requireValues, type State, visitsTo } from '../kit/state.ts'
import { medianOf, OWN } from '../kit/targets.ts'

interface Filling {
  add(entry: number): MaybeLater<void>
  check(): Promise<void>
}

const SIZES = [100_000, 1_000_000]
/** For peers that take a minute to fill more. */
const SLOW_SIZES = [100_000]
const MOST_BYTES = 120
/** Entries of another state, filled before and kept, so that code is compiled then. */
const WARM_UP = 20_000
const SAMPLES = 1_000

const SLOT = 'a slot'
const SLOT_IN_CHECKPOINT = 'a slot written within a checkpoint'
const ACCOUNT = 'an account with a balance and a nonce'

const own = ownStates(engines)
const slowPeers: readonly Contender<State>[] = [statesOf(SIMPLE), statesOf(TEVM)]
const works: readonly (readonly [workload: string, contenders: readonly Contender<State>[]])[] = [
  [SLOT, [...own, MAP, NESTED_MAP, ...slowPeers]],
  [SLOT_IN_CHECKPOINT, [...own, ...slowPeers]],
  [ACCOUNT, [...ownStates(engines, hexState), ACCOUNT_MAP, ...slowPeers]],
]

async function slotsIn(state: State, size: number, name: string): Promise<Filling> {
  const load = { size, keys: 'uniform' } as const
  const places = placesIn(state, load)
  for (const place of places) await state.create(place)
  const slot = new Uint8Array(SLOT_BYTES)
  return {
    add(entry) {
      writeSlot('uniform', entry, slot)
      return state.write(places[entry % places.length], slot, entryValue(entry))
    },
    check: () => requireValues(name, state, visitsTo(state, load, samplesOf(size, SAMPLES))),
  }
}

function accountsIn(state: State, size: number, name: string): Filling {
  const placeOf = (account: number) => state.place(addressOf(account))
  return {
    add: (account) =>
      state.putAccount(placeOf(account), { nonce: 7n, balance: balanceOf(account) }),
    async check() {
      for (const account of samplesOf(size, SAMPLES)) {
        const found = await state.balanceAt(placeOf(account))
        if (found !== balanceOf(account)) throw new Error(`${name}: ${account} is ${found}`)
      }
    },
  }
}

const target: Target = {
  work: 'bytes a slot at 1M, whole process',
  target: `<= ${MOST_BYTES}`,
  evaluate(rows) {
    const bytes = medianOf(rows, { ...OWN, workload: SLOT, size: 1_000_000 })
    return { measured: `${bytes.toFixed(1)} bytes`, isMet: bytes <= MOST_BYTES }
  },
}

export const group: Group = {
  title: 'Memory',
  runtimes: ['Node'],
  targets: [target],
  jobs({ isQuick }) {
    const settleMs = isQuick ? 5 : 300
    const jobs = works.flatMap(([workload, contenders]) =>
      contenders.flatMap((contender) => {
        const fullSizes = slowPeers.includes(contender) ? SLOW_SIZES : SIZES
        const sizes = isQuick ? [1_000] : fullSizes
        return sizes.map((size) => jobOf(workload, contender, size, settleMs))
      }),
    )
    return isQuick ? oneProcessEach(jobs) : jobs
  },
}

function jobOf(
  workload: string,
  { name, open }: Contender<State>,
  size: number,
  settleMs: number,
): ContenderJob {
  const openFilling = async (entries: number): Promise<Filling> => {
    const state = await open()
    if (workload === ACCOUNT) return accountsIn(state, entries, name)
    const filling = await slotsIn(state, entries, name)
    if (workload === SLOT_IN_CHECKPOINT) await state.checkpoint()
    return filling
  }
  return jobOfRow({ name }, workload, size, { size, unit: 'B' }, async () => {
    const warmUp = Math.min(WARM_UP, size)
    const other = await openFilling(warmUp)
    await fill(other, warmUp)
    // As much garbage as filling makes, so that the heap has grown for it.
    let made = 0
    for (let entry = 0; entry < size; entry++) made += entryValue(entry).length
    if (made === 0) throw new Error('nothing was made')
    const filling = await openFilling(size)
    const before = await residentBytes(settleMs)
    await fill(filling, size)
    const bytes = ((await residentBytes(settleMs)) - before) / size
    for (const each of [filling, other]) await each.check()
    return summaryOf([bytes])
  })
}

async function fill({ add }: Filling, size: number): Promise<void> {
  for (let entry = 0; entry < size; entry++) {
    const work = add(entry)
    if (work instanceof Promise) await work
  }
}

async function residentBytes(settleMs: number): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, settleMs))
  }
  return process.memoryUsage().rss
}
