/** keccak256 of bytes: the core's against the one in JavaScript that EthereumJS and viem use. */

import type { Keccak256 } from '../kit/block-cases.ts'
import type { Group, Job, Row, Scale } from '../kit/group.ts'
import { measureLoop } from '../kit/measure.ts'
import { engines } from '../kit/subjects.ts'

interface Hasher {
  readonly name: string
  /** @throws LeftOut if it cannot run here. */
  load(): Promise<Keccak256>
}

/** An address, a slot, a storage place in a mapping, a full branch of a trie, the largest code. */
const LENGTHS = [20, 32, 64, 532, 24_576]
/** Inputs that are hashed in turn. A power of two. */
const INPUTS = 16
/** What one round hashes, so that it takes about as long for every length. */
const ROUND_BYTES = { quick: 100_000, full: 2_000_000 }
/** One permutation of the sponge takes up to so many bytes. */
const RATE_BYTES = 136

const PEER = '@noble/hashes'

const hashers: readonly Hasher[] = [
  ...engines.map(({ name, load }) => ({
    name,
    async load() {
      const { coreKeccak256 } = await import('../../src/ethereumjs.ts')
      return coreKeccak256(await load())
    },
  })),
  { name: PEER, load: loadPeer },
]

export const hashing: Group = {
  name: 'hashing',
  title: 'Hashing',
  about:
    'keccak256 of seeded random bytes, 16 inputs of each length in turn, from a `Uint8Array` to a ' +
    'new one of 32 bytes: what comes in is copied into the memory of the core. The lengths are ' +
    'those of an address, a slot, the place of a value in a mapping, a full branch of a trie and ' +
    'the longest code. forkstate is called by `coreKeccak256()`, which EthereumJS takes as ' +
    '`customCrypto.keccak256`.',
  runtimes: ['Node', 'Bun'],
  jobs,
}

function jobs(scale: Scale): readonly Job[] {
  return hashers.map(({ name, load }) => ({
    name,
    run: async () => await timeLengths(name, await load(), scale),
  }))
}

async function timeLengths(
  subject: string,
  keccak256: Keccak256,
  { isQuick }: Scale,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const length of LENGTHS) {
    const inputs = await checkedInputs(subject, keccak256, length)
    const blockBytes = Math.ceil((length + 1) / RATE_BYTES) * RATE_BYTES
    const roundBytes = isQuick ? ROUND_BYTES.quick : ROUND_BYTES.full
    const took = await measureLoop(
      (count, first) => {
        for (let index = first; index < first + count; index++) {
          keccak256(inputs[index & (INPUTS - 1)] as Uint8Array)
        }
      },
      { calls: Math.ceil(roundBytes / blockBytes), rounds: isQuick ? 2 : 9 },
    )
    rows.push({ workload: 'keccak256, by bytes', subject, size: length, unit: 'ns', ...took })
  }
  return rows
}

/** Inputs whose hashes are right. @throws Error if one is not. */
async function checkedInputs(
  subject: string,
  keccak256: Keccak256,
  length: number,
): Promise<readonly Uint8Array[]> {
  const { seededBelow } = await import('../../test/support/random.ts')
  const { keccak256: expected } = await import('viem')
  const below = seededBelow(length)
  const inputs = Array.from({ length: INPUTS }, () => Uint8Array.from({ length }, () => below(256)))
  for (const input of inputs) {
    const found = `0x${Buffer.from(keccak256(input)).toString('hex')}`
    if (found !== expected(input)) throw new Error(`${subject}: ${found} for ${length} bytes`)
  }
  return inputs
}

async function loadPeer(): Promise<Keccak256> {
  const { keccak_256 } = await import('@noble/hashes/sha3.js')
  return (data) => keccak_256(data)
}
