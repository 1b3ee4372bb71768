/**
 * The endpoint over a witness proves what it answers, and refuses what it cannot prove. For blocks
 * that are also recorded as JSON-RPC, both endpoints give the same proofs.
 */

import { expect, test } from 'vitest'

import { describeFixtures } from './fixtures.ts'
import { readRecording } from './recorded-endpoint.ts'
import type { ProofJson } from './rpc-answers.ts'
import { readWitnessedBlock, witnessEndpoint } from './witness-endpoint.ts'

const NO_HASH = `0x${'00'.repeat(32)}`

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
  if (proof.codeHash !== NO_HASH) return proof
  return {
    ...proof,
    codeHash: '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
    storageHash: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  }
}
