import { createMPT, createMPTFromProof } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { type Hex, hexToBytes, keccak256, numberToHex, toHex } from 'viem'
import { describe, expect, it } from 'vitest'
import { PlainTrie } from './plain-trie.ts'
import { seededBelow } from './random.ts'

const keccak = (bytes: Uint8Array): Uint8Array => hexToBytes(keccak256(bytes))

describe('PlainTrie', () => {
  it('has the root and the proofs of another implementation, at sizes from 0 to 300', async () => {
    const below = seededBelow(7)
    for (const size of [0, 1, 2, 3, 5, 16, 40, 300]) {
      const other = await createMPT({ useKeyHashing: true })
      const entries = new Map<Hex, Uint8Array>()
      for (let count = 0; count < size; count++) {
        const key = numberToHex(below(2 ** 32), { size: 32 })
        // Some values are short, so that nodes are embedded in their parents.
        entries.set(key, RLP.encode(below(3) === 0 ? below(100) + 1 : numberToHex(below(2 ** 32))))
      }
      for (const [key, value] of entries) await other.put(hexToBytes(key), value)
      const trie = new PlainTrie(entries)
      expect(trie.root).toBe(toHex(other.root()))
      const absent = numberToHex(below(2 ** 32), { size: 32 })
      for (const key of [...entries.keys(), absent].slice(0, 40)) {
        const proof = trie.prove(key)
        if (size === 0) continue
        const partial = await createMPTFromProof(
          proof.map((node) => hexToBytes(node)),
          {
            root: hexToBytes(trie.root),
            useKeyHashing: true,
            useKeyHashingFunction: keccak,
          },
        )
        const value = await partial.get(hexToBytes(key))
        expect(value && toHex(value)).toEqual(
          entries.has(key) ? toHex(entries.get(key) as Uint8Array) : null,
        )
      }
    }
  })
})
