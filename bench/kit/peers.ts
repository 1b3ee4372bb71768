/**
 * State managers behind one interface, the `StateManagerInterface` of `@ethereumjs/common` 10:
 * forkstate's adapter over each build of the core, and its peers. Nothing is loaded before it is
 * made.
 */

import type { StateManagerInterface } from '@ethereumjs/common'
import { StateManager } from '../../src/index.ts'
import * as names from './names.ts'
import { engines } from './subjects.ts'

/** What all of them can do; accounts must be put before their slots. */
export type PeerState = Pick<
  StateManagerInterface,
  | 'getAccount'
  | 'putAccount'
  | 'getCode'
  | 'putCode'
  | 'getStorage'
  | 'putStorage'
  | 'checkpoint'
  | 'commit'
  | 'revert'
>

export interface PeerMaker<State extends PeerState = PeerState> {
  readonly name: string
  /** What it does less than the others. */
  readonly note?: string
  /** An empty state. @throws LeftOut if it cannot run here. */
  make(): Promise<State>
}

/** Nobody listens there: whatever is fetched fails. */
const NO_NODE = 'http://127.0.0.1:9'

/** forkstate's adapter, over each build of the core. */
export const adapters: readonly PeerMaker<StateManagerInterface>[] = engines.map(
  ({ name, load }) => ({
    name,
    async make() {
      const { ForkStateManager } = await import('../../src/ethereumjs.ts')
      return new ForkStateManager({ state: new StateManager({ ffi: await load() }) })
    },
  }),
)

export const SIMPLE: PeerMaker<StateManagerInterface> = {
  name: names.SIMPLE,
  note: 'copies everything at a checkpoint; keeps the arrays it is given; no state roots',
  async make() {
    const { SimpleStateManager } = await import('@ethereumjs/statemanager')
    return new SimpleStateManager()
  },
}

export const MERKLE: PeerMaker<StateManagerInterface> = {
  name: names.MERKLE,
  note: 'a slot that is written goes into its trie at once, beside its cache',
  async make() {
    const { Caches, MerkleStateManager } = await import('@ethereumjs/statemanager')
    return new MerkleStateManager({ caches: new Caches() })
  },
}

/** Reads what was put; nothing else may be read, since there is no node. */
export const RPC: PeerMaker<StateManagerInterface> = {
  name: names.RPC,
  note: 'its `commit` leaves the checkpoint of its storage open; no state roots',
  async make() {
    const { RPCStateManager } = await import('@ethereumjs/statemanager')
    return new RPCStateManager({ provider: NO_NODE, blockTag: 1n })
  },
}

/** The names it has for storage and code. */
interface TevmState
  extends Pick<PeerState, 'getAccount' | 'putAccount' | 'checkpoint' | 'commit' | 'revert'> {
  readonly getContractStorage: PeerState['getStorage']
  readonly putContractStorage: PeerState['putStorage']
  readonly getContractCode: PeerState['getCode']
  readonly putContractCode: PeerState['putCode']
  ready(): Promise<true>
}

export const TEVM: PeerMaker = {
  name: names.TEVM,
  note: 'keeps what was read or written of at most 100,000 accounts; no state roots',
  async make() {
    const { createStateManager } = await import('@tevm/state')
    // It was written for `Address` and `Account` of version 9, of which it uses what version 10 has
    // too: so nothing is converted, which would count against it.
    const state = createStateManager({}) as unknown as TevmState
    await state.ready()
    const { getAccount, putAccount, checkpoint, commit, revert } = state
    return {
      getAccount,
      putAccount,
      getCode: state.getContractCode,
      putCode: state.putContractCode,
      getStorage: state.getContractStorage,
      putStorage: state.putContractStorage,
      checkpoint,
      commit,
      revert,
    }
  },
}

/** All of them. */
export const peers: readonly PeerMaker[] = [...adapters, SIMPLE, RPC, MERKLE, TEVM]
