/**
 * The node over a witness proves what it answers, and refuses what it cannot prove: for the blocks
 * that are also there as recorded JSON-RPC, both nodes give the same proofs.
 */

import { expect, test } from 'vitest'
import { EMPTY_CODE_HASH, EMPTY_ROOT, ZERO_WORD } from '../../src/encoding/constants.ts'

import { describeFixtures } from './fixtures.ts'
import type { ProofJson } from './node-answers.ts'
import { readRecording } from './recorded-node.ts'
import { nodeOfWitness, readWitnessedBlock } from './witness-node.ts'

describeFixtures('a node over a witness', () => {
  for (const file of ['1-1920000.json.gz', '1-2675000.json.gz']) {
    test(`proves as the recorded node of ${file}`, () => {
      const node = nodeOfWitness(readWitnessedBlock(file))
      const recording = readRecording(file)
      const block = `0x${recording.forkBlock.toString(16)}`
      const recorded = recording.exchanges.filter(
        ({ method, params }) => method === 'eth_getProof' && params[2] === block,
      )
      expect(recorded.length).toBeGreaterThan(20)
      for (const { params, result } of recorded) {
        expect(node.answer('eth_getProof', params)).toEqual(
          withHashesOfNothing(result as ProofJson),
        )
      }
    })
  }

  test('refuses what its nodes do not lead to, and other blocks', () => {
    const witness = readWitnessedBlock('1-46147.json.gz')
    const node = nodeOfWitness(witness)
    const block = { blockHash: witness.blockHashes['46146'] }
    const elsewhere = `0x${'ab'.repeat(20)}`
    expect(() => node.answer('eth_getProof', [elsewhere, [], block])).toThrow('missing trie node')
    expect(() => node.answer('eth_getProof', [elsewhere, [], '0x1'])).toThrow('header not found')
    expect(node.answer('eth_getBlockByHash', [witness.hash, false])).toBe(null)
  })
})

/** Of absent accounts, the recorded node tells hashes that are zero. */
function withHashesOfNothing(proof: ProofJson): ProofJson {
  if (proof.codeHash !== ZERO_WORD) return proof
  return {
    ...proof,
    codeHash: EMPTY_CODE_HASH,
    storageHash: EMPTY_ROOT,
  }
}
