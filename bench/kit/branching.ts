/** States that can be branched or copied: forkstate, maps, and what other state managers offer. */

import type { Engine } from '../../src/index.ts'
import { StateManager } from '../../src/index.ts'
import type { MaybeLater } from './batches.ts'
import type { PeerState } from './peers.ts'
import { MERKLE, SIMPLE, TEVM } from './peers.ts'
import type { EngineLoader } from './subjects.ts'
import { engines } from './subjects.ts'
import type { TevmState } from './tevm-state.ts'
import { makeTevmState } from './tevm-state.ts'

/** Slots and values are 32 bytes. What takes long gives promises. */
export interface Branching {
  /** Undefined, or zeros or nothing, for a slot that was not written. */
  get(address: Uint8Array, slot: Uint8Array): MaybeLater<Uint8Array | undefined>
  set(address: Uint8Array, slot: Uint8Array, value: Uint8Array): MaybeLater<void>
  /** Another one that starts from the same state; neither sees later writes of the other. */
  branch(): MaybeLater<Branching>
  destroy(): void
}

export interface BranchingMaker {
  readonly name: string
  readonly note?: string
  /** Whether all is copied, so that one time is like another. */
  readonly isCopy: boolean
  /** Slots that it manages in reasonable time. */
  readonly mostSlots: number
  /** An empty state. @throws LeftOut if it cannot run here. */
  make(): Promise<Branching>
}

function forkstate(state: StateManager): Branching {
  return {
    get: (address, slot) => state.peekStorageBytes(address, slot),
    set: (address, slot, value) => state.setStorage(address, slot, value),
    branch: () => forkstate(state.branch()),
    destroy: () => state.destroy(),
  }
}

function flatMap(values: Map<string, Uint8Array>): Branching {
  return {
    get: (address, slot) => values.get(hexOf(address) + hexOf(slot)),
    set: (address, slot, value) => void values.set(hexOf(address) + hexOf(slot), value.slice()),
    branch: () => flatMap(new Map(values)),
    destroy() {},
  }
}

function nestedMap(accounts: Map<string, Map<string, Uint8Array>>): Branching {
  return {
    get: (address, slot) => accounts.get(hexOf(address))?.get(hexOf(slot)),
    set(address, slot, value) {
      const key = hexOf(address)
      const own = accounts.get(key) ?? new Map<string, Uint8Array>()
      accounts.set(key, own.set(hexOf(slot), value.slice()))
    },
    branch: () => nestedMap(new Map([...accounts].map(([key, own]) => [key, new Map(own)]))),
    destroy() {},
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

type SlotState = Pick<PeerState, 'getAccount' | 'putAccount' | 'getStorage' | 'putStorage'>

/** State managers of EthereumJS: an account is put before its first slot. */
async function peer(state: SlotState, copy: () => MaybeLater<Branching>): Promise<Branching> {
  const { Account, Address } = await import('@ethereumjs/util')
  const addressOf = (bytes: Uint8Array) => new Address(bytes)
  return {
    get: (bytes, slot) => state.getStorage(addressOf(bytes), slot),
    async set(bytes, slot, value) {
      const address = addressOf(bytes)
      if ((await state.getAccount(address)) === undefined) {
        await state.putAccount(address, new Account())
      }
      await state.putStorage(address, slot, value)
    },
    branch: copy,
    destroy() {},
  }
}

type Whole = Awaited<ReturnType<typeof MERKLE.make>>

function simple(state: Whole): Promise<Branching> {
  return peer(state, () => simple(state.shallowCopy()))
}

function merkle(state: Whole): Promise<Branching> {
  return peer(state, async () => {
    await state.getStateRoot()
    return await merkle(state.shallowCopy())
  })
}

function tevm(state: TevmState): Promise<Branching> {
  const { getAccount, putAccount, getContractStorage, putContractStorage } = state
  const named = { getAccount, putAccount, getStorage: getContractStorage }
  return peer({ ...named, putStorage: putContractStorage }, async () =>
    tevm(await state.deepCopy()),
  )
}

/** All it makes live in one engine, whose code is warm for the later ones. */
function forkstateMaker({ name, load }: EngineLoader): BranchingMaker {
  let engine: Promise<Engine> | undefined
  return {
    name,
    isCopy: false,
    mostSlots: ANY,
    async make() {
      engine ??= load()
      return forkstate(new StateManager({ ffi: await engine }))
    },
  }
}

const ANY = Number.POSITIVE_INFINITY

export const branchingMakers: readonly BranchingMaker[] = [
  ...engines.map(forkstateMaker),
  {
    name: 'Map',
    note: '`new Map(map)`',
    isCopy: true,
    mostSlots: ANY,
    make: async () => flatMap(new Map()),
  },
  {
    name: 'nested Map',
    note: '`new Map(map)`, and so for each account',
    isCopy: true,
    mostSlots: ANY,
    make: async () => nestedMap(new Map()),
  },
  {
    name: SIMPLE.name,
    note: 'its `shallowCopy` copies its maps, with those of open checkpoints',
    isCopy: true,
    mostSlots: ANY,
    make: async () => await simple(await SIMPLE.make()),
  },
  {
    name: MERKLE.name,
    note:
      'its `shallowCopy` shares the trie and copies nothing that is only in its caches, so that ' +
      '`getStateRoot` must write that to the trie before; the caches of the copy are empty',
    isCopy: true,
    mostSlots: 1_000,
    make: async () => await merkle(await MERKLE.make()),
  },
  {
    name: TEVM.name,
    note: '`deepCopy`, a dump that is loaded; its `shallowCopy` copies nothing',
    isCopy: true,
    mostSlots: 10_000,
    make: async () => await tevm(await makeTevmState()),
  },
]
