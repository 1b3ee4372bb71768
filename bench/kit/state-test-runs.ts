/** Some of the GeneralStateTests, run on state managers of EthereumJS, each on one of its own. */

import type { StateManagerInterface } from '@ethereumjs/common'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { createAddressFromString, hexToBytes, setLengthLeft } from '@ethereumjs/util'

import { ForkStateManager } from '../../src/ethereumjs.ts'
import type { Engine, Hex } from '../../src/index.ts'
import { StateManager } from '../../src/index.ts'
import type { StateTest, StateTestRun } from '../../test/state-tests/cases.ts'
import { stateTestFiles } from '../../test/state-tests/cases.ts'
import type { Outcome } from '../../test/state-tests/execute.ts'
import { executeRun } from '../../test/state-tests/execute.ts'
import { peerWith, writePreState } from '../../test/state-tests/pre-state.ts'
import type { Keccak256 } from './block-cases.ts'
import type { OwnedManager } from './block-managers.ts'
import type { Measurement } from './measure.ts'
import { now, summaryOf } from './measure.ts'

/** A transaction, and the state it runs on. */
export interface Case {
  readonly given: StateTest
  readonly run: StateTestRun
}

/** Makes state managers with the state before a test. */
export interface StateTestSubject {
  /** What EthereumJS hashes with. Default: its own. */
  readonly keccak256?: Keccak256
  make(given: Case, common: Common): Promise<OwnedManager>
}

const SLOT_BYTES = 32

/**
 * Every so many of the transactions by the rules of Cancun, in the order of the files. Those about
 * blobs are left out: they take a KZG, which takes longer to load than all the rest to run.
 */
export function casesOf(stride: number): readonly Case[] {
  const all = stateTestFiles
    .filter(({ name }) => !/eip4844/.test(name))
    .flatMap(({ tests }) => tests())
    .flatMap((given) => given.runs.map((run): Case => ({ given, run })))
  const asked = all.filter(({ run }) => run.fork === 'Cancun' && !isBlob(run))
  return asked.filter((_, at) => at % stride === 0)
}

/** Whether a transaction is of type 3 (EIP-4844). */
function isBlob({ transaction }: StateTestRun): boolean {
  return transaction.startsWith('0x03')
}

/** @param keccak256 What EthereumJS hashes with. */
export function forkstate(ffi: Engine, keccak256: Keccak256): StateTestSubject {
  return {
    keccak256,
    async make({ given: { pre } }) {
      const state = new StateManager({ ffi })
      writePreState(state, pre)
      return { manager: new ForkStateManager({ state }), destroy: () => state.destroy() }
    },
  }
}

/** The manager of EthereumJS with its caches. */
export function merkle(keccak256?: Keccak256): StateTestSubject {
  return {
    ...(keccak256 && { keccak256 }),
    async make({ given: { pre } }, common) {
      return { manager: await peerWith(pre, common), destroy() {} }
    },
  }
}

/** The manager of EthereumJS that holds maps: it is told the root that is expected. */
export function simple(): StateTestSubject {
  return {
    async make({ given: { pre }, run: { stateRoot } }, common) {
      const manager: StateManagerInterface = new SimpleStateManager({ common })
      const source = await peerWith(pre, common)
      for (const [name, { storage }] of Object.entries(pre)) {
        const address = createAddressFromString(name)
        await manager.putAccount(address, await source.getAccount(address))
        await manager.putCode(address, await source.getCode(address))
        for (const slot of Object.keys(storage)) {
          const key = setLengthLeft(hexToBytes(slot as Hex), SLOT_BYTES)
          await manager.putStorage(address, key, await source.getStorage(address, key))
        }
      }
      manager.getStateRoot = async () => hexToBytes(stateRoot)
      return { manager, destroy() {} }
    },
  }
}

/**
 * What one transaction takes, its state root included, nanoseconds of processor time. The states
 * before are made before that.
 *
 * @throws Error if what comes out of one is not what its test says.
 */
export async function timeStateTests(
  subject: StateTestSubject,
  cases: readonly Case[],
  rounds: number,
): Promise<Measurement> {
  const common = cancun(subject.keccak256)
  const samples: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const ready: (() => Promise<Outcome>)[] = []
    const ends: (() => void)[] = []
    for (const entry of cases) {
      const { manager, destroy } = await subject.make(entry, common)
      ready.push(() => executeRun(entry.given, entry.run, manager, common))
      ends.push(destroy)
    }
    globalThis.gc?.()
    const outcomes: Outcome[] = []
    const start = now('processor')
    for (const execute of ready) outcomes.push(await execute())
    const elapsed = now('processor') - start
    for (const end of ends) end()
    for (const [at, entry] of cases.entries()) requireExpected(entry, outcomes[at])
    if (round > 0) samples.push(elapsed / cases.length)
  }
  return summaryOf(samples)
}

/** Rules that take blob transactions; a KZG that does nothing is asked for nothing. */
function cancun(keccak256: Keccak256 | undefined): Common {
  const customCrypto = { kzg: {} as never, ...(keccak256 && { keccak256 }) }
  return new Common({ chain: Mainnet, hardfork: Hardfork.Cancun, customCrypto })
}

function requireExpected({ given, run }: Case, outcome: Outcome | undefined): void {
  const isRefused = outcome?.refusal !== undefined
  if (
    outcome?.stateRoot !== run.stateRoot ||
    outcome.logsHash !== run.logsHash ||
    isRefused !== (run.refusal !== undefined)
  ) {
    throw new Error(`${given.name}: ${run.name}: ${JSON.stringify(outcome)}`)
  }
}
