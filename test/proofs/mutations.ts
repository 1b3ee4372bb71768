/**
 * Mutations of a proof. Each returns a claim, its root, and the trie nodes that are to prove it.
 */

import { RLP } from '@ethereumjs/rlp'
import { hexToBytes, keccak256 } from 'viem'

import type { PickBelow } from '../support/random.ts'

/** A claim about a key, and the proof for it. */
export interface Claim {
  readonly root: Uint8Array
  readonly key: Uint8Array
  /** The value of a slot, or the balance of an account; undefined for absent. */
  readonly value: bigint | undefined
  readonly nodes: readonly Uint8Array[]
}

/** Valid claims of several tries, to be mixed up. */
export type Claims = readonly Claim[]

type Mutate = (claim: Claim, below: PickBelow, others: Claims) => Claim

type Item = Uint8Array | Item[]

const keccak = (bytes: Uint8Array): Uint8Array => hexToBytes(keccak256(bytes))

function pick<Entry>(list: readonly Entry[], below: PickBelow): Entry {
  return list[below(list.length)] as Entry
}

/** Replaces one node, and leaves the hashes above it as they were. */
function withNode(claim: Claim, at: number, node: Uint8Array): Claim {
  return { ...claim, nodes: claim.nodes.with(at, node) }
}

function changeBytes(claim: Claim, below: PickBelow, change: (bytes: number[]) => void): Claim {
  if (claim.nodes.length === 0) return claim
  const at = below(claim.nodes.length)
  const bytes = [...(claim.nodes[at] as Uint8Array)]
  change(bytes)
  return withNode(claim, at, Uint8Array.from(bytes))
}

/**
 * Replaces one node, and adjusts the nodes above it and the root, so that the hashes are right and
 * only the node itself is wrong.
 */
function rehashed(claim: Claim, at: number, node: Uint8Array): Claim {
  const nodes = [...claim.nodes]
  let [before, after] = [keccak(nodes[at] as Uint8Array), keccak(node)]
  nodes[at] = node
  for (let above = at - 1; above >= 0; above--) {
    const parent = nodes[above] as Uint8Array
    const changed = replaced(parent, before, after)
    before = keccak(parent)
    after = keccak(changed)
    nodes[above] = changed
  }
  return { ...claim, nodes, root: after }
}

function replaced(bytes: Uint8Array, part: Uint8Array, by: Uint8Array): Uint8Array {
  const at = Buffer.from(bytes).indexOf(part)
  if (at < 0) return bytes
  const copy = Uint8Array.from(bytes)
  copy.set(by, at)
  return copy
}

/** Any node; a claim about an empty trie has none to change. */
function atSomeNode(
  claim: Claim,
  below: PickBelow,
  change: (node: Uint8Array, items: Item[]) => Uint8Array,
): Claim {
  if (claim.nodes.length === 0) return claim
  const at = below(claim.nodes.length)
  const node = claim.nodes[at] as Uint8Array
  return rehashed(claim, at, change(node, RLP.decode(node) as Item[]))
}

/** A longer RLP of the same value. */
function nonCanonical(node: Uint8Array, below: PickBelow): Uint8Array {
  const items = RLP.decode(node) as Uint8Array[]
  const odd = below(items.length)
  const encoded = items.map((item, at) => (at === odd ? longForm(item, below) : RLP.encode(item)))
  return inList(Buffer.concat(encoded), below(3))
}

function longForm(item: Item, below: PickBelow): Uint8Array {
  if (!(item instanceof Uint8Array)) return RLP.encode(item)
  const lengthBytes = 1 + below(3)
  const length = Array.from({ length: lengthBytes }, (_, at) =>
    at === lengthBytes - 1 ? item.length : 0,
  )
  if (item.length > 255) return RLP.encode(item)
  return item.length === 1 && below(2) === 0
    ? Uint8Array.of(0x81, ...item)
    : Uint8Array.of(0xb7 + lengthBytes, ...length, ...item)
}

/** A list around a payload, with that many zeros before its length. */
function inList(payload: Uint8Array, zeros: number): Uint8Array {
  const length = [...Array<number>(zeros).fill(0), payload.length >> 8, payload.length & 255]
  if (zeros === 0 && payload.length <= 55) return Uint8Array.of(0xc0 + payload.length, ...payload)
  const shortest = zeros === 0 && payload.length < 256 ? length.slice(1) : length
  return Uint8Array.of(0xf7 + shortest.length, ...shortest, ...payload)
}

const randomBytes = (length: number, below: PickBelow): Uint8Array =>
  Uint8Array.from({ length }, () => below(256))

/** By name; `others` are claims of the same trie and of others. */
export const MUTATIONS: Readonly<Record<string, Mutate>> = {
  'a bit flipped': (claim, below) =>
    changeBytes(claim, below, (bytes) => {
      const at = below(bytes.length)
      bytes[at] = (bytes[at] as number) ^ (1 << below(8))
    }),
  'a node cut short': (claim, below) =>
    changeBytes(claim, below, (bytes) => bytes.splice(below(bytes.length))),
  'a node with more bytes': (claim, below) =>
    changeBytes(claim, below, (bytes) => bytes.push(...randomBytes(1 + below(40), below))),
  'a huge length': (claim, below) =>
    changeBytes(claim, below, (bytes) => {
      const head = below(2) === 0 ? 0xbf : 0xff
      bytes.splice(0, below(4), head, ...randomBytes(8, below))
    }),
  'the list cut short': (claim, below) => ({
    ...claim,
    nodes: claim.nodes.slice(0, below(claim.nodes.length + 1)),
    value: below(2) === 0 ? undefined : claim.value,
  }),
  'a node left out': (claim, below) => ({
    ...claim,
    nodes: claim.nodes.toSpliced(below(claim.nodes.length + 1), 1),
  }),
  'a node more': (claim, below, others) => {
    const extra = pick(others, below).nodes
    const node = extra.length === 0 ? Uint8Array.of(0x80) : pick(extra, below)
    return { ...claim, nodes: claim.nodes.toSpliced(below(claim.nodes.length + 1), 0, node) }
  },
  'two nodes swapped': (claim, below) => {
    const nodes = [...claim.nodes]
    const [one, two] = [below(nodes.length + 1), below(nodes.length + 1)]
    if (one >= nodes.length || two >= nodes.length) return claim
    ;[nodes[one], nodes[two]] = [nodes[two] as Uint8Array, nodes[one] as Uint8Array]
    return { ...claim, nodes }
  },
  'another value': (claim, below) => ({
    ...claim,
    value: claim.value === undefined ? undefined : changedValue(claim.value, below),
  }),
  'absence claimed of what is there': (claim) => ({ ...claim, value: undefined }),
  'presence claimed of what is not there': (claim, below, others) => ({
    ...claim,
    value: claim.value ?? pick(others, below).value,
  }),
  'the proof of another key': (claim, below, others) => ({
    ...claim,
    nodes: pick(others, below).nodes,
  }),
  'the proof and value of another key': (claim, below, others) => {
    const { nodes, value } = pick(others, below)
    return { ...claim, nodes, value }
  },
  'all of another key, under its root': (claim, below, others) => ({
    ...pick(others, below),
    key: claim.key,
  }),
  'a leaf changed, the nodes above it made to fit, under the old root': (claim, below) => {
    const forged = atSomeNode(claim, below, (_, items) => {
      const last = items.length - 1
      items[last] = randomBytes(1 + below(40), below)
      return RLP.encode(items as Uint8Array[])
    })
    return { ...forged, root: claim.root }
  },
  'RLP that is not canonical, hashes made to fit': (claim, below) =>
    atSomeNode(claim, below, (node) => nonCanonical(node, below)),
  'a list for a string, hashes made to fit': (claim, below) =>
    atSomeNode(claim, below, (_, items) => {
      const at = below(items.length)
      items[at] = [items[at] as Item]
      return RLP.encode(items as Uint8Array[])
    }),
  'a string for a list, hashes made to fit': (claim, below) =>
    atSomeNode(claim, below, (node) => RLP.encode(node)),
  'another number of items, hashes made to fit': (claim, below) =>
    atSomeNode(claim, below, (_, items) => {
      if (below(2) === 0) items.push(new Uint8Array(0))
      else items.pop()
      return RLP.encode(items as Uint8Array[])
    }),
  'another path, hashes made to fit': (claim, below) =>
    atSomeNode(claim, below, (_, items) => {
      if (items.length !== 2) return RLP.encode(items as Uint8Array[])
      const path = [...(items[0] as Uint8Array)]
      const change = below(4)
      if (change === 0) path[0] = below(256)
      else if (change === 1) path.pop()
      else if (change === 2) path.push(below(256))
      else path.length = 1
      items[0] = Uint8Array.from(path)
      return RLP.encode(items as Uint8Array[])
    }),
  'an item replaced, hashes made to fit': (claim, below) =>
    atSomeNode(claim, below, (_, items) => {
      items[below(items.length)] = randomBytes(below(70), below)
      return RLP.encode(items as Uint8Array[])
    }),
}

function changedValue(value: bigint, below: PickBelow): bigint {
  const changed = value ^ (1n << BigInt(below(9)))
  return changed === 0n ? value + 1n : changed
}
