/** States that are filled entry by entry, to be weighed: slots, and accounts. */

import { Account, Address } from '@ethereumjs/util'
import { toHex } from '../../src/encoding/hex.ts'
import { StateManager } from '../../src/index.ts'
import { addressesOf, addressOf, entryValue, SLOT_BYTES, writeSlot } from './keys.ts'
import { SIMPLE, TEVM } from './peers.ts'
import type { SlotApiMaker } from './slot-apis.ts'
import { fastPeers, ownApis, WRITE_BYTES } from './slot-apis.ts'
import { engines } from './subjects.ts'
import { requireValues, visitsTo } from './visits.ts'

export interface Filler {
  readonly workload: string
  readonly subject: string
  readonly isSlow: boolean
  /** Makes an empty state, to be given so many entries. @throws LeftOut */
  open(size: number): Promise<Filling>
}

export interface Filling {
  add(entry: number): unknown
  /** Of some entries, evenly spread. @throws Error if they do not read as they were added. */
  check(): Promise<void>
}

export const SLOT = 'a slot'
const SLOT_IN_CHECKPOINT = 'a slot written within a checkpoint'
const ACCOUNT = 'an account with a balance and a nonce'
const SAMPLES = 1_000

function isSlow(subject: string): boolean {
  return subject === SIMPLE.name || subject === TEVM.name
}

function samplesOf(size: number): Uint32Array {
  const count = Math.min(size, SAMPLES)
  return Uint32Array.from({ length: count }, (_, at) => Math.floor((at * size) / count))
}

function slotFiller(maker: SlotApiMaker, workload: string): Filler {
  const { subject } = maker
  return {
    workload,
    subject,
    isSlow: isSlow(subject),
    async open(size) {
      const addresses = addressesOf(size)
      const api = await maker.open(addresses)
      const places = addresses.map((address) => api.place(address))
      const slot = new Uint8Array(SLOT_BYTES)
      if (workload === SLOT_IN_CHECKPOINT) await api.checkpoint?.()
      return {
        add(entry) {
          writeSlot('uniform', entry, slot)
          return api.write(places[entry % places.length], slot, entryValue(entry))
        },
        async check() {
          const visits = visitsTo(api, { size, keys: 'uniform' }, samplesOf(size))
          await requireValues(subject, api, visits, entryValue)
        },
      }
    },
  }
}

const ownSlots = ownApis.filter(({ writes }) => writes === WRITE_BYTES)
const slotPeers = fastPeers.filter(
  ({ subject, writes }) => writes === WRITE_BYTES || isSlow(subject),
)
const scopedPeers = slotPeers.filter(({ writes }) => writes !== WRITE_BYTES)

const balanceOf = (account: number): bigint => 10n ** 18n + BigInt(account) * 1_000_003n
const NONCE = 7n

interface AccountStore {
  /** Gives a promise where it must be awaited. */
  put(address: Uint8Array, balance: bigint): unknown
  balanceAt(address: Uint8Array): unknown
}

function accountFiller(subject: string, make: () => Promise<AccountStore>): Filler {
  return {
    workload: ACCOUNT,
    subject,
    isSlow: isSlow(subject),
    async open(size) {
      const store = await make()
      return {
        add: (account) => store.put(addressOf(account), balanceOf(account)),
        async check() {
          for (const account of samplesOf(size)) {
            const found = await store.balanceAt(addressOf(account))
            if (found !== balanceOf(account)) throw new Error(`${subject}: ${account} is ${found}`)
          }
        },
      }
    },
  }
}

const ownAccounts = engines.map(({ name, load }) =>
  accountFiller(name, async () => {
    const state = new StateManager({ ffi: await load() })
    return {
      put(address, balance) {
        state.setBalance(address, balance)
        state.setNonce(address, NONCE)
      },
      balanceAt: (address) => state.peekBalance(address),
    }
  }),
)

const mapOfAccounts = accountFiller('Map', async () => {
  const state = new Map<string, { readonly nonce: bigint; readonly balance: bigint }>()
  return {
    put: (address, balance) => void state.set(toHex(address), { nonce: NONCE, balance }),
    balanceAt: (address) => state.get(toHex(address))?.balance,
  }
})

const peerAccounts = [SIMPLE, TEVM].map(({ name, make }) =>
  accountFiller(name, async () => {
    const state = await make()
    return {
      put: (address, balance) =>
        state.putAccount(new Address(address), new Account(NONCE, balance)),
      balanceAt: async (address) => (await state.getAccount(new Address(address)))?.balance,
    }
  }),
)

export const fillers: readonly Filler[] = [
  ...[...ownSlots, ...slotPeers].map((maker) => slotFiller(maker, SLOT)),
  ...[...ownSlots, ...scopedPeers].map((maker) => slotFiller(maker, SLOT_IN_CHECKPOINT)),
  ...ownAccounts,
  mapOfAccounts,
  ...peerAccounts,
]
