/** Proof checks, on proofs of real chains and of seeded tries. */

import { engines } from '../../kit/forkstate.ts'
import { type Group, rowOf } from '../../kit/group.ts'
import { ratiosOf } from '../../kit/targets.ts'
import { againstMpt } from '../../kit/trie-target.ts'

const REAL = 'one proof check, real chains, no node known'
const SEEDED = 'one proof check, seeded tries, no node known, by entries of each trie'

export const group: Group = {
  title: 'Proof checks',
  runtimes: ['Node', 'Bun'],
  targets: [
    againstMpt('proof checks, WebAssembly in Node.js', (rows, peer) =>
      [REAL, SEEDED].flatMap((workload) => ratiosOf(rows, workload, { peer })),
    ),
  ],
  jobs({ isQuick }) {
    const [entries, seeded] = isQuick ? [200, 40] : [10_000, 200]
    const options = isQuick ? { calls: 1, rounds: 2 } : { calls: 5, rounds: 9 }
    const cases = () => import('./cases.ts')
    const sources = [
      {
        ...{ name: 'real proofs', workload: REAL, size: undefined },
        load: async () => (await cases()).recordedCases(),
      },
      {
        ...{ name: 'seeded proofs', workload: SEEDED, size: entries },
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
          const contenders = [engine, ...peers]
          return took.map((each, of) => rowOf(contenders[of] ?? engine, workload, each, { size }))
        },
      })),
    )
  },
}
