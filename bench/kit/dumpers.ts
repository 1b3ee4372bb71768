/** States that are written as text and read back: forkstate, a map, and what packages have. */

import type { Engine, Hex } from '../../src/index.ts'
import { fromAnvilState, StateManager, toAnvilState } from '../../src/index.ts'
import type { MaybeLater } from './batches.ts'
import { MERKLE, TEVM } from './peers.ts'
import { engines } from './subjects.ts'
import type { TevmDump } from './tevm-state.ts'
import { makeTevmState } from './tevm-state.ts'

export interface Dumper {
  /** Slots and values of 32 bytes. */
  set(address: Uint8Array, slot: Uint8Array, value: Uint8Array): MaybeLater<void>
  get(address: Uint8Array, slot: Uint8Array): MaybeLater<Uint8Array | undefined>
  /** All of it as text. */
  dump(): MaybeLater<string>
  /** Takes a text into this state, which is empty; absent where only reading is offered. */
  load?(text: string): MaybeLater<void>
  destroy(): void
}

export interface DumperMaker {
  readonly name: string
  readonly note?: string
  /** Slots that it manages in reasonable time. */
  readonly mostSlots: number
  /** An empty state. @throws LeftOut if it cannot run here. */
  make(): Promise<Dumper>
}

type Form = Pick<Required<Dumper>, 'dump' | 'load'>

function asJson(state: StateManager): Form {
  return {
    dump: () => JSON.stringify(state.dump()),
    load: (text) => state.load(JSON.parse(text)),
  }
}

/** One line a piece. */
function inPieces(state: StateManager): Form {
  return {
    dump: () => [...state.dumpStream()].map((piece) => JSON.stringify(piece)).join('\n'),
    load(text) {
      for (const line of text.split('\n')) state.load(JSON.parse(line))
    },
  }
}

function asAnvilState(state: StateManager): Form {
  return {
    dump: () => toAnvilState(state),
    load: async (text) => state.load(await fromAnvilState(text as Hex)),
  }
}

/** Addresses and slots as hex, as dumps have them. */
type HexMap = Map<Hex, Map<Hex, Uint8Array>>

function nestedMap(): Dumper {
  const accounts: HexMap = new Map()
  const storageOf = (address: Hex) => {
    const known = accounts.get(address)
    if (known !== undefined) return known
    const made = new Map<Hex, Uint8Array>()
    accounts.set(address, made)
    return made
  }
  return {
    set: (address, slot, value) => void storageOf(hex(address)).set(hex(slot), value.slice()),
    get: (address, slot) => accounts.get(hex(address))?.get(hex(slot)),
    dump() {
      const storages = [...accounts].map(([address, slots]) => {
        const values = [...slots].map(([slot, value]) => [slot, hex(value)] as const)
        return [address, Object.fromEntries(values)] as const
      })
      return JSON.stringify(Object.fromEntries(storages))
    },
    load(text) {
      for (const [address, slots] of entriesOf<Readonly<Record<Hex, Hex>>>(JSON.parse(text))) {
        const storage = storageOf(address)
        for (const [slot, value] of entriesOf<Hex>(slots)) {
          storage.set(slot, new Uint8Array(Buffer.from(value.slice(2), 'hex')))
        }
      }
    },
    destroy: () => accounts.clear(),
  }
}

function entriesOf<Value>(
  record: Readonly<Record<Hex, Value>>,
): readonly (readonly [Hex, Value])[] {
  return Object.entries(record) as [Hex, Value][]
}

function hex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

/** Accounts are put before their first slot. */
async function tevm(): Promise<Dumper> {
  const { Account, Address } = await import('@ethereumjs/util')
  const state = await makeTevmState()
  return {
    async set(bytes, slot, value) {
      const address = new Address(bytes)
      if ((await state.getAccount(address)) === undefined) {
        await state.putAccount(address, new Account())
      }
      await state.putContractStorage(address, slot, value)
    },
    get: (address, slot) => state.getContractStorage(new Address(address), slot),
    dump: async () =>
      JSON.stringify(await state.dumpCanonicalGenesis(), (_, value) =>
        typeof value === 'bigint' ? `${value}` : value,
      ),
    async load(text) {
      const dump: TevmDump = JSON.parse(text, (key, value) =>
        key === 'nonce' || key === 'balance' ? BigInt(value) : value,
      )
      await state.generateCanonicalGenesis(dump)
    },
    destroy() {},
  }
}

async function merkle(): Promise<Dumper> {
  const { Account, Address } = await import('@ethereumjs/util')
  const state = await MERKLE.make()
  const addresses = new Map<string, InstanceType<typeof Address>>()
  const dumpStorage = state.dumpStorage?.bind(state)
  if (dumpStorage === undefined) throw new Error(`${MERKLE.name} has no dumpStorage`)
  return {
    async set(bytes, slot, value) {
      const address = new Address(bytes)
      const key = address.toString()
      if (!addresses.has(key)) await state.putAccount(address, new Account())
      addresses.set(key, address)
      await state.putStorage(address, slot, value)
    },
    get: (address, slot) => state.getStorage(new Address(address), slot),
    async dump() {
      const storages: Record<string, unknown> = {}
      for (const [key, address] of addresses) storages[key] = await dumpStorage(address)
      return JSON.stringify(storages)
    },
    destroy() {},
  }
}

const ANY = Number.POSITIVE_INFINITY

const forms = [
  { suffix: '', formOf: asJson },
  {
    suffix: ', in pieces',
    formOf: inPieces,
    note: '`dumpStream`, for states too large for one text',
  },
  { suffix: ', as a state of anvil', formOf: asAnvilState, note: 'gzipped, as hex' },
] as const

const forkstates: readonly DumperMaker[] = engines.flatMap(({ name, load }) => {
  // All that is made lives in one engine, whose code is warm for the later ones.
  let engine: Promise<Engine> | undefined
  return forms.map(({ suffix, formOf, ...rest }) => ({
    name: `${name}${suffix}`,
    ...rest,
    mostSlots: ANY,
    async make(): Promise<Dumper> {
      engine ??= load()
      const state = new StateManager({ ffi: await engine })
      return {
        ...formOf(state),
        set: (address, slot, value) => state.setStorage(address, slot, value),
        get: (address, slot) => state.peekStorageBytes(address, slot),
        destroy: () => state.destroy(),
      }
    },
  }))
})

export const dumpers: readonly DumperMaker[] = [
  ...forkstates,
  { name: 'nested Map', mostSlots: ANY, make: async () => nestedMap() },
  {
    name: TEVM.name,
    note: '`dumpCanonicalGenesis`, with accounts; `generateCanonicalGenesis`',
    mostSlots: ANY,
    make: tevm,
  },
  {
    name: MERKLE.name,
    note: '`dumpStorage` of each account: by the hash of a slot, so that it cannot be loaded',
    mostSlots: 10_000,
    make: merkle,
  },
]
