/** GeneralStateTests by EthereumJS, on our adapter and on its own state managers. */

import { engines } from '../../kit/forkstate.ts'
import { type Contender, type Group, LeftOut, rowOf } from '../../kit/group.ts'
import { MERKLE, SIMPLE } from '../../kit/names.ts'
import type { StateTestMaker } from './runs.ts'

// The contenders are loaded only by the processes that need them.
const runs = () => import('./runs.ts')
const adapter = () => import('../../../src/ethereumjs.ts')

const contenders: readonly Contender<StateTestMaker>[] = [
  ...engines.map(({ name, open }) => ({
    name,
    async open() {
      const engine = await open()
      return (await runs()).forkstate(engine, (await adapter()).coreKeccak256(engine))
    },
  })),
  { name: MERKLE, open: async () => (await runs()).merkle() },
  {
    name: `${MERKLE}, hash of forkstate`,
    open: async () => (await runs()).merkle((await adapter()).coreKeccak256()),
  },
  {
    name: SIMPLE,
    note: 'computes no roots: it is told the one expected; logs and refusals are checked',
    open: async () => (await runs()).simple,
  },
]

export const group: Group = {
  title: 'GeneralStateTests',
  runtimes: ['Node'],
  jobs({ isQuick }) {
    const [stride, rounds] = isQuick ? [500, 1] : [16, 3]
    return contenders.map((contender) => ({
      name: contender.name,
      async run() {
        const { hasFixtures } = await import('../../../test/support/fixtures.ts')
        if (!hasFixtures) throw new LeftOut('no ../shared/fixtures')
        const maker = await contender.open()
        const { casesOf, timeStateTests } = await runs()
        const cases = casesOf(stride)
        const took = await timeStateTests(maker, cases, rounds)
        const workload = 'one transaction and its state root, by transactions run'
        return [rowOf(contender, workload, took, { size: cases.length })]
      },
    }))
  },
}
