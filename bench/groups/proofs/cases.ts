/** Proofs to check: those recorded from real nodes, where they are, and those of a seeded trie. */

import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import { bytesToHex, hexToBytes, KECCAK256_NULL_S } from '@ethereumjs/util'
import type { Hex } from '../../../src/index.ts'
import { hasFixtures, readFixture } from '../../../test/support/fixtures.ts'
import { type PickBelow, seededBelow } from '../../../test/support/random.ts'
import { type ProofJson, slotKey } from '../../../test/support/rpc-answers.ts'
import { LeftOut } from '../../kit/group.ts'
import { type Claim, leafOf, randomBytes } from '../../kit/tries.ts'

export interface ProofCase {
  readonly root: Hex
  /** An address, or a slot. */
  readonly key: Hex
  readonly claim: Claim
  /** From the root down, RLP. */
  readonly nodes: Uint8Array[]
}

interface RecordedAnswer {
  readonly stateRoot: Hex
  readonly request: { readonly address: Hex }
  readonly proof: ProofJson
}

const ABSENT_KEYS = 20
const NO_HASH = slotKey('0x')
const NO_ACCOUNT: Claim = { balance: 0n, nonce: 0n, storageHash: NO_HASH, codeHash: NO_HASH }

/** Proofs of real chains, accounts and slots. @throws LeftOut where the fixtures are absent. */
export function recordedCases(): readonly ProofCase[] {
  if (!hasFixtures) throw new LeftOut('no ../shared/fixtures')
  return ['real', 'zoo'].flatMap((name) =>
    readFixture<readonly RecordedAnswer[]>(`proofs/${name}.json.gz`).flatMap(casesOf),
  )
}

/** The proofs of one answer that have nodes; those of an empty trie have nothing to check. */
function casesOf({ stateRoot, request, proof }: RecordedAnswer): readonly ProofCase[] {
  const { storageHash, codeHash, accountProof, storageProof } = proof
  const [balance, nonce] = [BigInt(proof.balance), BigInt(proof.nonce)]
  const claim = { balance, nonce, storageHash, codeHash }
  return [
    { root: stateRoot, key: request.address, claim, proof: accountProof },
    ...storageProof.map((slot) => {
      const claimed = { key: slotKey(slot.key), claim: BigInt(slot.value) }
      return { root: storageHash, ...claimed, proof: slot.proof }
    }),
  ]
    .map((entry) => ({ ...entry, nodes: entry.proof.map((node) => hexToBytes(node)) }))
    .filter(({ nodes }) => nodes.some((node) => node.length > 1))
}

export async function seededCases(size: number, proofs: number): Promise<readonly ProofCase[]> {
  const below = seededBelow(1)
  const slots = await fill(size, 32, below, (value) => value)
  const storageHash = bytesToHex(slots.trie.root())
  const accounts = await fill(size, 20, below, (balance) => {
    return { balance, nonce: 1n, storageHash, codeHash: KECCAK256_NULL_S }
  })
  const half = proofs >> 1
  return [
    ...(await prove(accounts, half, NO_ACCOUNT, below)),
    ...(await prove(slots, half, 0n, below)),
  ]
}

export async function loneSlot(): Promise<ProofCase> {
  const filled = await fill(1, 32, seededBelow(3), (value) => value)
  const [lone] = await prove(filled, 1, 0n, seededBelow(4))
  return lone as ProofCase
}

type ClaimOf = (value: bigint) => Claim

async function fill(size: number, keyBytes: number, below: PickBelow, claimOf: ClaimOf) {
  const trie = await createMPT({ useKeyHashing: true })
  const entries = Array.from({ length: size }, () => {
    const claim = claimOf(BigInt(1 + below(2 ** 32 - 1)) ** 7n)
    return { key: randomBytes(keyBytes, below), claim }
  })
  for (const { key, claim } of entries) await trie.put(key, leafOf(claim))
  return { trie, entries }
}

async function prove(
  { trie, entries }: Awaited<ReturnType<typeof fill>>,
  count: number,
  nothing: Claim,
  below: PickBelow,
): Promise<readonly ProofCase[]> {
  const keyBytes = entries[0]?.key.length ?? 0
  const absent = Array.from({ length: Math.min(ABSENT_KEYS, count >> 1) }, () => {
    return { key: randomBytes(keyBytes, below), claim: nothing }
  })
  const root = bytesToHex(trie.root())
  return await Promise.all(
    [...entries.slice(0, count - absent.length), ...absent].map(async ({ key, claim }) => {
      return { root, key: bytesToHex(key), claim, nodes: await createMerkleProof(trie, key) }
    }),
  )
}
