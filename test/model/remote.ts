/** The chain of the random test: one account of each kind that a node can answer. */

import type { Hex } from 'viem'

import { type AccountSeeds, FakeChain } from '../support/fake-chain.ts'
import type { ModelAccount, World } from './model.ts'
import { ADDRESSES, CODES, SLOTS } from './operations.ts'

const [live, sharer, plain, nonceOnly, storageOnly] = ADDRESSES as [Hex, Hex, Hex, Hex, Hex]
const [first, second, third, distant] = SLOTS as [Hex, Hex, Hex, Hex]
const code = CODES[1] as Hex

/** Account 5 is absent. */
const SEEDS: AccountSeeds = {
  [live]: { balance: 10n, nonce: 1n, code, storage: { [first]: 3n, [distant]: 4n } },
  [sharer]: { code, storage: { [second]: 2n ** 256n - 1n } },
  [plain]: { balance: 2n ** 200n },
  [nonceOnly]: { nonce: 2n ** 64n - 1n },
  [storageOnly]: { storage: { [third]: 5n } },
}

/** A new chain for one run, with every convention for "empty" used in turn. */
export function remoteChain(run: number): FakeChain {
  const chain = new FakeChain({ emptyHashes: run % 2 === 0 ? 'zero' : 'hash of nothing' })
  chain.mine(SEEDS)
  return chain
}

/** The head of the chain as the model sees it: accounts that exist. */
export function worldOf(chain: FakeChain): World {
  const world = new Map<Hex, ModelAccount>()
  for (const [address, account] of chain.head.accounts) world.set(address, account)
  return world
}
