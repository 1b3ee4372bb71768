/** What `@tevm/state` does with a state as a whole: its copies and dumps. */

import type { PeerState } from './peers.ts'

/** The state manager; it takes accounts and addresses of EthereumJS. */
export interface TevmState extends Pick<PeerState, 'getAccount' | 'putAccount'> {
  readonly getContractStorage: PeerState['getStorage']
  readonly putContractStorage: PeerState['putStorage']
  ready(): Promise<true>
  /** A copy of everything, made by a dump. */
  deepCopy(): Promise<TevmState>
  dumpCanonicalGenesis(): Promise<TevmDump>
  /** Replaces everything. */
  generateCanonicalGenesis(dump: TevmDump): Promise<void>
}

/** By address; balances and nonces are bigints, the rest is hex. */
export type TevmDump = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** An empty state. */
export async function makeTevmState(): Promise<TevmState> {
  const { createStateManager } = await import('@tevm/state')
  // Written for accounts and addresses of version 9, of which it uses what version 10 has too.
  const state = createStateManager({}) as unknown as TevmState
  await state.ready()
  return state
}
