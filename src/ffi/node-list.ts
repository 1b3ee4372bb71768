/**
 * Lists of trie nodes as they cross the boundary: for each its length in 4 bytes, little-endian,
 * then its RLP.
 */

import type { Hex } from '../encoding/hex.ts'
import { byteLengthOf, isBytes, writeFixed } from '../encoding/hex.ts'
import type { Frame } from './frame.ts'

/** Trie nodes from the root down, as RLP: what `eth_getProof` gives, or bytes. */
export type NodeList = readonly (Hex | Uint8Array)[]

const LENGTH_BYTES = 4

/** Where a list stands. */
export interface WrittenList {
  readonly pointer: number
  readonly byteLength: number
}

/**
 * Writes a list into the buffer of the frame.
 *
 * @throws InvalidHexError or InvalidInputError if one of them is not hex or bytes.
 */
export function writeNodes(frame: Frame, nodes: NodeList): WrittenList {
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

/** Copies of the nodes, or codes, of a list. */
export function readNodes(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const nodes: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    const start = at + LENGTH_BYTES
    at = start + view.getUint32(at, true)
    nodes.push(bytes.slice(start, at))
  }
  return nodes
}

/** 0 for what is neither hex nor bytes: writing it then says so. */
function lengthOf(node: Hex | Uint8Array): number {
  if (typeof node === 'string') return Math.max(0, (node.length - 2) >> 1)
  return isBytes(node) ? byteLengthOf(node) : 0
}
