/**
 * Statement 27, at random: mutated proofs of accounts and slots, against an independent verifier.
 * Set FORKSTATE_PROOF_MUTATIONS for more of them.
 */

import {
  createMerkleProof,
  createMPT,
  createMPTFromProof,
  decodeMPTNode,
  type MerklePatriciaTrie,
} from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { type Hex, hexToBytes, keccak256, numberToHex, toHex } from 'viem'
import { expect, test } from 'vitest'

import { ForkCore } from '../../src/ffi/fork-core.ts'
import type { ProofFailure } from '../../src/ffi/proof-faults.ts'
import { describeEngines } from '../support/engines.ts'
import { type PickBelow, seededBelow } from '../support/random.ts'
import { type Claim, MUTATIONS } from './mutations.ts'

const COUNT = Number(process.env['FORKSTATE_PROOF_MUTATIONS'] ?? 20_000)
const SIZES = [0, 1, 2, 3, 8, 30, 300]

type Kind = 'account' | 'slot'

const NO_HASHES = {
  codeHash: keccak256('0x'),
  storageHash: keccak256('0x80'),
} as const

const integer = (value: bigint): Uint8Array =>
  value === 0n ? new Uint8Array(0) : hexToBytes(numberToHex(value))

/** The content of a leaf; an account has that balance and nothing else. */
function leafOf(kind: Kind, value: bigint): Uint8Array {
  if (kind === 'slot') return RLP.encode(integer(value))
  const { codeHash, storageHash } = NO_HASHES
  const hashes = [storageHash, codeHash].map((hash) => hexToBytes(hash))
  return RLP.encode([integer(0n), integer(value), ...hashes])
}

const keccak = (bytes: Uint8Array): Uint8Array => hexToBytes(keccak256(bytes))

/** The nodes of a proof without embedded ones, which are listed here too. */
async function proofOf(trie: MerklePatriciaTrie, key: Uint8Array): Promise<Uint8Array[]> {
  const nodes = await createMerkleProof(trie, key)
  return nodes.filter((node, at) => at === 0 || node.length >= 32)
}

/** Two keys whose hashes share eight nibbles, so that their leaves are embedded in their branch. */
function twinKeys(core: ForkCore, keyBytes: number): Uint8Array[] {
  const seen = new Map<string, Uint8Array>()
  for (let count = 0; ; count++) {
    const key = hexToBytes(numberToHex(count, { size: keyBytes }))
    const start = core.keccak256(key).slice(0, 10)
    const twin = seen.get(start)
    if (twin !== undefined) return [twin, key]
    seen.set(start, key)
  }
}

/** Valid claims about tries of all sizes, each with keys that are present and absent. */
async function soundClaims(kind: Kind, core: ForkCore, below: PickBelow): Promise<Claim[]> {
  const keyBytes = kind === 'account' ? 20 : 32
  const randomKey = (): Uint8Array => Uint8Array.from({ length: keyBytes }, () => below(256))
  const claims: Claim[] = []
  const twins = twinKeys(core, keyBytes)
  for (const size of SIZES) {
    const trie = await createMPT({ useKeyHashing: true })
    const keys = Array.from({ length: size }, (_, at) => (size > 5 && twins[at]) || randomKey())
    const values = new Map<Uint8Array, bigint>()
    for (const key of keys) {
      // Small values make leaves that are embedded in their parents.
      const value = below(2) === 0 ? BigInt(1 + below(100)) : BigInt(1 + below(2 ** 31)) ** 5n
      values.set(key, value)
      await trie.put(key, leafOf(kind, value))
    }
    for (const key of [...keys.slice(0, 20), randomKey(), randomKey(), randomKey()]) {
      const nodes = await proofOf(trie, key)
      claims.push({ root: trie.root(), key, value: values.get(key), nodes })
    }
  }
  return claims
}

type Outcome = 'accepted' | ProofFailure

/** The verdict of the core. Anything else is thrown. */
function verdictOf(core: ForkCore, kind: Kind, { root, key, value, nodes }: Claim): Outcome {
  if (kind === 'slot') {
    const outcome = core.proofs.checkStorage(
      core.generation,
      toHex(root),
      toHex(key),
      value ?? 0n,
      nodes,
    )
    if (outcome === 'stale') throw new Error('the generation is over')
    return outcome === 'proven' ? 'accepted' : outcome.failure
  }
  core.clear()
  core.setStateRoot(core.generation, toHex(root))
  const claim = { balance: value ?? 0n, nonce: 0n, ...NO_HASHES }
  const outcome = core.proofs.checkAccount(core.generation, toHex(key), claim, nodes)
  if (outcome === 'stale') throw new Error('the generation is over')
  if ('failure' in outcome) return outcome.failure
  expect(outcome.presence).toBe(value === undefined ? 'absent' : 'live')
  return 'accepted'
}

/** Throws unless the proof is canonical, complete, in order, and has nothing else. */
async function verifyIndependently(kind: Kind, claim: Claim): Promise<void> {
  const { root, key, value, nodes } = claim
  if (toHex(root) === NO_HASHES.storageHash) {
    expect(nodes.map((node) => toHex(node)).join()).toMatch(/^(0x80)?$/)
    expect(value).toBeUndefined()
    return
  }
  for (const node of nodes) {
    expect(toHex(RLP.encode(RLP.decode(node)))).toBe(toHex(node))
    expect(toHex(decodeMPTNode(node).serialize())).toBe(toHex(node))
  }
  const trie = await createMPTFromProof([...nodes], {
    root,
    useKeyHashing: true,
    useKeyHashingFunction: keccak,
  })
  expect(nodes.map((node) => toHex(node))).toEqual(
    (await proofOf(trie, key)).map((node) => toHex(node)),
  )
  const found = await trie.get(key, true)
  expect(found === null ? null : toHex(found)).toBe(
    value === undefined ? null : toHex(leafOf(kind, value)),
  )
}

function isSame(one: Claim, two: Claim): boolean {
  const text = ({ root, key, value, nodes }: Claim): Hex =>
    toHex(Buffer.concat([root, key, Buffer.from(String(value)), ...nodes]))
  return one.nodes.length === two.nodes.length && text(one) === text(two)
}

describeEngines('spoiled proofs', (engine) => {
  const newCore = () => new ForkCore(engine, { maxEntries: 100, maxBytes: 100_000 })

  test.each(['slot', 'account'] as const)('of a %s: valid ones are accepted', async (kind) => {
    const core = newCore()
    const claims = await soundClaims(kind, core, seededBelow(1))
    for (const claim of claims) {
      expect(verdictOf(core, kind, claim)).toBe('accepted')
      await verifyIndependently(kind, claim)
    }
    expect(claims.length).toBeGreaterThan(60)
    core.destroy()
  })

  test.each([
    ['slot', 27],
    ['account', 28],
  ] as const)(
    'statement 27: of a %s: no invalid one is accepted',
    { timeout: COUNT * 20 + 60_000 },
    async (kind, seed) => {
      const core = newCore()
      const below = seededBelow(seed)
      const claims = await soundClaims(kind, core, below)
      const names = Object.keys(MUTATIONS)
      const rejected = new Map<string, number>()
      for (let count = 0; count < COUNT / 4; count++) {
        const name = names[count % names.length] as string
        const claim = claims[below(claims.length)] as Claim
        const spoiled = (MUTATIONS[name] as (typeof MUTATIONS)[string])(claim, below, claims)
        const verdict = verdictOf(core, kind, spoiled)
        if (verdict === 'accepted') {
          await verifyIndependently(kind, spoiled)
        } else {
          expect(isSame(claim, spoiled), `${name} changed nothing and was refused`).toBe(false)
          expect(verdict.depth).toBeLessThanOrEqual(spoiled.nodes.length)
          rejected.set(name, (rejected.get(name) ?? 0) + 1)
        }
      }
      expect([...rejected.keys()].sort()).toEqual(names.sort())
      core.destroy()
    },
  )
})
