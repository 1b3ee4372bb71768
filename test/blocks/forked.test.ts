/**
 * Real blocks, executed with EthereumJS on forks of their parents that read over HTTP JSON-RPC and
 * prove every answer.
 */

import { afterEach, expect, test } from 'vitest'

import { MissingTrieNodeError } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeRpcError } from '../support/fake-chain.ts'
import type { Answers } from '../support/fake-upstream.ts'
import { describeFixtures } from '../support/fixtures.ts'
import { witnessEndpoint } from '../support/witness-endpoint.ts'
import { executeBlock, expectedOutcome } from './execute.ts'
import { endForks, forkParent } from './fork-parent.ts'
import { recordedBlocks, witnessedBlock, witnessedBlocks } from './real-blocks.ts'
import { GAP_BLOCK, gapOptions } from './witness-gap.ts'

/** A block in which a deletion needs a sibling that is in no proof of a touched key. */
const COLLAPSING_BLOCK = '1-2675000'

/** Other such blocks, as recorded JSON-RPC. */
const COLLAPSING_RECORDED_BLOCKS: readonly string[] = ['1-2675000', '1-4370000', '1-21230867']

afterEach(endForks)

describeFixtures('real blocks on forks', () => {
  describeEngines('forked at the parent', (engine) => {
    for (const { name, load } of recordedBlocks) {
      test(`statement 32: the recorded block ${name} gives its header's roots and gas`, async () => {
        const real = await load()
        const state = await forkParent(real, engine)
        expect(await executeBlock(real, state)).toEqual(expectedOutcome(real))
        expect((await state.pinned()).provenTo).toBe('block hash')
      })
    }
    for (const { name, load } of witnessedBlocks) {
      test(`statement 32: the witnessed block ${name} gives its header's roots and gas`, async () => {
        const real = await load()
        const state = await forkParent(real, engine)
        const outcome = await executeBlock(real, state, gapOptions(name, state))
        expect(outcome).toEqual(expectedOutcome(real))
      })
    }
    test(`the account missing in the data of ${GAP_BLOCK} makes no difference`, async () => {
      const real = await witnessedBlock(GAP_BLOCK)
      const state = await forkParent(real, engine)
      const outcome = await executeBlock(real, state, gapOptions(GAP_BLOCK, state, 'funded'))
      expect(outcome).toEqual(expectedOutcome(real))
    })
    test('statement 31: a sibling that no node serves is named, and no root is made up', async () => {
      const real = await witnessedBlock(COLLAPSING_BLOCK)
      const state = await forkParent(real, engine, witnessEndpoint(real.witness!, []))
      const failure = await executeBlock(real, state).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(MissingTrieNodeError)
      const { details = '' } = failure as MissingTrieNodeError
      expect(details).toMatch(/^trie node 0x[\da-f]{64} at path [\da-f]+;/)
      const [hash = ''] = /0x[\da-f]{64}/.exec(details) ?? []
      const holder = witnessEndpoint(real.witness!, ['debug_dbGet'])
      expect(holder.answer('debug_dbGet', [hash])).toMatch(/^0x/)
    })
    for (const { name, load } of recordedBlocks) {
      if (!COLLAPSING_RECORDED_BLOCKS.includes(name)) continue
      test(`statement 31: block ${name} uses the next block's proofs, or a sibling is named`, async () => {
        const real = await load()
        const state = await forkParent(real, engine, withoutHead(real.node))
        await expect(executeBlock(real, state)).rejects.toThrow(MissingTrieNodeError)
      })
    }
    test('statement 31: a sibling may come by its hash', async () => {
      const real = await witnessedBlock(COLLAPSING_BLOCK)
      const node = witnessEndpoint(real.witness!, ['debug_dbGet'])
      const state = await forkParent(real, engine, node)
      expect(await executeBlock(real, state)).toEqual(expectedOutcome(real))
    })
  })
})

/** A node that has not reached its last block yet. */
function withoutHead(node: Answers): Answers {
  const head = String(node.answer('eth_blockNumber', []))
  return {
    answer(method, params) {
      if (params.includes(head)) throw new FakeRpcError(-32_000, 'header not found')
      return node.answer(method, params)
    },
  }
}
