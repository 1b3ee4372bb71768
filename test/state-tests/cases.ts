/** The GeneralStateTests of the fixtures: transactions, each on a state, and what comes out. */

import type { Hex } from 'viem'

import { hasFixtures } from '../support/fixtures.ts'
import { readArchive } from '../support/fixtures-archive.ts'

/** A file of tests. */
export interface StateTestFile {
  /** Path below `GeneralStateTests/`, without `.json`. */
  readonly name: string
  /** Reads the tests. */
  tests(): readonly StateTest[]
}

/** One state, and what is run on it. */
export interface StateTest {
  readonly name: string
  readonly env: Environment
  readonly pre: PreState
  readonly runs: readonly StateTestRun[]
}

/** One transaction by the rules of one fork. */
export interface StateTestRun {
  /** Fork, and which of the test's transactions it is. */
  readonly name: string
  readonly fork: string
  readonly transaction: Hex
  /** Root of the state afterwards. */
  readonly stateRoot: Hex
  /** Hash of the RLP of its logs. */
  readonly logsHash: Hex
  /** Why the transaction is refused; undefined if it is not. */
  readonly refusal: string | undefined
}

/** Accounts by address. Numbers are hex and may begin with zeros. */
export type PreState = Readonly<Record<Hex, PreAccount>>

/** An account of a {@link PreState}. */
export interface PreAccount {
  readonly balance: Hex
  readonly nonce: Hex
  readonly code: Hex
  readonly storage: Readonly<Record<Hex, Hex>>
}

/** The block around the transaction. Numbers are hex and may begin with zeros. */
export interface Environment {
  readonly currentCoinbase: Hex
  readonly currentDifficulty: Hex
  readonly currentGasLimit: Hex
  readonly currentNumber: Hex
  readonly currentTimestamp: Hex
  readonly currentBaseFee?: Hex
  readonly currentRandom?: Hex
  readonly currentExcessBlobGas?: Hex
}

interface TestJson {
  readonly env: Environment
  readonly pre: PreState
  readonly post: Readonly<Record<string, readonly RunJson[]>>
}

interface RunJson {
  readonly hash: Hex
  readonly logs: Hex
  readonly txbytes: Hex
  readonly indexes: { readonly data: number; readonly gas: number; readonly value: number }
  readonly expectException?: string
}

/** All of them; none without the data. */
export const stateTestFiles: readonly StateTestFile[] = hasFixtures ? readFiles() : []

function readFiles(): readonly StateTestFile[] {
  return readArchive('state-tests.tar.gz').map(({ name, text }) => ({
    name: name.replace(/^.*GeneralStateTests\//, '').replace(/\.json$/, ''),
    tests: () => readTests(text),
  }))
}

function readTests(text: string): StateTest[] {
  const tests = JSON.parse(text) as Record<string, TestJson>
  return Object.entries(tests).map(([name, { env, pre, post }]) => ({
    name,
    env,
    pre,
    runs: Object.entries(post).flatMap(([fork, runs]) => runs.map((run) => readRun(fork, run))),
  }))
}

function readRun(fork: string, { indexes, ...run }: RunJson): StateTestRun {
  const { data, gas, value } = indexes
  return {
    name: `${fork} data ${data} gas ${gas} value ${value}`,
    fork,
    transaction: run.txbytes,
    stateRoot: run.hash,
    logsHash: run.logs,
    refusal: run.expectException,
  }
}
