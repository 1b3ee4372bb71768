/**
 * A Merkle Patricia trie that is built from all of its entries at once, with its root and proofs: a
 * plain recursion that shares no code with the package. Unlike other implementations it is
 * synchronous.
 */

import { RLP } from '@ethereumjs/rlp'
import { type Hex, hexToBytes, keccak256 } from 'viem'

/** An item of a trie node: bytes, or an embedded trie node, which is shorter than a hash. */
type Item = Uint8Array | readonly Item[]

type Node =
  | { readonly kind: 'leaf'; readonly path: readonly number[]; readonly value: Uint8Array }
  | { readonly kind: 'extension'; readonly path: readonly number[]; readonly child: Branch }
  | Branch

interface Branch {
  readonly kind: 'branch'
  readonly children: readonly (Node | undefined)[]
}

interface Entry {
  readonly path: readonly number[]
  readonly value: Uint8Array
}

const EMPTY = new Uint8Array(0)
const HASH_BYTES = 32

/** Nibbles of keccak256 of a key. */
function nibblesOf(key: Hex): number[] {
  return [...keccak256(key).slice(2)].map((digit) => Number.parseInt(digit, 16))
}

export class PlainTrie {
  readonly root: Hex
  readonly #top: Node | undefined
  readonly #encoded = new Map<Node, Uint8Array>()

  /** @param entries Keys before hashing, and the contents of their leaves. */
  constructor(entries: Iterable<readonly [key: Hex, value: Uint8Array]>) {
    const list = Array.from(entries, ([key, value]) => ({ path: nibblesOf(key), value }))
    this.#top = list.length === 0 ? undefined : build(list, 0)
    this.root = keccak256(this.#top === undefined ? '0x80' : this.#encode(this.#top))
  }

  /** The trie nodes from the root to a key, or to where its path ends, as in EIP-1186. */
  prove(key: Hex): Hex[] {
    const path = nibblesOf(key)
    const proof: Hex[] = []
    let node = this.#top
    for (let at = 0; node !== undefined; ) {
      const encoded = this.#encode(node)
      if (proof.length === 0 || encoded.length >= HASH_BYTES) proof.push(hexOf(encoded))
      if (node.kind === 'branch') {
        node = node.children[path[at] as number]
        at += 1
        continue
      }
      const isOnPath = node.path.every((nibble, index) => path[at + index] === nibble)
      if (node.kind === 'leaf' || !isOnPath) break
      at += node.path.length
      node = node.child
    }
    return proof
  }

  #encode(node: Node): Uint8Array {
    const known = this.#encoded.get(node)
    if (known !== undefined) return known
    const encoded = RLP.encode(this.#items(node) as Uint8Array[])
    this.#encoded.set(node, encoded)
    return encoded
  }

  #items(node: Node): Item[] {
    switch (node.kind) {
      case 'leaf':
        return [compact(node.path, 2), node.value]
      case 'extension':
        return [compact(node.path, 0), this.#refer(node.child)]
      case 'branch':
        return [...node.children.map((child) => (child ? this.#refer(child) : EMPTY)), EMPTY]
    }
  }

  /** What the parent contains: the hash of a trie node, or the trie node itself if shorter. */
  #refer(node: Node): Item {
    const encoded = this.#encode(node)
    return encoded.length < HASH_BYTES ? this.#items(node) : hexToBytes(keccak256(encoded))
  }
}

/** The trie node for entries that share their first `depth` nibbles. */
function build(entries: readonly Entry[], depth: number): Node {
  const [first] = entries as [Entry]
  if (entries.length === 1)
    return { kind: 'leaf', path: first.path.slice(depth), value: first.value }
  let end = depth
  while (entries.every(({ path }) => path[end] === first.path[end])) end++
  const groups = Array.from({ length: 16 }, (): Entry[] => [])
  for (const entry of entries) groups[entry.path[end] as number]?.push(entry)
  const children = groups.map((group) => (group.length === 0 ? undefined : build(group, end + 1)))
  const branch: Branch = { kind: 'branch', children }
  if (end === depth) return branch
  return { kind: 'extension', path: first.path.slice(depth, end), child: branch }
}

/** Nibbles in compact form: a flag, then two nibbles per byte. */
function compact(path: readonly number[], flag: 0 | 2): Uint8Array {
  const nibbles = path.length % 2 === 1 ? [flag + 1, ...path] : [flag, 0, ...path]
  return Uint8Array.from({ length: nibbles.length / 2 }, (_, at) => {
    return (nibbles[2 * at] as number) * 16 + (nibbles[2 * at + 1] as number)
  })
}

function hexOf(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes).toString('hex')}`
}
