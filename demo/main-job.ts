/**
 * The main job: forks a chain at a past block, reads it while its head moves on, compares every
 * value with the node's own answer, writes locally, and executes a swap before the node does. It
 * computes a report and prints nothing.
 *
 * The answers of the node are fetched directly, with other methods and other code than forkstate's.
 */

import type { Hex } from 'viem'

import { type ForkBlockTag, type PinnedBlock, StateManager } from '../src/index.ts'
import { startAnvil } from '../test/support/anvil.ts'
import { type JsonRpcEndpoint, jsonRpcEndpoint } from '../test/support/json-rpc.ts'
import { PAIR_SLOTS, slotAt } from './contracts.ts'
import { runLocalSteps, type Step, type StepTarget } from './local-steps.ts'
import {
  blockReads,
  type Comparison,
  compare,
  type Read,
  readFork,
  readNode,
  scenarioReads,
} from './reads.ts'
import { runScenario, type Scenario, tradeOn } from './scenario.ts'
import { runSwap, type SwapReport } from './swap.ts'

/** Makes the blocks, and the whole report except for durations, the same in every run. */
const GENESIS_TIMESTAMP = 1_750_000_000
const BLOCK_INTERVAL_S = 12
const SWAPS_DURING_READS = 3

export interface MainJobOptions {
  /** The node to fork; if absent, a new anvil that runs the scenario. */
  readonly rpcUrl?: string
  /** The block of `rpcUrl` to fork; `latest` if absent. */
  readonly block?: ForkBlockTag
}

/** One part of the job and its cost. */
export interface Phase {
  readonly name: string
  readonly reads: number
  readonly elapsedMs: number
  readonly httpRequests: number
  readonly rpcCalls: number
  readonly cacheHits: number
}

export interface MainJobReport {
  /** Name and version that the node reports. */
  readonly client: string
  readonly pinned: PinnedBlock
  /** The node's head when the fork was made, and at the end. */
  readonly head: { readonly before: bigint; readonly after: bigint }
  readonly comparisons: readonly Comparison[]
  readonly steps: readonly Step[]
  readonly swap: SwapReport
  readonly phases: readonly Phase[]
  readonly metrics: ReturnType<StateManager['metrics']>
  /** Resident memory of the process in bytes, when the fork was made and at the end. */
  readonly memory: { readonly before: number; readonly after: number }
  /** Whether everything that was compared matched, and at least one value was compared. */
  readonly ok: boolean
}

/**
 * Runs the job.
 *
 * @throws the errors of the node, the scenario and forkstate. A difference is only reported.
 */
export async function runMainJob(options: MainJobOptions = {}): Promise<MainJobReport> {
  const { rpcUrl, block = 'latest' } = options
  if (rpcUrl !== undefined) {
    const node = jsonRpcEndpoint(rpcUrl)
    return examine({ rpcUrl, node, block, findReads: (at) => blockReads(node, at) })
  }
  const anvil = await startAnvil({ genesisTimestamp: GENESIS_TIMESTAMP })
  try {
    await anvil.rpc('anvil_setBlockTimestampInterval', [BLOCK_INTERVAL_S])
    const scenario = await runScenario(anvil)
    return await examine({
      rpcUrl: anvil.url,
      node: anvil,
      block: scenario.forkBlock,
      findReads: async () => scenarioReads(scenario),
      moveHead: () => tradeOn(anvil, scenario, SWAPS_DURING_READS),
      scenario,
    })
  } finally {
    await anvil.stop()
  }
}

interface Subject {
  readonly rpcUrl: string
  readonly node: JsonRpcEndpoint
  readonly block: ForkBlockTag
  readonly findReads: (block: bigint) => Promise<readonly Read[]>
  /** Extends the chain; absent if the chain is not ours. */
  readonly moveHead?: () => Promise<unknown>
  /** The contents of the chain; absent if the chain is not ours. */
  readonly scenario?: Scenario
}

async function examine(subject: Subject): Promise<MainJobReport> {
  const { rpcUrl, node, block, findReads, moveHead = async () => {}, scenario } = subject
  const memoryBefore = process.memoryUsage.rss()
  const before = await headOf(node)
  using state = new StateManager({ rpcClient: rpcUrl, forkBlockTag: block })
  const phases: Phase[] = []

  const pinned = await measure(state, phases, { name: 'pin the block', reads: 0 }, () =>
    state.pinned(),
  )
  const reads = await findReads(pinned.number)
  const readAll = (name: string): Promise<string[]> =>
    measure(state, phases, { name, reads: reads.length }, () => readFork(state, reads))

  const [cold] = await Promise.all([readAll('first reads'), moveHead()])
  const warm = await readAll('the same again')
  state.clearForkCache()
  await moveHead()
  const again = await readAll('without the cache')
  const comparisons = compare(reads, cold, await readNode(node, reads, pinned.number))

  const target = scenario === undefined ? findTarget(comparisons) : targetOf(scenario)
  const steps = [
    countEqual('read again from the cache', cold, warm),
    countEqual('read again from the node after its head moved', cold, again),
    ...(await measure(state, phases, { name: 'local writes', reads: 0 }, () =>
      runLocalSteps(state, target),
    )),
    countEqual('read again after the local writes', cold, await readFork(state, reads)),
  ]
  const swap = await runSwap({ rpcUrl, node, ...(scenario === undefined ? {} : { scenario }) })
  const swapped = 'skipped' in swap ? [] : [...swap.header, ...swap.changes]
  return {
    client: await node.rpc<string>('web3_clientVersion').catch(() => 'unknown'),
    pinned,
    head: { before, after: await headOf(node) },
    comparisons,
    steps,
    swap,
    phases,
    metrics: state.metrics(),
    memory: { before: memoryBefore, after: process.memoryUsage.rss() },
    ok:
      comparisons.length > 0 &&
      [...comparisons, ...steps, ...swapped].every(({ matches }) => matches),
  }
}

async function headOf(node: JsonRpcEndpoint): Promise<bigint> {
  return BigInt(await node.rpc<Hex>('eth_blockNumber'))
}

/** Runs `work` and adds its cost to `phases`. */
async function measure<Result>(
  state: StateManager,
  phases: Phase[],
  phase: Pick<Phase, 'name' | 'reads'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = state.metrics()
  const start = performance.now()
  const result = await work()
  const elapsedMs = performance.now() - start
  const after = state.metrics()
  phases.push({
    ...phase,
    elapsedMs,
    httpRequests: after.httpRequests - before.httpRequests,
    rpcCalls: after.rpcCalls - before.rpcCalls,
    cacheHits: after.baseHits - before.baseHits,
  })
  return result
}

function countEqual(what: string, first: readonly string[], second: readonly string[]): Step {
  const equal = first.filter((value, index) => value === second[index]).length
  const [expected, actual] = [`${first.length} equal`, `${equal} equal`]
  return { what, expected, actual, matches: expected === actual }
}

function targetOf({ accounts, pair }: Scenario): StepTarget {
  return { account: accounts[0] as Hex, contract: pair, slot: PAIR_SLOTS.reserves }
}

/** Prefers a nonzero slot; any slot will do. */
function findTarget(comparisons: readonly Comparison[]): StepTarget {
  const slots = comparisons.filter((item) => item.read.kind === 'storage')
  const place = slots.find((item) => BigInt(item.node) !== 0n) ?? slots[0] ?? comparisons[0]
  const account = comparisons.find((item) => item.read.kind === 'balance')?.read.address
  if (place === undefined || account === undefined) throw new Error('the block shows no account')
  return { account, contract: place.read.address, slot: place.read.slot ?? slotAt(0n) }
}
