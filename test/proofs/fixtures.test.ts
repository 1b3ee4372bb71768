/** Real proofs of several networks and clients, and mutations of real proofs. */

import { expect, test } from 'vitest'

import type { ProofError, RpcError } from '../../src/index.ts'
import { describeFixtures } from '../support/fixtures.ts'
import { forkOfProof, readEntry, readProofs } from './recorded-proofs.ts'

const FIELDS = ['wrongBalance', 'wrongNonce', 'wrongCodeHash', 'wrongStorageHash'] as const

/**
 * The reason why each mutation is refused: the check that the proof fails, or the code of the error
 * if the answer names another account or slot. An account may be absent before it is changed.
 */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  'flip-bit-root-node': ['wrongHash'],
  'flip-bit-last-node': ['wrongHash'],
  'drop-last-account-node': ['missingTrieNode'],
  'drop-first-account-node': ['wrongHash'],
  'empty-account-proof': ['missingTrieNode'],
  'append-byte-to-node': ['wrongHash'],
  'balance+1': ['wrongBalance', 'notAbsent'],
  'nonce+1': ['wrongNonce', 'notAbsent'],
  'codeHash-changed': ['wrongCodeHash', 'notAbsent'],
  'storageHash-changed': ['wrongStorageHash', 'notAbsent'],
  'proof-of-other-account-relabelled': ['wrongHash'],
  'response-for-other-address': ['RPC_RESPONSE'],
  'wrong-state-root(other block)': ['wrongHash'],
  'claimed-nonexistent(all zero, proof kept)': FIELDS,
  'slot-value+1': ['wrongValue'],
  'slot-value-zeroed': ['wrongValue'],
  'slot-proof-emptied-value-zero': ['missingTrieNode'],
  'slot-proof-truncated': ['missingTrieNode'],
  'slot-proof-truncated-value-zero': ['missingTrieNode'],
  'slot-proof-of-other-slot': ['wrongHash'],
  'slot-bitflip': ['wrongHash'],
  'storage-entry-missing': ['RPC_RESPONSE'],
  'storage-entries-reordered': ['RPC_RESPONSE'],
  'storage-key-substituted': ['RPC_RESPONSE'],
  'nonexistent-but-balance-set': ['notAbsent'],
}

describeFixtures('recorded proofs', () => {
  test.each([
    ['real', 20],
    ['zoo', 50],
  ] as const)('statement 27: all of %s are accepted', async (name, count) => {
    const entries = readProofs(name)
    expect(entries).toHaveLength(count)
    for (const entry of entries) {
      using fork = forkOfProof(entry)
      const { account, values } = await readEntry(fork, entry)
      const { balance, nonce, storageProof = [] } = entry.proof
      expect(account?.balance ?? 0n).toBe(BigInt(balance))
      expect(account?.nonce ?? 0n).toBe(BigInt(nonce))
      expect(values.map(BigInt)).toEqual(storageProof.map(({ value }) => BigInt(value)))
      expect(fork.metrics()).toMatchObject({ proofsChecked: 1, proofsRejected: 0, verifying: 1 })
    }
  })

  test('statement 27: all mutations are rejected, for the right reason', async () => {
    const entries = readProofs('negative')
    expect(entries).toHaveLength(172)
    for (const entry of entries) {
      using fork = forkOfProof(entry)
      const error = await readEntry(fork, entry).then(
        () => expect.fail(`accepted: ${entry.mutation}`),
        (thrown: ProofError | RpcError) => thrown,
      )
      const reason = 'check' in error ? error.check : error.code
      expect(REASONS[entry.mutation as string], entry.mutation).toContain(reason)
      expect(error.address).toBe(entry.request.address)
      expect(fork.metrics()).toMatchObject({ baseEntries: 0, proofsChecked: 0 })
    }
  })
})
