/**
 * The endpoint over a witness proves what it answers, and refuses what it cannot prove. For blocks
 * that are also recorded as JSON-RPC, both endpoints give the same proofs.
 */

import { expect, test } from 'vitest'
import { EMPTY_CODE_HASH, EMPTY_ROOT, ZERO_WORD } from '../../src/encoding/constants.ts'

import { describeFixtures } from './fixtures.ts'
import { readRecording } from './recorded-endpoint.ts'
import type { ProofJson } from './rpc-answers.ts'
import { readWitnessedBlock, witnessEndpoint } from './witness-endpoint.ts'

describeFixtures('a node over a witness', () => {
  for (const file of ['1-1920000.json.gz', '1-2675000.json.gz']) {
    test(`proves as the recorded node of ${file}`, () => {
      const node = witnessEndpoint(readWitnessedBlock(file))
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

  test('refuses keys that its trie nodes do not lead to, and other blocks', () => {
    const witness = readWitnessedBlock('1-46147.json.gz')
    const node = witnessEndpoint(witness)
    const block = { blockHash: witness.blockHashes['46146'] }
    const elsewhere = `0x${'ab'.repeat(20)}`
    expect(() => node.answer('eth_getProof', [elsewhere, [], block])).toThrow('missing trie node')
    expect(() => node.answer('eth_getProof', [elsewhere, [], '0x1'])).toThrow('header not found')
    expect(node.answer('eth_getBlockByHash', [witness.hash, false])).toBe(null)
  })
})

/** For absent accounts, the recorded node answered zero hashes. */
function withHashesOfNothing(proof: ProofJson): ProofJson {
  if (proof.codeHash !== ZERO_WORD) return proof
  return {
    ...proof,
    codeHash: EMPTY_CODE_HASH,
    storageHash: EMPTY_ROOT,
  }
}
