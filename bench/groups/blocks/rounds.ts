/** Runs blocks on a state manager, each time on one of its own, and times that or profiles it. */

import { commonOf } from '../../kit/managers.ts'
import { elapsedOf, type Measurement, samplesInTurn, summaryOf } from '../../kit/measure.ts'
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

/** What a run of each block takes, nanoseconds of processor time. */
export async function timeBlocks(
  maker: BlockMaker,
  blocks: readonly AnsweredBlock[],
  options: RoundOptions,
): Promise<readonly Measurement[]> {
  const samples = await sampleRuns(maker, blocks, options, (run) => elapsedOf(run))
  return samples.map(summaryOf)
}

/** Where a run of each block spends its time, percent. */
export async function profileBlocks(
  maker: BlockMaker,
  blocks: readonly AnsweredBlock[],
  options: RoundOptions,
): Promise<readonly Readonly<Record<keyof CodeShares, Measurement>>[]> {
  const samples = await sampleRuns(maker, blocks, options, async (run) => {
    const stop = await startProfile()
    await run()
    return await stop()
  })
  return samples.map((shares) => ({
    state: summaryOf(shares.map(({ state }) => state)),
    hashing: summaryOf(shares.map(({ hashing }) => hashing)),
    peer: summaryOf(shares.map(({ peer }) => peer)),
  }))
}

/** Samples of each block; the blocks take turns, so that the code is warm for all of them. */
function sampleRuns<Sample>(
  { make, keccak256 }: BlockMaker,
  blocks: readonly AnsweredBlock[],
  { roots, rounds }: RoundOptions,
  sample: (run: () => Promise<unknown>) => Promise<Sample>,
): Promise<readonly (readonly Sample[])[]> {
  const samplers = blocks.map((given) => async () => {
    const common = commonOf(given.hardfork, keccak256)
    const { manager, destroy } = await make(given, common)
    if (roots === 'given') {
      const left = given.answers.filter(({ asked }) => asked === 'root')
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
