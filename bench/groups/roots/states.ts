/** Forkstate, and tries of `@ethereumjs/mpt` with its cache of nodes, given the same writes. */

import { createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { bytesToHex, KECCAK256_NULL_S, KECCAK256_RLP_S } from '@ethereumjs/util'
import { type Engine, type Hex, StateManager } from '../../../src/index.ts'
import type { PickBelow } from '../../../test/support/random.ts'
import type { Contender } from '../../kit/group.ts'
import { leafOf, randomBytes, type TriePeer } from '../../kit/tries.ts'

/** A write of a slot, or of a balance where none is named. */
export interface Write {
  readonly address: Uint8Array
  readonly slot?: Uint8Array
  readonly value: bigint
}

export type Batch = readonly Write[]

export interface RootedState {
  /** @returns The root. */
  write(batch: Batch): Promise<Hex>
  destroy(): void
}

const SLOTS_A_CONTRACT = 50
/** Enough for the state, and not much more: the peer allocates its caches at once. */
const PEER_CACHED_SLOTS = 500
const PEER_CACHED_NODES = 2

/** Writes of every balance and slot of a state whose contracts hold some slots each. */
export function stateOf(size: number, below: PickBelow): Batch {
  const half = size >> 1
  const addresses = Array.from({ length: half }, () => randomBytes(20, below))
  const balances = addresses.map((address) => rewritten({ address, value: 0n }, below))
  const slots = Array.from({ length: size - half }, (_, at) => {
    const address = addresses[Math.floor(at / SLOTS_A_CONTRACT)] as Uint8Array
    return rewritten({ address, slot: randomBytes(32, below), value: 0n }, below)
  })
  return [...balances, ...slots]
}

export function rewritten(write: Write, below: PickBelow): Write {
  return { ...write, value: BigInt(1 + below(2 ** 32 - 1)) ** 3n }
}

export function ownStates(name: string, ffi: Engine): Contender<RootedState> {
  return {
    name,
    async open() {
      const state = new StateManager({ ffi })
      return {
        write(batch) {
          for (const { address, slot, value } of batch) {
            if (slot === undefined) state.setBalance(address, value)
            else state.setStorage(address, slot, value)
          }
          return state.getStateRoot()
        },
        destroy: () => state.destroy(),
      }
    },
  }
}

interface PeerAccount {
  readonly address: Uint8Array
  /** Made by the first write of a slot. */
  storage?: MerklePatriciaTrie
  balance: bigint
}

type Put = { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }

/** @param size Balances and slots that its caches are made for. */
export function peerStates({ name, options }: TriePeer, size: number): Contender<RootedState> {
  const storageRootAfter = async (account: PeerAccount, puts: Put[]): Promise<Hex> => {
    if (puts.length > 0) {
      account.storage ??= await createMPT({ ...options, cacheSize: PEER_CACHED_SLOTS })
      await account.storage.batch(puts)
    }
    return account.storage === undefined ? KECCAK256_RLP_S : bytesToHex(account.storage.root())
  }
  return {
    name,
    async open() {
      const trie = await createMPT({ ...options, cacheSize: size * PEER_CACHED_NODES })
      const accounts = new Map<string, PeerAccount>()
      return {
        async write(batch) {
          const touched = new Map<PeerAccount, Put[]>()
          for (const { address, slot, value } of batch) {
            const key = bytesToHex(address)
            const account: PeerAccount = accounts.get(key) ?? { address, balance: 0n }
            accounts.set(key, account)
            const puts = touched.get(account) ?? []
            touched.set(account, puts)
            if (slot === undefined) account.balance = value
            else puts.push({ type: 'put', key: slot, value: leafOf(value) })
          }
          const changed: Put[] = []
          for (const [account, puts] of touched) {
            const storageHash = await storageRootAfter(account, puts)
            const { address, balance } = account
            const value = leafOf({ balance, nonce: 0n, storageHash, codeHash: KECCAK256_NULL_S })
            changed.push({ type: 'put', key: address, value })
          }
          await trie.batch(changed)
          return bytesToHex(trie.root())
        },
        destroy: () => accounts.clear(),
      }
    },
  }
}
