/** Whole real blocks, executed by EthereumJS on our adapter and on its own state managers. */

import { loadWasm } from '../../../src/wasm.ts'
import { engines } from '../../kit/forkstate.ts'
import type { Contender, Group, Row, Scale, Target } from '../../kit/group.ts'
import { LeftOut, rowOf } from '../../kit/group.ts'
import { elapsedOf, summaryOf } from '../../kit/measure.ts'
import { MERKLE, SIMPLE, WASM } from '../../kit/names.ts'
import { areAtLeast, OWN, ratiosOf, someLike, spreadOf } from '../../kit/targets.ts'
import type { AnsweredBlock, BlockMaker, Roots } from './makers.ts'

/** From each age of the chain one or two with contracts in them. */
const BLOCKS = [512_335, 2_675_000, 4_370_000, 15_537_394, 21_230_867, 21_688_509]
const QUICK_BLOCKS = [512_335]

const WORKLOADS: Readonly<Record<Roots, string>> = {
  computed: 'a whole block and its state root, by block number',
  given: 'a whole block without its state root, by block number',
}
const SHARE = 'share of the run in which a state manager is at work, percent, by block number'

const CORE_HASH = 'hash of forkstate'
const OWN_HASH = 'hash of EthereumJS'
const note = 'the answers of an earlier run in their order: what EthereumJS itself takes'

// The contenders are loaded only by the processes that need them.
const makers = () => import('./makers.ts')
const coreHash = async () => (await import('../../../src/ethereumjs.ts')).coreKeccak256()

const contenders: readonly Contender<BlockMaker>[] = [
  ...engines.map(({ name, open }) => ({
    name,
    open: async () => (await makers()).forkstate(await open(), 'core'),
  })),
  {
    name: `${WASM}, ${OWN_HASH}`,
    open: async () => (await makers()).forkstate(await loadWasm(), 'own'),
  },
  { name: MERKLE, open: async () => (await makers()).merkle() },
  { name: `${MERKLE}, ${CORE_HASH}`, open: async () => (await makers()).merkle(await coreHash()) },
  {
    name: SIMPLE,
    note: 'computes no roots, and holds nothing but what the block touches',
    open: async () => (await makers()).simple,
  },
  {
    name: `no state manager, ${CORE_HASH}`,
    note,
    open: async () => (await makers()).noManager(await coreHash()),
  },
  { name: `no state manager, ${OWN_HASH}`, note, open: async () => (await makers()).noManager() },
]

const speed: Target = {
  work: 'real blocks with their state roots through the EthereumJS adapter, WebAssembly in Node.js',
  target: '>= 1.5 x its own MerkleStateManager with caches, each block',
  evaluate(rows) {
    const against = (peer: string, own = WASM) => ratiosOf(rows, WORKLOADS.computed, { own, peer })
    const withCoreHash = spreadOf(against(`${MERKLE}, ${CORE_HASH}`))
    const withOwnHash = spreadOf(against(MERKLE, `${WASM}, ${OWN_HASH}`))
    return {
      measured:
        `${spreadOf(against(MERKLE))}; with one hash for both ${withCoreHash} (of forkstate) or ` +
        `${withOwnHash} (of EthereumJS)`,
      isMet: areAtLeast(against(MERKLE), 1.5),
    }
  },
}

const share: Target = {
  work: 'state-manager share of a block run, profiled, WebAssembly in Node.js',
  target: '<= 10 %, each block',
  evaluate(rows) {
    const shares = someLike(rows, { ...OWN, workload: SHARE }).map(({ median }) => median)
    const [least, most] = [Math.min(...shares), Math.max(...shares)]
    return { measured: `${least.toFixed(1)} to ${most.toFixed(1)} %`, isMet: most <= 10 }
  },
}

export const group: Group = {
  title: 'Real blocks',
  runtimes: ['Node'],
  targets: [speed, share],
  jobs(scale) {
    const profiled = [WASM, ...(scale.isQuick ? [] : [MERKLE])]
    return [
      ...contenders.map((who) => ({ name: who.name, run: () => time(who, scale) })),
      ...contenders
        .filter(({ name }) => profiled.includes(name))
        .map((who) => ({ name: `profile of ${who.name}`, run: () => profile(who, scale) })),
    ]
  },
}

async function setUp({ open }: Contender<BlockMaker>, { isQuick }: Scale) {
  const { hasFixtures } = await import('../../../test/support/fixtures.ts')
  if (!hasFixtures) throw new LeftOut('no ../shared/fixtures')
  const { answeredBlock, sampleRuns } = await makers()
  const blocks: AnsweredBlock[] = []
  for (const number of isQuick ? QUICK_BLOCKS : BLOCKS) blocks.push(await answeredBlock(number))
  return { blocks, maker: await open(), rounds: isQuick ? 1 : 3, sampleRuns }
}

async function time(contender: Contender<BlockMaker>, scale: Scale): Promise<readonly Row[]> {
  const { blocks, maker, rounds, sampleRuns } = await setUp(contender, scale)
  const rows: Row[] = []
  for (const roots of maker.computesRoots ? (['computed', 'given'] as const) : ['given' as const]) {
    const samples = await sampleRuns(maker, blocks, { roots, rounds }, (run) => elapsedOf(run))
    for (const [at, { number }] of blocks.entries()) {
      const took = summaryOf(samples[at] ?? [])
      rows.push(rowOf(contender, WORKLOADS[roots], took, { size: number }))
    }
  }
  return rows
}

async function profile(contender: Contender<BlockMaker>, scale: Scale): Promise<readonly Row[]> {
  const { blocks, maker, rounds, sampleRuns } = await setUp(contender, scale)
  const { profileOf } = await import('./profile.ts')
  const samples = await sampleRuns(maker, blocks, { roots: 'computed', rounds }, profileOf)
  const { name } = contender
  const tries = 'with the tries of transactions and receipts, which `@ethereumjs/mpt` builds too'
  const shown = [
    { part: 'state', of: WASM, name },
    { part: 'hashing', of: WASM, name: `${name}, hashing for the EVM` },
    { part: 'peer', of: MERKLE, name, note: tries },
  ] as const
  return blocks.flatMap(({ number }, at) =>
    shown
      .filter(({ of }) => of === name)
      .map(({ part, ...named }) => {
        const took = summaryOf((samples[at] ?? []).map((shares) => shares[part]))
        return rowOf(named, SHARE, took, { size: number, unit: 'count' })
      }),
  )
}
