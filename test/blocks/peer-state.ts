/** The state after writes and its proofs, in tries of `@ethereumjs/mpt` from a witness's nodes. */

import { createMerkleProof, createMPTFromProof, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex, type Hex, hexToBytes, keccak256, trim } from 'viem'

import { word } from '../support/sample-keys.ts'

const EMPTY_ROOT = keccak256('0x80')
const NO_CODE = keccak256('0x')
const HASH_BYTES = 32

/** The sum of all writes to an account. */
export interface Change {
  readonly exists: boolean
  /** Whether the earlier nonce, code and storage are gone. */
  readonly isAnew: boolean
  readonly isCleared: boolean
  /** In wei. */
  readonly balance: bigint
  /** 0 deletes. */
  readonly slots: ReadonlyMap<Hex, bigint>
}

/** A key before hashing, and its leaf; undefined deletes it. */
type Leaf = readonly [key: Hex, leaf: Uint8Array | undefined]

/** All methods reject if a trie node is missing. */
export class PeerState {
  readonly root: Hex
  readonly #nodes: MerklePatriciaTrie

  private constructor(nodes: MerklePatriciaTrie, root: Hex) {
    this.#nodes = nodes
    this.root = root
  }

  static async ofWitness(nodes: readonly Hex[], root: Hex): Promise<PeerState> {
    const bytes = nodes.map((node) => hexToBytes(node))
    return new PeerState(await createMPTFromProof(bytes, { useKeyHashing: true }), root)
  }

  /** The state after changes; this one is not changed. */
  async after(changes: ReadonlyMap<Hex, Change>): Promise<PeerState> {
    const leaves: Leaf[] = []
    for (const [address, change] of changes) {
      leaves.push([address, change.exists ? await this.#leafAfter(address, change) : undefined])
    }
    return new PeerState(this.#nodes, await this.#rootAfter(this.root, leaves))
  }

  /** The nodes of EIP-1186 for an account. */
  async proveAccount(address: Hex): Promise<readonly Hex[]> {
    return await this.#prove(this.root, address)
  }

  /** The nodes of EIP-1186 for a slot. */
  async proveSlot(address: Hex, slot: Hex): Promise<readonly Hex[]> {
    const account = await this.#accountOf(address)
    return await this.#prove(account === undefined ? EMPTY_ROOT : bytesToHex(account[2]), slot)
  }

  async #accountOf(address: Hex): Promise<AccountItems | undefined> {
    const leaf = await leafAt(this.#trieAt(this.root), address)
    return leaf === null ? undefined : (RLP.decode(leaf) as unknown as AccountItems)
  }

  async #leafAfter(address: Hex, change: Change): Promise<Uint8Array> {
    const before = change.isAnew ? undefined : await this.#accountOf(address)
    const values = [...change.slots].map(([slot, value]): Leaf => {
      return [slot, value === 0n ? undefined : RLP.encode(minimal(value))]
    })
    const start = change.isCleared || before === undefined ? EMPTY_ROOT : bytesToHex(before[2])
    const storageRoot = await this.#rootAfter(start, values)
    const [nonce, codeHash] = before === undefined ? [minimal(0n), NO_CODE] : [before[0], before[3]]
    return RLP.encode([nonce, minimal(change.balance), storageRoot, codeHash])
  }

  /** Puts come first, so that no sibling is needed without reason. */
  async #rootAfter(root: Hex, leaves: readonly Leaf[]): Promise<Hex> {
    const trie = this.#trieAt(root)
    for (const [key, leaf] of leaves) {
      // This fails if trie nodes are missing; a put does not.
      await leafAt(trie, key)
      if (leaf !== undefined) await trie.put(hexToBytes(key), leaf)
    }
    for (const [key, leaf] of leaves) {
      if (leaf === undefined && (await leafAt(trie, key)) !== null) await trie.del(hexToBytes(key))
    }
    return bytesToHex(trie.root())
  }

  async #prove(root: Hex, key: Hex): Promise<readonly Hex[]> {
    if (root === EMPTY_ROOT) return []
    const trie = this.#trieAt(root)
    // This fails if trie nodes are missing; the proof does not.
    await leafAt(trie, key)
    const nodes = await createMerkleProof(trie, hexToBytes(key))
    // The peer repeats trie nodes that are embedded in their parents.
    const proof = nodes.filter((node, index) => index === 0 || node.length >= HASH_BYTES)
    return proof.map((node) => bytesToHex(node))
  }

  #trieAt(root: Hex): MerklePatriciaTrie {
    const trie = this.#nodes.shallowCopy(false)
    trie.root(hexToBytes(root))
    return trie
  }
}

/** Rejects if a trie node is missing. */
async function leafAt(trie: MerklePatriciaTrie, key: Hex): Promise<Uint8Array | null> {
  // The peer has no trie node for the root of an empty trie.
  if (bytesToHex(trie.root()) === EMPTY_ROOT) return null
  return await trie.get(hexToBytes(key), true)
}

/** Nonce, balance, storage root and hash of the code. */
type AccountItems = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array]

/** Big-endian without leading zeros; nothing for 0. */
export function minimal(value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array(0) : hexToBytes(trim(word(value)))
}
