/**
 * The smallest chain with proofs: one account with one slot, each the only leaf of its trie. So a
 * single node proves the value of a key, or its absence, for every possible key.
 */

import { bytesToHex, concat, hexToBytes, keccak256, toRlp } from 'viem'

const ADDRESS = new Uint8Array(20).fill(0x11)
const SLOT = new Uint8Array(32).fill(1, 31)
const EMPTY_CODE_HASH = keccak256('0x')

/**
 * The compact path of a key that is the only leaf: 64 nibbles, an even number, with a leaf's flag.
 */
function leafOf(key: Uint8Array, value: `0x${string}`): Uint8Array {
  return hexToBytes(toRlp([concat(['0x20', keccak256(key)]), value]))
}

/** The leaf of the slot, which holds 7. */
export const SLOT_NODE: Uint8Array = leafOf(SLOT, '0x07')
export const STORAGE_ROOT: Uint8Array = keccak256(SLOT_NODE, 'bytes')

/** The leaf of the account: nonce 1, balance 5, no code. */
export const ACCOUNT_NODE: Uint8Array = leafOf(
  ADDRESS,
  toRlp(['0x01', '0x05', bytesToHex(STORAGE_ROOT), EMPTY_CODE_HASH]),
)
export const STATE_ROOT: Uint8Array = keccak256(ACCOUNT_NODE, 'bytes')

/** Nodes as they cross the boundary: each preceded by its length. */
export function nodeList(...nodes: readonly Uint8Array[]): Uint8Array {
  const parts = nodes.map((node) => {
    const length = new Uint8Array(Uint32Array.of(node.length).buffer)
    return Uint8Array.of(...length, ...node)
  })
  return Uint8Array.of(...parts.flatMap((part) => [...part]))
}
