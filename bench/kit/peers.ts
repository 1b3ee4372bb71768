/** The peers of forkstate behind one interface. Nothing is loaded before it is asked for. */

import type { StateManagerInterface } from '@ethereumjs/common'
import type { Address } from '@ethereumjs/util'
import type { Contender, Named } from './group.ts'
import * as names from './names.ts'
import { type State, stateOf } from './state.ts'

type Shared = 'getAccount' | 'putAccount' | 'checkpoint' | 'commit' | 'revert'
/** What tevm calls otherwise. */
type Renamed = 'getCode' | 'putCode' | 'getStorage' | 'putStorage'

/** What all of them can do; accounts must be put before their slots. */
export interface Manager extends Pick<StateManagerInterface, Shared | Renamed> {
  /** Where it must be awaited before the first call. */
  ready?(): Promise<unknown>
}

type ManagerState = State<Address, Uint8Array, Uint8Array>

/** Its note says what it does less than the others. */
export interface Peer<Own extends Manager = Manager> extends Named {
  /** Loads its code. @returns What makes an empty state. @throws LeftOut if it cannot run here. */
  load(): Promise<() => Own>
  /** What it can do with a state as a whole. @param asState Another of its managers as a state. */
  whole?(manager: Own, asState: (other: Own) => ManagerState): Partial<ManagerState>
}

export const SIMPLE: Peer<StateManagerInterface> = {
  name: names.SIMPLE,
  note: 'copies everything at a checkpoint; keeps the arrays it is given; no state roots',
  async load() {
    const { SimpleStateManager } = await import('@ethereumjs/statemanager')
    return () => new SimpleStateManager()
  },
  whole: (manager, asState) => ({ branch: () => asState(manager.shallowCopy()) }),
}

export const MERKLE: Peer<StateManagerInterface> = {
  name: names.MERKLE,
  note: 'a slot that is written goes into its trie at once, beside its cache',
  async load() {
    const { Caches, MerkleStateManager } = await import('@ethereumjs/statemanager')
    return () => new MerkleStateManager({ caches: new Caches() })
  },
  whole: (manager, asState) => ({
    snapshot: () => manager.getStateRoot(),
    revertTo: (root) => manager.setStateRoot(root as Uint8Array),
    async branch() {
      // What is only in its caches is not copied.
      await manager.getStateRoot()
      return asState(manager.shallowCopy())
    },
    async dump(places) {
      const storages: Record<string, unknown> = {}
      for (const place of places) storages[`${place}`] = await manager.dumpStorage?.(place)
      return JSON.stringify(storages)
    },
  }),
}

/** Reads what was put; nothing else may be read, since there is no node. */
export const RPC: Peer<StateManagerInterface> = {
  name: names.RPC,
  note: 'its `commit` leaves the checkpoint of its storage open; no state roots',
  async load() {
    const { RPCStateManager } = await import('@ethereumjs/statemanager')
    return () => new RPCStateManager({ provider: 'http://127.0.0.1:9', blockTag: 1n })
  },
}

interface TevmState extends Required<Pick<Manager, Shared | 'ready'>> {
  readonly getContractStorage: Manager['getStorage']
  readonly putContractStorage: Manager['putStorage']
  readonly getContractCode: Manager['getCode']
  readonly putContractCode: Manager['putCode']
  deepCopy(): Promise<TevmState>
  /** By address; balances and nonces are bigints, the rest is hex. */
  dumpCanonicalGenesis(): Promise<Readonly<Record<string, unknown>>>
  generateCanonicalGenesis(dump: Readonly<Record<string, unknown>>): Promise<void>
}

/**
 * tevm was written for `Address` and `Account` of version 9, of which it uses what version 10 has
 * too: so nothing is converted, which would count against it.
 */
export function asManager(created: unknown): Manager & { readonly state: TevmState } {
  const state = created as TevmState
  const { ready, getAccount, putAccount, checkpoint, commit, revert } = state
  return {
    ...{ state, ready, getAccount, putAccount, checkpoint, commit, revert },
    getCode: state.getContractCode,
    putCode: state.putContractCode,
    getStorage: state.getContractStorage,
    putStorage: state.putContractStorage,
  }
}

export const TEVM: Peer<ReturnType<typeof asManager>> = {
  name: names.TEVM,
  note: 'keeps what was read or written of at most 100,000 accounts; no state roots',
  async load() {
    const { createStateManager } = await import('@tevm/state')
    return () => asManager(createStateManager({}))
  },
  whole: ({ state }, asState) => ({
    branch: async () => asState(asManager(await state.deepCopy())),
    dump: async () =>
      JSON.stringify(await state.dumpCanonicalGenesis(), (_, value) =>
        typeof value === 'bigint' ? `${value}` : value,
      ),
    load: (text) =>
      state.generateCanonicalGenesis(
        JSON.parse(text, (key, value) =>
          key === 'nonce' || key === 'balance' ? BigInt(value) : value,
        ),
      ),
  }),
}

export function statesOf<Own extends Manager>(peer: Peer<Own>): Contender<ManagerState> {
  return {
    name: peer.name,
    note: peer.note,
    async open() {
      const util = await import('@ethereumjs/util')
      const asState = (manager: Own): ManagerState =>
        stateOf<Address>({
          raw: manager,
          place: (address) => new util.Address(address),
          create: (place) => manager.putAccount(place, new util.Account(1n)),
          read: (place, slot) => manager.getStorage(place, slot),
          write: (place, slot, value) => manager.putStorage(place, slot, value),
          putAccount: (place, { nonce, balance }) =>
            manager.putAccount(place, new util.Account(nonce, balance)),
          putCode: (place, code) => manager.putCode(place, code),
          balanceAt: async (place) => (await manager.getAccount(place))?.balance,
          checkpoint: () => manager.checkpoint(),
          commit: () => manager.commit(),
          revert: () => manager.revert(),
          ...peer.whole?.(manager, asState),
        })
      const opened = (await peer.load())()
      await opened.ready?.()
      return asState(opened)
    },
  }
}
