/** What a slot and an account take: how much a fresh process grows that fills one state. */

import type { AccountInterface } from '../kit/accounts.ts'
import { balanceOf, managedAccounts, mapOfAccounts, ownAccounts } from '../kit/accounts.ts'
import { engines, ownStates } from '../kit/forkstate.ts'
import { type Contender, type Group, rowOf, type Target } from '../kit/group.ts'
import { type ContenderJob, oneProcessEach } from '../kit/jobs.ts'
import { addressOf, entryValue, SLOT_BYTES, samplesOf, writeSlot } from '../kit/keys.ts'
import { MAP, NESTED_MAP } from '../kit/maps.ts'
import { type MaybeLater, summaryOf } from '../kit/measure.ts'
import { SIMPLE as SIMPLE_NAME, TEVM as TEVM_NAME } from '../kit/names.ts'
import { SIMPLE, statesOf, TEVM } from '../kit/peers.ts'
import { placesIn, requireValues, type State, visitsTo } from '../kit/state.ts'
import { medianOf, OWN } from '../kit/targets.ts'

/** A state that is filled entry by entry, to be weighed. */
interface Filling {
  add(entry: number): MaybeLater<void>
  /** Of some entries, evenly spread. @throws Error if they do not read as they were added. */
  check(): Promise<void>
}

interface Filler {
  readonly workload: string
  readonly name: string
  /** Makes an empty state, to be given so many entries. @throws LeftOut */
  open(size: number): Promise<Filling>
}

const SIZES = [100_000, 1_000_000]
/** For peers that take a minute to fill more. */
const SLOW_SIZES = [100_000]
const SLOW = [SIMPLE_NAME, TEVM_NAME]
const QUICK_SIZE = 1_000
const TARGET_SIZE = 1_000_000
const MOST_BYTES = 120
/**
 * Entries of another state, filled before and kept, so that code is compiled then. Then as much
 * garbage is made as filling makes, so that the heap has grown for it.
 */
const WARM_UP = 20_000
const SETTLE_MS = 300
const QUICK_SETTLE_MS = 5
const SAMPLES = 1_000

const SLOT = 'a slot'
const SLOT_IN_CHECKPOINT = 'a slot written within a checkpoint'
const ACCOUNT = 'an account with a balance and a nonce'
const NONCE = 7n

const slotFiller =
  (workload: string) =>
  ({ name, open }: Contender<State>): Filler => ({
    workload,
    name,
    async open(size) {
      const load = { size, keys: 'uniform' } as const
      const state = await open()
      const places = placesIn(state, load)
      for (const place of places) await state.create(place)
      const slot = new Uint8Array(SLOT_BYTES)
      if (workload === SLOT_IN_CHECKPOINT) await state.checkpoint()
      return {
        add(entry) {
          writeSlot('uniform', entry, slot)
          return state.write(places[entry % places.length], slot, entryValue(entry))
        },
        check: () => requireValues(name, state, visitsTo(state, load, samplesOf(size, SAMPLES))),
      }
    },
  })

function accountFillers<Accounts, Place>({
  contenders,
  place,
  put,
  balanceAt,
}: AccountInterface<Accounts, Place>): readonly Filler[] {
  return contenders.map(({ name, open }) => ({
    workload: ACCOUNT,
    name,
    async open(size) {
      const state = await open()
      const placeOf = (account: number) => place(addressOf(account))
      return {
        add: (account) =>
          put(state, placeOf(account), { nonce: NONCE, balance: balanceOf(account) }),
        async check() {
          for (const account of samplesOf(size, SAMPLES)) {
            const found = await balanceAt(state, placeOf(account))
            if (found !== balanceOf(account)) throw new Error(`${name}: ${account} is ${found}`)
          }
        },
      }
    },
  }))
}

const own = ownStates(engines)
const slowPeers = [statesOf(SIMPLE), statesOf(TEVM)]

const fillers: readonly Filler[] = [
  ...[...own, MAP, NESTED_MAP, ...slowPeers].map(slotFiller(SLOT)),
  ...[...own, ...slowPeers].map(slotFiller(SLOT_IN_CHECKPOINT)),
  ...accountFillers(ownAccounts),
  ...accountFillers(mapOfAccounts),
  ...accountFillers(managedAccounts).filter(({ name }) => SLOW.includes(name)),
]

const target: Target = {
  work: 'bytes a slot at 1M, whole process',
  target: `<= ${MOST_BYTES}`,
  evaluate(rows) {
    const bytes = medianOf(rows, { ...OWN, workload: SLOT, size: TARGET_SIZE })
    return { measured: `${bytes.toFixed(1)} bytes`, isMet: bytes <= MOST_BYTES }
  },
}

export const group: Group = {
  title: 'Memory',
  runtimes: ['Node'],
  targets: [target],
  jobs({ isQuick }) {
    if (isQuick) {
      return oneProcessEach(fillers.map((filler) => jobOf(filler, QUICK_SIZE, QUICK_SETTLE_MS)))
    }
    return fillers.flatMap((filler) =>
      (SLOW.includes(filler.name) ? SLOW_SIZES : SIZES).map((size) =>
        jobOf(filler, size, SETTLE_MS),
      ),
    )
  },
}

function jobOf({ workload, name, open }: Filler, size: number, settleMs: number): ContenderJob {
  return {
    contender: name,
    name: `${workload}, ${name}, ${size}`,
    async run() {
      const warmUp = Math.min(WARM_UP, size)
      const other = await open(warmUp)
      await fill(other, warmUp)
      let made = 0
      for (let entry = 0; entry < size; entry++) made += entryValue(entry).length
      if (made === 0) throw new Error('nothing was made')
      const filling = await open(size)
      const before = await residentBytes(settleMs)
      await fill(filling, size)
      const bytes = ((await residentBytes(settleMs)) - before) / size
      for (const each of [filling, other]) await each.check()
      return [rowOf({ name }, workload, summaryOf([bytes]), { size, unit: 'B' })]
    },
  }
}

async function fill({ add }: Filling, size: number): Promise<void> {
  for (let entry = 0; entry < size; entry++) {
    const work = add(entry)
    if (work instanceof Promise) await work
  }
}

/** Resident memory once the collector has given back what it can. */
async function residentBytes(settleMs: number): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, settleMs))
  }
  return process.memoryUsage().rss
}
