/** Runs blocks on a state manager, each time on one of its own, and times that or profiles it. */

import { commonOf, prepare } from './block-cases.ts'
import type { AnsweredBlock, BlockSubject } from './block-managers.ts'
import type { CodeShares } from './block-profile.ts'
import { startProfile } from './block-profile.ts'
import type { Measurement } from './measure.ts'
import { now, summaryOf } from './measure.ts'

/** `computed`: by the state manager. `given`: told to EthereumJS, so that nothing computes them. */
export type Roots = 'computed' | 'given'

export interface RoundOptions {
  readonly roots: Roots
  /** Rounds that are counted, after one that is not. */
  readonly rounds: number
}

/** What was measured of each block, in their order. */
type OfEach<Result> = readonly Result[]

/** What a run of each block takes, nanoseconds of processor time. */
export async function timeBlocks(
  subject: BlockSubject,
  blocks: readonly AnsweredBlock[],
  options: RoundOptions,
): Promise<OfEach<Measurement>> {
  const samples = await repeat(blocks, options.rounds, (given) =>
    runOnce(subject, given, options.roots, async (run) => {
      const start = now('processor')
      await run()
      return now('processor') - start
    }),
  )
  return samples.map(summaryOf)
}

/** Where a run of each block spends its time, percent. */
export async function profileBlocks(
  subject: BlockSubject,
  blocks: readonly AnsweredBlock[],
  { roots, rounds }: RoundOptions,
): Promise<OfEach<Readonly<Record<keyof CodeShares, Measurement>>>> {
  const samples = await repeat(blocks, rounds, (given) =>
    runOnce(subject, given, roots, async (run) => {
      const stop = await startProfile()
      await run()
      return await stop()
    }),
  )
  return samples.map((shares) => ({
    state: summaryOf(shares.map(({ state }) => state)),
    hashing: summaryOf(shares.map(({ hashing }) => hashing)),
    peer: summaryOf(shares.map(({ peer }) => peer)),
  }))
}

/** Samples of each block; the blocks take turns, so that the code is warm for all of them. */
async function repeat<Sample>(
  blocks: readonly AnsweredBlock[],
  rounds: number,
  sample: (given: AnsweredBlock) => Promise<Sample>,
): Promise<OfEach<readonly Sample[]>> {
  const samples = blocks.map((): Sample[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [at, given] of blocks.entries()) {
      const taken = await sample(given)
      if (round > 0) samples[at]?.push(taken)
    }
  }
  return samples
}

async function runOnce<Sample>(
  { make, keccak256 }: BlockSubject,
  given: AnsweredBlock,
  roots: Roots,
  sample: (run: () => Promise<void>) => Promise<Sample>,
): Promise<Sample> {
  const { manager, destroy } = await make(given)
  if (roots === 'given') {
    const left = given.answers.flatMap((answer) => (answer.asked === 'root' ? [answer.root] : []))
    manager.getStateRoot = async () => left.shift() ?? new Uint8Array()
    // Inside a checkpoint nothing is brought into a trie.
    await manager.checkpoint()
  }
  const { run } = await prepare(given, manager, commonOf(given, keccak256))
  globalThis.gc?.()
  const taken = await sample(run)
  destroy()
  return taken
}
