/**
 * Lists of trie nodes as they cross the boundary. An item is its length in 4 bytes, little-endian,
 * followed by its bytes: the RLP of a trie node, or in a witness a code.
 */

import type { Hex } from '../encoding/hex.ts'
import { byteLengthOf, isBytes, writeFixed } from '../encoding/hex.ts'
import type { Frame } from './frame.ts'

/** Trie nodes as RLP, from the root down: hex as `eth_getProof` returns it, or bytes. */
export type TrieNodeList = readonly (Hex | Uint8Array)[]

const LENGTH_BYTES = 4

/** Where a written list is. */
export interface WrittenList {
  readonly pointer: number
  readonly byteLength: number
}

/**
 * Writes a list into the buffer of the frame.
 *
 * @throws InvalidHexError or InvalidInputError if an item is neither hex nor bytes.
 */
export function writeTrieNodes(frame: Frame, nodes: TrieNodeList): WrittenList {
  let byteLength = 0
  for (const node of nodes) byteLength += LENGTH_BYTES + lengthOf(node)
  const pointer = frame.reserve(byteLength)
  const { bytes, view } = frame
  let at = pointer
  for (const node of nodes) {
    const length = lengthOf(node)
    view.setUint32(at, length, true)
    writeFixed(node, length, 'trie node', bytes, at + LENGTH_BYTES)
    at += LENGTH_BYTES + length
  }
  return { pointer, byteLength }
}

/** Copies of the items of a list. */
export function readListItems(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const items: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    const start = at + LENGTH_BYTES
    at = start + view.getUint32(at, true)
    items.push(bytes.slice(start, at))
  }
  return items
}

/** 0 for a value that is neither hex nor bytes; `writeFixed` then throws the error. */
function lengthOf(node: Hex | Uint8Array): number {
  if (typeof node === 'string') return Math.max(0, (node.length - 2) >> 1)
  return isBytes(node) ? byteLengthOf(node) : 0
}
