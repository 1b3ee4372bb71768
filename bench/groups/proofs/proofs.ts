/** Proof checks, on proofs of real chains and of seeded tries. */

import { engines } from '../../kit/forkstate.ts'
import { type Group, rowOf, type Target } from '../../kit/group.ts'
import { MPT, MPT_CORE_HASH } from '../../kit/names.ts'
import { areAtLeast, ratiosOf, spreadOf } from '../../kit/targets.ts'
import type { ProofCase } from './cases.ts'

/** Where proofs come from. */
interface Source {
  readonly name: string
  readonly workload: string
  readonly size?: number
  /** @throws LeftOut without the data. */
  load(): Promise<readonly ProofCase[]>
}

const REAL = 'one proof check, real chains, no node known'
const SEEDED = 'one proof check, seeded tries, no node known, by entries of each trie'

const target: Target = {
  work: 'proof checks, WebAssembly in Node.js',
  target: '>= 10 x `@ethereumjs/mpt`',
  evaluate(rows) {
    const against = (peer: string) =>
      [REAL, SEEDED].flatMap((workload) => ratiosOf(rows, workload, { peer }))
    const bare = spreadOf(against(MPT_CORE_HASH))
    return {
      measured: `${spreadOf(against(MPT))}; ${bare} where the peer hashes with forkstate too`,
      isMet: areAtLeast(against(MPT), 10),
    }
  },
}

export const group: Group = {
  title: 'Proof checks',
  runtimes: ['Node', 'Bun'],
  targets: [target],
  jobs({ isQuick }) {
    // Half of the seeded ones are of accounts, half of slots, with 20 of each of absent keys.
    const [entries, seeded] = isQuick ? [200, 40] : [10_000, 200]
    const options = isQuick ? { calls: 1, rounds: 2 } : { calls: 5, rounds: 9 }
    const cases = () => import('./cases.ts')
    const sources: readonly Source[] = [
      { name: 'real proofs', workload: REAL, load: async () => (await cases()).recordedCases() },
      {
        name: 'seeded proofs',
        workload: SEEDED,
        size: entries,
        load: async () => await (await cases()).seededCases(entries, seeded),
      },
    ]
    return sources.flatMap(({ name, workload, size, load }) =>
      engines.map((engine, at) => ({
        name: `${name}, ${engine.name}`,
        async run() {
          const { timeProofs } = await import('./checks.ts')
          const { triePeers } = await import('../../kit/tries.ts')
          // The peers take turns with the first engine.
          const peers = at === 0 ? triePeers : []
          const took = await timeProofs(await engine.open(), peers, await load(), options)
          const names = [engine, ...peers].map((contender) => contender.name)
          return took.map((each, of) => rowOf({ name: names[of] ?? '' }, workload, each, { size }))
        },
      })),
    )
  },
}
