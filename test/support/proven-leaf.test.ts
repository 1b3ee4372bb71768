import { bytesToHex, type Hex, hexToBytes } from 'viem'
import { expect, test } from 'vitest'

import { PlainTrie } from './plain-trie.ts'
import { provenLeaf } from './proven-leaf.ts'
import { word } from './sample-keys.ts'

const entries = Array.from({ length: 40 }, (_, index) => {
  return [word(index), hexToBytes(word(index + 1), { size: 32 })] as const
})
const trie = new PlainTrie(entries)

test('proves that a leaf is present, and that of another key absent', () => {
  for (const [key, value] of entries) {
    expect(provenLeaf(trie.root, key, trie.prove(key))).toBe(bytesToHex(value))
  }
  for (let index = 40; index < 80; index++) {
    expect(provenLeaf(trie.root, word(index), trie.prove(word(index)))).toBe(undefined)
  }
  expect(provenLeaf(new PlainTrie([]).root, word(1), [])).toBe(undefined)
})

test('a proof with a superfluous, missing or changed trie node is refused', () => {
  const proof = trie.prove(word(7))
  const changed = proof.map(
    (node): Hex => `${node.slice(0, -1)}${node.endsWith('0') ? 1 : 0}` as Hex,
  )
  expect(() => provenLeaf(trie.root, word(7), [...proof, proof[0] as Hex])).toThrow('superfluous')
  expect(() => provenLeaf(trie.root, word(7), proof.slice(0, -1))).toThrow('lacks trie node')
  for (const [at, node] of changed.entries()) {
    expect(() => provenLeaf(trie.root, word(7), proof.with(at, node))).toThrow('is not 0x')
  }
})
