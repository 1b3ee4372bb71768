/** Real blocks, executed with EthereumJS on nothing but an execution witness. */

import { afterEach, expect, test } from 'vitest'

import type { CollectedWitness } from '../../src/index.ts'
import { StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeRpcError } from '../support/fake-chain.ts'
import type { Answers } from '../support/fake-upstream.ts'
import { describeFixtures } from '../support/fixtures.ts'
import { executeBlock, expectedOutcome } from './execute.ts'
import { endForks, endLater, forkParent, trustOf } from './fork-parent.ts'
import { recordedBlocks, witnessedBlocks } from './real-blocks.ts'
import { gapOptions } from './witness-gap.ts'

afterEach(endForks)

describeFixtures('real blocks on witnesses', () => {
  describeEngines('without a chain', (engine) => {
    for (const { name, load } of witnessedBlocks) {
      test(`statement 32: block ${name} from its witness, and from the witness that this run collects`, async () => {
        const real = await load()
        const { nodes, codes, blockHashes: hashes } = real.witness!
        const trust = trustOf(real)
        const run = async (witness: CollectedWitness) => {
          const state = endLater(new StateManager({ witness, ffi: engine, ...trust }))
          const options = { hashes, ...gapOptions(name, state) }
          expect(await executeBlock(real, state, options)).toEqual(expectedOutcome(real))
          return await state.collectWitness()
        }
        const collected = await run({ nodes, codes, headers: [] })
        expect(nodes).toEqual(expect.arrayContaining([...collected.nodes]))
        expect(codes).toEqual(expect.arrayContaining([...collected.codes]))
        const again = await run(collected)
        expect(new Set(again.nodes)).toEqual(new Set(collected.nodes))
      })

      test(`statement 32: block ${name} on a fork that loads its witness asks for no state`, async () => {
        const real = await load()
        const { nodes, codes, blockHashes: hashes } = real.witness!
        const node = onlyBlocks(real.node)
        const state = await forkParent(real, engine, node)
        await state.loadWitness({ nodes, codes, headers: [] })
        const options = { hashes, ...gapOptions(name, state) }
        expect(await executeBlock(real, state, options)).toEqual(expectedOutcome(real))
        expect(node.refused).toEqual([])
      })
    }
    for (const { name, load } of recordedBlocks) {
      test(`statement 32: block ${name} from the witness that its fork collects`, async () => {
        const real = await load()
        const fork = await forkParent(real, engine)
        await executeBlock(real, fork)
        const witness = await fork.collectWitness()
        const state = endLater(new StateManager({ witness, ffi: engine, ...trustOf(real) }))
        expect(await executeBlock(real, state)).toEqual(expectedOutcome(real))
      })
    }
  })
})

/** An endpoint that answers for blocks, and refuses and logs everything else. */
function onlyBlocks(node: Answers): Answers & { readonly refused: string[] } {
  const refused: string[] = []
  return {
    refused,
    answer(method, params) {
      if (/^eth_(chainId|getBlockBy)/.test(method)) return node.answer(method, params)
      refused.push(method)
      throw new FakeRpcError(-32_000, `${method} is not answered here`)
    },
  }
}
