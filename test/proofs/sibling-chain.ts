/**
 * A chain with deletions that collapse branches, so that a root needs the siblings of deleted keys.
 */

import type { Hex } from 'viem'

import { StateManager, type StateManagerOptions } from '../../src/index.ts'
import type { AccountSeeds, FakeBlock } from '../support/fake-chain.ts'
import { FakeChain } from '../support/fake-chain.ts'
import type { FakeCall } from '../support/fake-upstream.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { freshAddress, word } from '../support/sample-keys.ts'

export const holder: Hex = freshAddress()
export const GONE = word(1)
export const KEPT = word(2)

export interface SiblingWorld {
  readonly chain: FakeChain
  readonly client: FakeRpcClient
  readonly fork: StateManager
  /** The state after the deletion of `GONE`, on a separate chain. */
  readonly after: FakeBlock
}

/** A branch of two leaves; if one is deleted, the other moves up, so it must be known. */
export async function siblingWorld(options: StateManagerOptions = {}): Promise<SiblingWorld> {
  const seeds: AccountSeeds = {
    [holder]: { nonce: 1n, code: '0x00', storage: { [GONE]: 7n, [KEPT]: 2n ** 200n } },
  }
  const chain = new FakeChain()
  chain.mine(seeds)
  const model = new FakeChain()
  model.mine(seeds)
  const after = model.mine({ [holder]: { storage: { [GONE]: 0n } } })
  const client = new FakeRpcClient(chain)
  const fork = new StateManager({ ...options, rpcClient: client })
  await fork.getStorage(holder, GONE)
  client.calls.length = 0
  return { chain, client, fork, after }
}

/** Makes a client refuse the proof of any slot but the deleted one. */
export function refuseOthers(client: FakeRpcClient): void {
  client.before = ({ method, slots = [] }: FakeCall) => {
    if (method === 'getProof' && slots.some((slot) => slot !== GONE)) throw new Error('refused')
  }
}
