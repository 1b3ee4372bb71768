/** Some of the GeneralStateTests, run on state managers of EthereumJS, each on one of its own. */

import { Hardfork } from '@ethereumjs/common'
import { createAddressFromString, hexToBytes, setLengthLeft } from '@ethereumjs/util'
import { ForkStateManager } from '../../../src/ethereumjs.ts'
import { type Engine, type Hex, StateManager } from '../../../src/index.ts'
import type { StateTest, StateTestRun } from '../../../test/state-tests/cases.ts'
import { stateTestFiles } from '../../../test/state-tests/cases.ts'
import { executeRun, type Outcome } from '../../../test/state-tests/execute.ts'
import { peerWith, writePreState } from '../../../test/state-tests/pre-state.ts'
import { SLOT_BYTES } from '../../kit/keys.ts'
import { commonOf, type ManagerMaker, nothingToDestroy } from '../../kit/managers.ts'
import { elapsedOf, type Measurement, samplesInTurn, summaryOf } from '../../kit/measure.ts'
import { simpleLike } from '../../kit/simple-manager.ts'
import type { Keccak256 } from '../../kit/tries.ts'

export interface Case {
  readonly given: StateTest
  readonly run: StateTestRun
}

export type StateTestMaker = ManagerMaker<Case>

/** By the rules of Cancun; none about blobs: a KZG takes longer to load than the rest to run. */
export function casesOf(stride: number): readonly Case[] {
  return stateTestFiles
    .filter(({ name }) => !/eip4844/.test(name))
    .flatMap(({ tests }) => tests())
    .flatMap((given) => given.runs.map((run): Case => ({ given, run })))
    .filter(({ run }) => run.fork === 'Cancun' && !run.transaction.startsWith('0x03'))
    .filter((_, at) => at % stride === 0)
}

export function forkstate(ffi: Engine, keccak256: Keccak256): StateTestMaker {
  return {
    keccak256,
    async make({ given: { pre } }) {
      const state = new StateManager({ ffi })
      writePreState(state, pre)
      return { manager: new ForkStateManager({ state }), destroy: () => state.destroy() }
    },
  }
}

export function merkle(keccak256?: Keccak256): StateTestMaker {
  return {
    keccak256,
    make: async ({ given: { pre } }, common) => {
      return { manager: await peerWith(pre, common), ...nothingToDestroy }
    },
  }
}

/** The manager of EthereumJS that holds maps: it is told the root that is expected. */
export const simple: StateTestMaker = {
  async make({ given: { pre }, run: { stateRoot } }, common) {
    const places = Object.entries(pre).flatMap(([name, { storage }]) => {
      const address = createAddressFromString(name)
      const slots = Object.keys(storage).map((slot) => {
        return { address, slot: setLengthLeft(hexToBytes(slot as Hex), SLOT_BYTES) }
      })
      return [{ address }, ...slots]
    })
    const manager = await simpleLike(await peerWith(pre, common), common, places)
    const told = { getStateRoot: async () => hexToBytes(stateRoot) }
    return { manager: Object.assign(manager, told), ...nothingToDestroy }
  },
}

/** Nanoseconds a transaction and its state root; the states before are made before that. */
export async function timeStateTests(
  maker: StateTestMaker,
  cases: readonly Case[],
  rounds: number,
): Promise<Measurement> {
  const common = commonOf(Hardfork.Cancun, maker.keccak256)
  const sample = async (): Promise<number> => {
    const ready: (() => Promise<Outcome>)[] = []
    const ends: (() => void)[] = []
    for (const entry of cases) {
      const { manager, destroy } = await maker.make(entry, common)
      ready.push(() => executeRun(entry.given, entry.run, manager, common))
      ends.push(destroy)
    }
    globalThis.gc?.()
    const outcomes: Outcome[] = []
    const elapsed = await elapsedOf(async () => {
      for (const execute of ready) outcomes.push(await execute())
    })
    for (const end of ends) end()
    for (const [at, entry] of cases.entries()) requireExpected(entry, outcomes[at])
    return elapsed / cases.length
  }
  const [samples = []] = await samplesInTurn([sample], rounds)
  return summaryOf(samples)
}

function requireExpected({ given, run }: Case, outcome: Outcome | undefined): void {
  const isExpected =
    outcome?.stateRoot === run.stateRoot &&
    outcome.logsHash === run.logsHash &&
    (outcome.refusal === undefined) === (run.refusal === undefined)
  if (!isExpected) throw new Error(`${given.name}: ${run.name}: ${JSON.stringify(outcome)}`)
}
