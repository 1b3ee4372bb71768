/** State roots after some writes, and of a state that is written anew. */

import type { Chart, Group, Job, Row, Scale, Target } from '../kit/group.ts'
import { isWasmInNode, WASM } from '../kit/names.ts'
import { ratiosOf, spreadOf } from '../kit/ratios.ts'
import type { EngineLoader } from '../kit/subjects.ts'
import { engines } from '../kit/subjects.ts'

const PEER = '@ethereumjs/mpt'
const PEER_CORE_HASH = '@ethereumjs/mpt, hash of forkstate'

const AFTER = 'state root after writes, these included, by writes'
const REBUILD = 'all of the state written anew, and its root, by entries'
const MANY = 1_000

const QUICK = { before: 200, writes: [1, 50], rounds: 2, rebuilds: 1 }
const FULL = { before: 10_000, writes: [1, 100, MANY, 10_000], rounds: 5, rebuilds: 3 }

const chart: Chart = {
  name: 'roots',
  title: 'State root after writes, by writes, 10,000 entries before',
  shows: ({ workload, runtime }) => workload === AFTER && runtime === 'Node',
  label: ({ subject }) => subject,
}

const manyTarget: Target = {
  work: 'root after 1,000 writes, WebAssembly in Node',
  target: '>= 10 x `@ethereumjs/mpt`',
  judge(rows) {
    const against = (peer: string) =>
      ratiosOf(rows, AFTER, { own: WASM, peer }).filter(({ size }) => size === MANY)
    const ratios = against(PEER)
    if (ratios.length === 0) return undefined
    const bare = spreadOf(against(PEER_CORE_HASH))
    return {
      measured: `${spreadOf(ratios)}; ${bare} where the peer hashes with forkstate too`,
      isMet: ratios.every(({ ratio }) => ratio >= 10),
    }
  },
}

const oneTarget: Target = {
  work: 'incremental root after 1 write, WebAssembly in Node',
  target: '>= 100 x faster than a full rebuild',
  judge(rows) {
    const own = rows.filter(isWasmInNode)
    const one = own.find(({ workload, size }) => workload === AFTER && size === 1)
    const rebuild = own.find(({ workload }) => workload === REBUILD)
    if (one === undefined || rebuild === undefined) return undefined
    const ratio = rebuild.median / one.median
    const entries = rebuild.size?.toLocaleString('en')
    return { measured: `x${ratio.toFixed(0)} at ${entries} entries`, isMet: ratio >= 100 }
  },
}

export const roots: Group = {
  name: 'roots',
  title: 'State roots',
  about:
    'A state of 10,000 entries with uniform keys: 5,000 accounts with a balance, a hundred of ' +
    'which have 50 slots each. Uniformly chosen entries of it are written again, then the root is ' +
    'taken; the single write is one of a slot. `@ethereumjs/mpt` gets the writes in batches, a ' +
    'batch a trie, with a cache of nodes that holds all of it. "Hash of forkstate" is the peer ' +
    'with the keccak256 of forkstate as its `useKeyHashingFunction`: what is left is the work on ' +
    'the trie.',
  runtimes: ['Node', 'Bun'],
  charts: [chart],
  targets: [manyTarget, oneTarget],
  jobs,
}

function jobs(scale: Scale): readonly Job[] {
  return engines.map((engine, at) => ({
    name: engine.name,
    // The peers take turns with the first engine.
    run: async () => await time(engine, at === 0 ? 'peers too' : 'engine only', scale),
  }))
}

async function time(
  { name, load }: EngineLoader,
  timed: 'peers too' | 'engine only',
  { isQuick }: Scale,
): Promise<readonly Row[]> {
  const engine = await load()
  const options = isQuick ? QUICK : FULL
  const { ownStates, peerStates } = await import('../kit/root-states.ts')
  const { triePeers } = await import('../kit/trie-peers.ts')
  const { timeRoots } = await import('../kit/root-times.ts')
  const own = ownStates(name, engine)
  const peers = triePeers().map((peer) => peerStates(peer, options.before))
  const [reference = own] = peers
  const contenders = timed === 'peers too' ? [own, ...peers] : [own]
  const { after, rebuild } = await timeRoots(contenders, reference, options)
  const rows = [...after].flatMap(([size, results]) =>
    results.map(({ name: subject, took }): Row => {
      return { workload: AFTER, subject, size, unit: 'ns', ...took }
    }),
  )
  const rebuilds = rebuild.map(({ name: subject, took }): Row => {
    return { workload: REBUILD, subject, size: options.before, unit: 'ns', ...took }
  })
  return [...rows, ...rebuilds]
}
