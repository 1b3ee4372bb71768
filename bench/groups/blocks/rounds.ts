/** Runs blocks on a state manager, each time on one of its own, and times that or profiles it. */

import { commonOf } from '../../kit/managers.ts'
import { elapsedOf, samplesInTurn } from '../../kit/measure.ts'
import { prepare } from './cases.ts'
import type { AnsweredBlock, BlockMaker } from './makers.ts'
import { type CodeShares, startProfile } from './profile.ts'

/** `computed`: by the state manager. `given`: told to EthereumJS, so that nothing computes them. */
export type Roots = 'computed' | 'given'

export interface RoundOptions {
  readonly roots: Roots
  /** Rounds that are counted, after one that is not. */
  readonly rounds: number
}

type Run = () => Promise<unknown>

/** What a run takes, nanoseconds of processor time. */
export const timed = (run: Run): Promise<number> => elapsedOf(run)

/** Where a run spends its time. */
export async function profiled(run: Run): Promise<CodeShares> {
  const stop = await startProfile()
  await run()
  return await stop()
}

/** Samples of each block; the blocks take turns, so that the code is warm for all of them. */
export function sampleRuns<Sample>(
  { make, keccak256 }: BlockMaker,
  blocks: readonly AnsweredBlock[],
  { roots, rounds }: RoundOptions,
  sample: (run: Run) => Promise<Sample>,
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
