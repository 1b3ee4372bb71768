/** State roots after some writes, and of a state that is written anew. */

import { engines } from '../../kit/forkstate.ts'
import { type Group, rowOf, type Target } from '../../kit/group.ts'
import { medianOf, OWN, ratiosOf, someLike } from '../../kit/targets.ts'
import { againstMpt } from '../../kit/trie-target.ts'

const AFTER = 'state root after writes, these included, by writes'
const REBUILD = 'all of the state written anew, and its root, by entries'
const WORKLOADS = { after: AFTER, rebuild: REBUILD }
const MANY = 1_000

/** Balances and slots written before, half of each; then numbers of writes before a root. */
export const FULL = { before: 10_000, writes: [1, 100, MANY, 10_000], rounds: 5, rebuilds: 3 }
const QUICK = { before: 200, writes: [1, 50], rounds: 2, rebuilds: 1 }

const oneTarget: Target = {
  work: 'incremental root after 1 write, WebAssembly in Node.js',
  target: '>= 100 x faster than a full rebuild',
  evaluate(rows) {
    const one = medianOf(rows, { ...OWN, workload: AFTER, size: 1 })
    const [rebuild] = someLike(rows, { ...OWN, workload: REBUILD })
    const ratio = (rebuild?.median ?? 0) / one
    const entries = rebuild?.size?.toLocaleString('en')
    return { measured: `x${ratio.toFixed(0)} at ${entries} entries`, isMet: ratio >= 100 }
  },
}

export const group: Group = {
  title: 'State roots',
  runtimes: ['Node', 'Bun'],
  charts: [
    {
      name: 'roots',
      title: 'State root after writes, by writes, 10,000 entries before',
      shows: ({ workload, runtime }) => workload === AFTER && runtime === 'Node',
    },
  ],
  targets: [
    againstMpt('root after 1,000 writes, WebAssembly in Node.js', (rows, peer) =>
      ratiosOf(someLike(rows, { size: MANY }), AFTER, { peer }),
    ),
    oneTarget,
  ],
  jobs: ({ isQuick }) =>
    engines.map((engine, at) => ({
      name: engine.name,
      async run() {
        const { ownStates, peerStates } = await import('./states.ts')
        const { timeRoots } = await import('./times.ts')
        const { triePeers } = await import('../../kit/tries.ts')
        const options = isQuick ? QUICK : FULL
        const own = ownStates(engine.name, await engine.open())
        const peers = triePeers.map((peer) => peerStates(peer, options.before))
        // The peers take turns with the first engine.
        const contenders = at === 0 ? [own, ...peers] : [own]
        const times = await timeRoots(contenders, peers[0] ?? own, options)
        return times.flatMap(({ work, size, took }) =>
          took.map((each, of) => rowOf(contenders[of] ?? own, WORKLOADS[work], each, { size })),
        )
      },
    })),
}
