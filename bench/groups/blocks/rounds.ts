/** Runs blocks on a state manager, each time on one of its own. */

import { commonOf } from '../../kit/managers.ts'
import { samplesInTurn } from '../../kit/measure.ts'
import { prepare } from './cases.ts'
import type { AnsweredBlock, BlockMaker } from './makers.ts'

/** `computed`: by the state manager. `given`: told to EthereumJS, so that nothing computes them. */
export type Roots = 'computed' | 'given'

export interface RoundOptions {
  readonly roots: Roots
  /** Rounds that are counted, after one that is not. */
  readonly rounds: number
}

/** Samples of each block; the blocks take turns, so that the code is warm for all of them. */
export function sampleRuns<Sample>(
  { make, keccak256 }: BlockMaker,
  blocks: readonly AnsweredBlock[],
  { roots, rounds }: RoundOptions,
  sample: (run: () => Promise<unknown>) => Promise<Sample>,
): Promise<readonly (readonly Sample[])[]> {
  const samplers = blocks.map((given) => async () => {
    const common = commonOf(given.hardfork, keccak256)
    const { manager, destroy } = await make(given, common)
    if (roots === 'given') {
      const left = given.answers.filter(({ asked }) => asked === 'getStateRoot')
      manager.getStateRoot = async () => (left.shift()?.given ?? new Uint8Array()) as Uint8Array
      // Inside a checkpoint nothing is brought into a trie.
      await manager.checkpoint()
    }
    const run = await prepare(given, manager, common)
    globalThis.gc?.()
    const taken = await sample(run)
    destroy()
    return taken
  })
  return samplesInTurn(samplers, rounds)
}
