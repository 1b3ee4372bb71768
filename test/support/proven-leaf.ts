/**
 * Checks a proof by a plain walk, as in the Yellow Paper, appendix D. Shares no code with the
 * package or with the tries that make proofs in tests.
 */

import { RLP } from '@ethereumjs/rlp'
import { bytesToHex, type Hex, hexToBytes, keccak256 } from 'viem'
import { EMPTY_ROOT } from '../../src/encoding/constants.ts'

/** An item of a trie node: bytes, or an embedded trie node, which is shorter than a hash. */
type Item = Uint8Array | readonly Item[]

const KEY_NIBBLES = 64

/**
 * Walks from a root to the hash of a key.
 *
 * @param key An address or a slot, before hashing.
 * @param proof The trie nodes of an EIP-1186 proof.
 * @returns The contents of the leaf; undefined if the proof shows that there is none.
 * @throws Error if the proof shows neither, or has a superfluous trie node.
 */
export function provenLeaf(root: Hex, key: Hex, proof: readonly Hex[]): Hex | undefined {
  const path = nibblesOf(keccak256(key))
  const left = [...proof]
  const leaf = root === EMPTY_ROOT ? undefined : walk(hexToBytes(root), path, left)
  if (left.length > 0) throw new Error(`the proof has ${left.length} superfluous trie nodes`)
  return leaf
}

/** Walks on, and removes the trie nodes that it visits from `left`. */
function walk(root: Item, path: readonly number[], left: Hex[]): Hex | undefined {
  let at = 0
  let reference = root
  for (;;) {
    if (reference.length === 0) return undefined
    const items = reference instanceof Uint8Array ? openNode(reference, left.shift()) : reference
    if (items.length === 17) {
      reference = items[path[at] as number] as Item
      at += 1
      continue
    }
    const [compact, content] = items as [Uint8Array, Item]
    const [flag = 0, ...nibbles] = nibblesOf(bytesToHex(compact))
    const own = flag % 2 === 0 ? nibbles.slice(1) : nibbles
    const isOnPath = own.every((nibble, index) => path[at + index] === nibble)
    at += own.length
    if (flag >= 2) {
      if (at !== KEY_NIBBLES) throw new Error(`a leaf after ${at} nibbles`)
      return isOnPath ? bytesToHex(content as Uint8Array) : undefined
    }
    if (!isOnPath) return undefined
    reference = content
  }
}

function openNode(hash: Uint8Array, node: Hex | undefined): readonly Item[] {
  if (node === undefined) throw new Error(`the proof lacks trie node ${bytesToHex(hash)}`)
  if (keccak256(node) !== bytesToHex(hash))
    throw new Error(`the hash of a trie node is not ${bytesToHex(hash)}: ${node}`)
  return RLP.decode(node) as Item[]
}

function nibblesOf(hex: Hex): number[] {
  return [...hex.slice(2)].map((digit) => Number.parseInt(digit, 16))
}
