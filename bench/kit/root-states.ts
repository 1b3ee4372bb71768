/**
 * Rooted states: forkstate on a build of the core, and tries of `@ethereumjs/mpt` with its cache of
 * nodes, that get the same writes in batches.
 *
 * The writes are in the time, since the peer hashes while it writes. All roots must be equal before
 * anything is timed, and once more at the end.
 */

import type { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { createMPT } from '@ethereumjs/mpt'
import { bytesToHex, KECCAK256_NULL_S, KECCAK256_RLP_S } from '@ethereumjs/util'

import type { Engine, Hex } from '../../src/index.ts'
import { StateManager } from '../../src/index.ts'
import type { PickBelow } from '../../test/support/random.ts'
import { leafOf, randomBytes } from './proof-cases.ts'
import type { TriePeer } from './trie-peers.ts'

/** A write of a slot, or of a balance where none is named. */
export interface Write {
  readonly address: Uint8Array
  readonly slot?: Uint8Array
  readonly value: bigint
}

export type Batch = readonly Write[]

export interface RootedState {
  /** The root after more writes. */
  write(batch: Batch): Promise<Hex>
  destroy(): void
}

/** Makes empty states. */
export interface RootedMaker {
  readonly name: string
  make(): Promise<RootedState>
}

const SLOTS_A_CONTRACT = 50
/** Enough for the state, and not much more: the peer allocates its caches at once. */
const PEER_CACHED_SLOTS = 500
/** Nodes of the trie of accounts that the peer caches, for each of them. */
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

/** The same place with another value, never zero. */
export function rewritten(write: Write, below: PickBelow): Write {
  return { ...write, value: BigInt(1 + below(2 ** 32 - 1)) ** 3n }
}

/** @throws Error if the roots after a batch differ. */
export async function requireEqualRoots(
  rivals: readonly { readonly name: string; readonly state: RootedState }[],
  batch: Batch,
): Promise<void> {
  const roots: string[] = []
  for (const { name, state } of rivals) roots.push(`${await state.write(batch)} of ${name}`)
  if (new Set(roots.map((root) => root.split(' ')[0])).size === 1) return
  throw new Error(`the roots differ: ${roots.join(', ')}`)
}

/** forkstate in memory. */
export function ownStates(name: string, ffi: Engine): RootedMaker {
  return { name, make: async () => new OwnState(new StateManager({ ffi })) }
}

/** @param size Balances and slots that its caches are made for. */
export function peerStates(peer: TriePeer, size: number): RootedMaker {
  return { name: peer.name, make: () => PeerState.create(peer, size) }
}

class OwnState implements RootedState {
  readonly #state: StateManager

  constructor(state: StateManager) {
    this.#state = state
  }

  write(batch: Batch): Promise<Hex> {
    for (const { address, slot, value } of batch) {
      if (slot === undefined) this.#state.setBalance(address, value)
      else this.#state.setStorage(address, slot, value)
    }
    return this.#state.getStateRoot()
  }

  destroy(): void {
    this.#state.destroy()
  }
}

interface PeerAccount {
  readonly address: Uint8Array
  /** Made by the first write of a slot. */
  storage: MerklePatriciaTrie | undefined
  balance: bigint
}

type Put = { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }

/** A trie of accounts, and one of slots for each of them. */
class PeerState implements RootedState {
  readonly #peer: TriePeer
  readonly #trie: MerklePatriciaTrie
  readonly #accounts = new Map<string, PeerAccount>()

  private constructor(peer: TriePeer, trie: MerklePatriciaTrie) {
    this.#peer = peer
    this.#trie = trie
  }

  static async create(peer: TriePeer, size: number): Promise<PeerState> {
    return new PeerState(peer, await newTrie(peer, size * PEER_CACHED_NODES))
  }

  async write(batch: Batch): Promise<Hex> {
    const touched = new Map<PeerAccount, Put[]>()
    for (const { address, slot, value } of batch) {
      const account = this.#accountAt(address)
      const puts = touched.get(account) ?? []
      touched.set(account, puts)
      if (slot === undefined) account.balance = value
      else puts.push({ type: 'put', key: slot, value: leafOf(value) })
    }
    const changed: Put[] = []
    for (const [account, puts] of touched) {
      const { address, balance } = account
      const storageHash = await this.#storageRootAfter(account, puts)
      const value = leafOf({ balance, nonce: 0n, storageHash, codeHash: KECCAK256_NULL_S })
      changed.push({ type: 'put', key: address, value })
    }
    await this.#trie.batch(changed)
    return bytesToHex(this.#trie.root())
  }

  #accountAt(address: Uint8Array): PeerAccount {
    const key = bytesToHex(address)
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    const account = { address, storage: undefined, balance: 0n }
    this.#accounts.set(key, account)
    return account
  }

  async #storageRootAfter(account: PeerAccount, puts: Put[]): Promise<Hex> {
    if (puts.length > 0) {
      account.storage ??= await newTrie(this.#peer, PEER_CACHED_SLOTS)
      await account.storage.batch(puts)
    }
    return account.storage === undefined ? KECCAK256_RLP_S : bytesToHex(account.storage.root())
  }

  destroy(): void {
    this.#accounts.clear()
  }
}

function newTrie({ keccak256 }: TriePeer, cacheSize: number): Promise<MerklePatriciaTrie> {
  const hash = keccak256 && { useKeyHashingFunction: keccak256 }
  return createMPT({ useKeyHashing: true, cacheSize, ...hash })
}
