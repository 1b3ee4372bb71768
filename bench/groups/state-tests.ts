/** GeneralStateTests by EthereumJS, on our adapter and on its own state managers. */

import type { Group, Job, Row, Scale } from '../kit/group.ts'
import { LeftOut } from '../kit/group.ts'
import { MERKLE, SIMPLE } from '../kit/names.ts'
import type { StateTestSubject } from '../kit/state-test-runs.ts'
import { engines } from '../kit/subjects.ts'

interface NamedSubject {
  readonly name: string
  readonly note?: string
  /** @throws LeftOut if it cannot run here. */
  load(): Promise<StateTestSubject>
}

/** Of all transactions every so many are run. */
const STRIDE = { quick: 500, full: 16 }

const subjects: readonly NamedSubject[] = [
  ...engines.map(({ name, load }) => ({
    name,
    async load() {
      const engine = await load()
      return (await runs()).forkstate(engine, (await adapter()).coreKeccak256(engine))
    },
  })),
  { name: MERKLE, load: async () => (await runs()).merkle() },
  {
    name: `${MERKLE}, hash of forkstate`,
    load: async () => (await runs()).merkle((await adapter()).coreKeccak256()),
  },
  {
    name: SIMPLE,
    note: 'computes no roots: it is told the one expected; logs and refusals are checked',
    load: async () => (await runs()).simple(),
  },
]

// The contenders are loaded only by the processes that need them.
const runs = () => import('../kit/state-test-runs.ts')
const adapter = () => import('../../src/ethereumjs.ts')

export const stateTests: Group = {
  name: 'state-tests',
  title: 'GeneralStateTests',
  about:
    'Every 16th of the transactions of the fixtures by the rules of Cancun, in the order of their ' +
    'files and but for those about blobs, which take a KZG. Each runs on state of its own that is ' +
    'written before and not timed: `runTx()` and the state root. Roots, logs and refusals must be ' +
    'those of the tests. forkstate is used with its own keccak256 as ' +
    '`customCrypto` of EthereumJS; "hash of forkstate" is the peer with the same.',
  runtimes: ['Node'],
  jobs,
}

function jobs({ isQuick }: Scale): readonly Job[] {
  return subjects.map((subject) => ({
    name: subject.name,
    run: async () =>
      await time(subject, isQuick ? STRIDE.quick : STRIDE.full, { rounds: isQuick ? 1 : 3 }),
  }))
}

async function time(
  { name: subject, note, load }: NamedSubject,
  stride: number,
  { rounds }: { readonly rounds: number },
): Promise<readonly Row[]> {
  const { hasFixtures } = await import('../../test/support/fixtures.ts')
  if (!hasFixtures) throw new LeftOut('no ../shared/fixtures')
  const contender = await load()
  const { casesOf, timeStateTests } = await runs()
  const cases = casesOf(stride)
  const took = await timeStateTests(contender, cases, rounds)
  const workload = 'one transaction and its state root, by transactions run'
  const row: Row = { workload, subject, size: cases.length, unit: 'ns', ...took }
  return [note === undefined ? row : { ...row, note }]
}
