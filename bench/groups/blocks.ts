/** Whole real blocks, executed by EthereumJS on our adapter and on its own state managers. */

import type { AnsweredBlock, BlockSubject } from '../kit/block-managers.ts'
import type { Roots } from '../kit/block-rounds.ts'
import type { Group, Job, Row, Scale, Target } from '../kit/group.ts'
import { LeftOut } from '../kit/group.ts'
import { MERKLE, SIMPLE, WASM } from '../kit/names.ts'
import { ratiosOf, spreadOf } from '../kit/ratios.ts'
import { engines } from '../kit/subjects.ts'

interface NamedSubject {
  readonly name: string
  readonly note?: string
  /** @throws LeftOut if it cannot run here. */
  load(): Promise<BlockSubject>
}

/** From each age of the chain one or two with contracts in them. */
const BLOCKS = [512_335, 2_675_000, 4_370_000, 15_537_394, 21_230_867, 21_688_509]
const QUICK_BLOCKS = [512_335]

const WORKLOADS: Readonly<Record<Roots, string>> = {
  computed: 'a whole block and its state root, by block number',
  given: 'a whole block without its state root, by block number',
}
const SHARE = 'share of the run in which a state manager is at work, percent, by block number'

const NONE = 'no state manager'
const CORE_HASH = 'hash of forkstate'
const OWN_HASH = 'hash of EthereumJS'
const NONE_NOTE = 'the answers of an earlier run in their order: what EthereumJS itself takes'

const subjects: readonly NamedSubject[] = [
  ...engines.map(({ name, load }) => ({
    name,
    load: async () => (await managers()).forkstate(await load(), 'core'),
  })),
  {
    name: `${WASM}, ${OWN_HASH}`,
    load: async () => (await managers()).forkstate(await (await wasm()).loadWasm(), 'own'),
  },
  { name: MERKLE, load: async () => (await managers()).merkle() },
  {
    name: `${MERKLE}, ${CORE_HASH}`,
    load: async () => (await managers()).merkle(await coreHash()),
  },
  {
    name: SIMPLE,
    note: 'computes no roots, and holds nothing but what the block touches',
    load: async () => (await managers()).simple(),
  },
  {
    name: `${NONE}, ${CORE_HASH}`,
    note: NONE_NOTE,
    load: async () => (await managers()).noManager(await coreHash()),
  },
  {
    name: `${NONE}, ${OWN_HASH}`,
    note: NONE_NOTE,
    load: async () => (await managers()).noManager(),
  },
]

// The contenders are loaded only by the processes that need them.
const managers = () => import('../kit/block-managers.ts')
const wasm = () => import('../../src/wasm.ts')
const coreHash = async () => (await import('../../src/ethereumjs.ts')).coreKeccak256()

const speed: Target = {
  work: 'real blocks with their state roots through the EthereumJS adapter, WebAssembly in Node',
  target: '>= 1.5 x its own MerkleStateManager with caches, each block',
  judge(rows) {
    const against = (peer: string, own: string) => ratiosOf(rows, WORKLOADS.computed, { own, peer })
    const ratios = against(MERKLE, WASM)
    if (ratios.length === 0) return undefined
    const withCoreHash = spreadOf(against(`${MERKLE}, ${CORE_HASH}`, WASM))
    const withOwnHash = spreadOf(against(MERKLE, `${WASM}, ${OWN_HASH}`))
    return {
      measured:
        `${spreadOf(ratios)}; with one hash for both ${withCoreHash} (of forkstate) or ` +
        `${withOwnHash} (of EthereumJS)`,
      isMet: ratios.every(({ ratio }) => ratio >= 1.5),
    }
  },
}

const share: Target = {
  work: 'state-manager share of a block run, profiled, WebAssembly in Node',
  target: '<= 10 %, each block',
  judge(rows) {
    const shares = rows
      .filter(({ workload, subject }) => workload === SHARE && subject === WASM)
      .map(({ median }) => median)
    if (shares.length === 0) return undefined
    const [least, most] = [Math.min(...shares), Math.max(...shares)]
    return { measured: `${least.toFixed(1)} to ${most.toFixed(1)} %`, isMet: most <= 10 }
  },
}

export const blocks: Group = {
  name: 'blocks',
  title: 'Real blocks',
  about: [
    'Blocks of the main network, run by `runBlock()` of `@ethereumjs/vm`, which recovers the ' +
      'senders and holds gas, logs, receipts and the state root against the header: a run with ' +
      'another outcome fails. Each run has a state manager of its own with the state before the ' +
      'block, exactly as far as the block needs it: trie nodes of its witness, in memory. All ' +
      'that the block reads was read once before, so that caches are warm; none of that is ' +
      'timed.',
    'Without its state root: the roots are told to EthereumJS, and the block runs inside of a ' +
      'checkpoint, so that no trie is written.',
    'forkstate is used as its documents tell, with its own keccak256 as `customCrypto` of ' +
      'EthereumJS; so that one can tell what comes of the hash and what of the state manager, ' +
      `each is also shown with the hash of the other ("${CORE_HASH}", "${OWN_HASH}").`,
    'The block of most gas is 15,537,394, with 80 transactions and 30 million gas. 512,335 and ' +
      '2,675,000 are from before Byzantium: they take a root after each transaction.',
  ].join('\n\n'),
  runtimes: ['Node'],
  targets: [speed, share],
  jobs,
}

function jobs(scale: Scale): readonly Job[] {
  const rounds = scale.isQuick ? 1 : 3
  const timed = subjects.map((subject) => ({
    name: subject.name,
    run: async () => await time(subject, await loadBlocks(scale), rounds),
  }))
  const profiled = (scale.isQuick ? [WASM] : [WASM, MERKLE]).map((name) => ({
    name: `profile of ${name}`,
    run: async () => await profile(name, await loadBlocks(scale), rounds),
  }))
  return [...timed, ...profiled]
}

async function loadBlocks({ isQuick }: Scale): Promise<readonly AnsweredBlock[]> {
  const { hasFixtures } = await import('../../test/support/fixtures.ts')
  if (!hasFixtures) throw new LeftOut('no ../shared/fixtures')
  const { answeredBlock } = await managers()
  const loaded: AnsweredBlock[] = []
  for (const number of isQuick ? QUICK_BLOCKS : BLOCKS) loaded.push(await answeredBlock(number))
  return loaded
}

async function time(
  { name: subject, note, load: loadSubject }: NamedSubject,
  given: readonly AnsweredBlock[],
  rounds: number,
): Promise<readonly Row[]> {
  const { timeBlocks } = await import('../kit/block-rounds.ts')
  const contender = await loadSubject()
  const rows: Row[] = []
  const ways: readonly Roots[] = contender.computesRoots ? ['computed', 'given'] : ['given']
  for (const roots of ways) {
    const results = await timeBlocks(contender, given, { roots, rounds })
    for (const [at, took] of results.entries()) {
      const size = given[at]?.number ?? 0
      const row = { workload: WORKLOADS[roots], subject, size, unit: 'ns', ...took } as const
      rows.push(note === undefined ? row : { ...row, note })
    }
  }
  return rows
}

async function profile(
  name: string,
  given: readonly AnsweredBlock[],
  rounds: number,
): Promise<readonly Row[]> {
  const { profileBlocks } = await import('../kit/block-rounds.ts')
  const contender = await subjects.find((subject) => subject.name === name)?.load()
  if (contender === undefined) throw new Error(`no contender ${name}`)
  const results = await profileBlocks(contender, given, { roots: 'computed', rounds })
  return results.flatMap(({ state, hashing, peer }, at): readonly Row[] => {
    const row = { workload: SHARE, size: given[at]?.number ?? 0, unit: 'count' } as const
    if (name === MERKLE) {
      const note = 'with the tries of transactions and receipts, which `@ethereumjs/mpt` builds too'
      return [{ ...row, subject: name, note, ...peer }]
    }
    return [
      { ...row, subject: name, ...state },
      { ...row, subject: `${name}, hashing for the EVM`, ...hashing },
    ]
  })
}
