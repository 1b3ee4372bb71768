/** keccak256 of bytes: the core's against the one in JavaScript that EthereumJS and viem use. */

import { engines } from '../kit/forkstate.ts'
import { type Contender, type Group, type Row, rowOf, type Scale } from '../kit/group.ts'
import { measureLoop } from '../kit/measure.ts'
import type { Keccak256 } from '../kit/tries.ts'

/** An address, a slot, a storage place in a mapping, a full branch of a trie, the largest code. */
const LENGTHS = [20, 32, 64, 532, 24_576]
/** Hashed in turn. A power of two. */
const INPUTS = 16
/** What one round hashes, so that it takes about as long for every length. */
const ROUND_BYTES = { quick: 100_000, full: 2_000_000 }
/** One permutation of the sponge takes up to so many bytes. */
const RATE_BYTES = 136

const hashers: readonly Contender<Keccak256>[] = [
  ...engines.map(({ name, open }) => ({
    name,
    async open() {
      const { coreKeccak256 } = await import('../../src/ethereumjs.ts')
      return coreKeccak256(await open())
    },
  })),
  {
    name: '@noble/hashes',
    async open() {
      const { keccak_256 } = await import('@noble/hashes/sha3.js')
      return (data) => keccak_256(data)
    },
  },
]

export const group: Group = {
  title: 'Hashing',
  runtimes: ['Node', 'Bun'],
  jobs: (scale) => hashers.map((hasher) => ({ name: hasher.name, run: () => time(hasher, scale) })),
}

async function time(hasher: Contender<Keccak256>, { isQuick }: Scale): Promise<readonly Row[]> {
  const keccak256 = await hasher.open()
  const rows: Row[] = []
  for (const size of LENGTHS) {
    const inputs = await checkedInputs(hasher.name, keccak256, size)
    const hashedBytes = Math.ceil((size + 1) / RATE_BYTES) * RATE_BYTES
    const roundBytes = isQuick ? ROUND_BYTES.quick : ROUND_BYTES.full
    const took = await measureLoop(
      (calls, first) => {
        for (let at = first; at < first + calls; at++) {
          keccak256(inputs[at & (INPUTS - 1)] as Uint8Array)
        }
      },
      { calls: Math.ceil(roundBytes / hashedBytes), rounds: isQuick ? 2 : 9 },
    )
    rows.push(rowOf(hasher, 'keccak256, by bytes', took, { size }))
  }
  return rows
}

async function checkedInputs(name: string, keccak256: Keccak256, length: number) {
  const { seededBelow } = await import('../../test/support/random.ts')
  const { keccak256: expected } = await import('viem')
  const below = seededBelow(length)
  const inputs = Array.from({ length: INPUTS }, () => Uint8Array.from({ length }, () => below(256)))
  for (const input of inputs) {
    const found = `0x${Buffer.from(keccak256(input)).toString('hex')}`
    if (found !== expected(input)) throw new Error(`${name}: ${found} for ${length} bytes`)
  }
  return inputs
}
