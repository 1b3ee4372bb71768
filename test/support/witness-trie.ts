/**
 * Makes proofs from an unordered set of trie nodes, by a plain walk that finds each child by its
 * hash. Shares no code with the package.
 */

import { RLP } from '@ethereumjs/rlp'
import { type Hex, hexToBytes, keccak256 } from 'viem'
import { EMPTY_ROOT } from '../../src/encoding/constants.ts'

/** A decoded trie node, or an item of one. */
type Item = Uint8Array | readonly Item[]

/** The result of a walk. `value` is undefined if the key is provably absent. */
export interface Walk {
  /** Trie nodes from the root down, without embedded ones. */
  readonly proof: readonly Hex[]
  readonly value: Uint8Array | undefined
}

/** A trie node that the walk needs is not in the set. */
export class AbsentTrieNodeError extends Error {
  readonly hash: Hex

  constructor(hash: Hex) {
    super(`no trie node with hash ${hash}`)
    this.name = 'AbsentTrieNodeError'
    this.hash = hash
  }
}

const HASH_BYTES = 32

export class WitnessTrie {
  readonly #nodes = new Map<Hex, Hex>()

  constructor(nodes: Iterable<Hex>) {
    for (const node of nodes) this.#nodes.set(keccak256(node), node)
  }

  node(hash: Hex): Hex | undefined {
    return this.#nodes.get(hash)
  }

  /**
   * Walks down the trie under `root` along the hash of `key`.
   *
   * @throws AbsentTrieNodeError
   */
  walk(root: Hex, key: Hex): Walk {
    if (root === EMPTY_ROOT) return { proof: [], value: undefined }
    const path = [...keccak256(key).slice(2)].map((digit) => Number.parseInt(digit, 16))
    const proof: Hex[] = []
    let child: Item = hexToBytes(root)
    for (let at = 0; ; ) {
      const node = this.#open(child, proof)
      if (node === undefined) return { proof, value: undefined }
      if (node.length === 17) {
        if (at === path.length) throw new Error('a secure trie has no values in branches')
        child = node[path[at] as number] as Item
        at += 1
        continue
      }
      const [nibbles, isLeaf] = compactPath(node[0] as Uint8Array)
      const matches = nibbles.every((nibble, index) => path[at + index] === nibble)
      if (!matches) return { proof, value: undefined }
      at += nibbles.length
      if (isLeaf) return { proof, value: node[1] as Uint8Array }
      child = node[1] as Item
    }
  }

  /** The child in a parent: by hash, embedded, or none. */
  #open(child: Item, proof: Hex[]): readonly Item[] | undefined {
    if (!(child instanceof Uint8Array)) return child
    if (child.length === 0) return undefined
    if (child.length !== HASH_BYTES) throw new Error('a child is not a hash')
    const hash: Hex = `0x${Buffer.from(child).toString('hex')}`
    const node = this.#nodes.get(hash)
    if (node === undefined) throw new AbsentTrieNodeError(hash)
    proof.push(node)
    return RLP.decode(node) as readonly Item[]
  }
}

/** Nibbles of a path in compact form, and whether it leads to a value. */
function compactPath(bytes: Uint8Array): [number[], boolean] {
  const nibbles = [...bytes].flatMap((byte) => [byte >> 4, byte & 15])
  const flag = nibbles[0] as number
  return [nibbles.slice(flag % 2 === 1 ? 1 : 2), flag >= 2]
}
