/**
 * What a cold fork costs over a slow link: HTTP requests, and time beside what the link and the
 * node take themselves.
 */

import { COLD_FORK } from '../kit/floors.ts'
import type { ForkContender } from '../kit/fork-contenders.ts'
import { forkContenders } from '../kit/fork-contenders.ts'
import type { ForkReader, ReadContract, ReadTarget } from '../kit/fork-readers.ts'
import { readAtOnce, readInTurn, requireAsMade, targetsOf } from '../kit/fork-readers.ts'
import type { Group, Job, ResultRow, Row, Target } from '../kit/group.ts'
import { now, summaryOf } from '../kit/measure.ts'
import { RPC, TEVM, WASM } from '../kit/names.ts'
import type { Upstream } from '../kit/upstream.ts'
import { replay, startUpstream } from '../kit/upstream.ts'

type ReadAll = (
  fork: ForkReader,
  targets: readonly ReadTarget[],
) => Promise<readonly ReadContract[]>

/** How everything is read. */
interface Way {
  readonly name: string
  readonly contracts: number
  readonly read: ReadAll
}

interface Plan {
  readonly latenciesMs: readonly number[]
  readonly rounds: number
  readonly slotsEach: number
}

const JUDGED_MS = 50
const MAX_REQUESTS = 3
const MAX_RATIO = 1.15
const REQUESTS = 'HTTP requests'
const TIME = 'time'
const RATIO = 'time as a multiple of (requests x latency + time of the node)'

const AT_ONCE = 'all at once'
const AFTER_PREFETCH = 'one after the other after one `prefetch`'
const IN_TURN = 'one after the other'

const afterPrefetch: ReadAll = async (fork, targets) => {
  await fork.prefetch?.(targets)
  return await readInTurn(fork, targets)
}

function waysOf(isQuick: boolean): readonly Way[] {
  const [all, few] = isQuick ? [10, 2] : [200, 5]
  return [
    { name: AT_ONCE, contracts: all, read: readAtOnce },
    { name: AFTER_PREFETCH, contracts: all, read: afterPrefetch },
    { name: IN_TURN, contracts: few, read: readInTurn },
  ]
}

export const coldFork: Group = {
  name: 'cold-fork',
  title: 'Cold fork',
  about:
    'Contracts of a real anvil, each with a balance, code and 5 slots (2 small numbers and 3 ' +
    'hashes), read in full by a fork that knows nothing, at latencies of 0 to 200 ms (the ' +
    'columns). Every HTTP request waits so long in a proxy, which is a process of its own and ' +
    'counts; setting up connections costs nothing extra. Time is wall-clock time from making the ' +
    'fork to the last value, in a process that made one before (the first of a process is shown ' +
    'under Restart); all values are compared with what anvil has. The time of the node is that of ' +
    'the same requests, sent again at once without latency, one after the other, by a client that ' +
    'reads the answers as text. Only forkstate can prefetch, and only it proves what it reads. ' +
    'Peers that read one after the other make a request for each value, so that is measured for ' +
    'few contracts.',
  runtimes: ['Node'],
  targets: [AT_ONCE, AFTER_PREFETCH].flatMap((way) => [requestsTarget(way), timeTarget(way)]),
  jobs: ({ isQuick }) => {
    const plan = isQuick
      ? { latenciesMs: [0, 2], rounds: 1, slotsEach: 5 }
      : { latenciesMs: [0, 20, JUDGED_MS, 200], rounds: 7, slotsEach: 5 }
    return forkContenders.map((contender): Job => {
      const { name } = contender
      const ways = waysOf(isQuick).filter((way) => isMeasured(name, way))
      const rounds = name.startsWith('forkstate') ? plan.rounds : Math.min(plan.rounds, 3)
      return { name, run: async () => await measure(contender, ways, { ...plan, rounds }) }
    })
  },
}

/** Of forkstate one build where it waits for the link; peers cannot prefetch. */
function isMeasured(name: string, { name: way }: Way): boolean {
  if (way === AT_ONCE) return true
  if (way === AFTER_PREFETCH) return name === WASM
  return name === WASM || name === RPC || name === TEVM
}

async function measure(
  contender: ForkContender,
  ways: readonly Way[],
  { latenciesMs, rounds, slotsEach }: Plan,
): Promise<readonly Row[]> {
  const open = await contender.load()
  const accounts = Math.max(...ways.map(({ contracts }) => contracts))
  const upstream = await startUpstream({ accounts, slotsEach })
  try {
    const rows: Row[] = []
    for (const way of ways) {
      await sample(upstream, way, { open, latencyMs: 0, rounds: 1 })
      for (const latencyMs of latenciesMs) {
        // Where every value waits for the link, rounds hardly differ.
        const terms = { open, latencyMs, rounds: way.name === IN_TURN ? 1 : rounds }
        const samples = await sample(upstream, way, terms)
        rows.push(...rowsOf(contender, way, { latencyMs, slotsEach, samples }))
      }
    }
    return rows
  } finally {
    await upstream.stop()
  }
}

/** Nanoseconds, but for `requests`. */
interface Sample {
  readonly requests: number
  readonly wall: number
  readonly processor: number
  /** For the same requests, sent again one after the other. */
  readonly node: number
}

interface SampleTerms {
  readonly open: Awaited<ReturnType<ForkContender['load']>>
  readonly latencyMs: number
  readonly rounds: number
}

/** Makes some forks, one after the other; all values are checked. */
async function sample(
  upstream: Upstream,
  way: Way,
  { open, latencyMs, rounds }: SampleTerms,
): Promise<readonly Sample[]> {
  const contracts = upstream.contracts.slice(0, way.contracts)
  const targets = targetsOf(contracts)
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    await upstream.setLatency(latencyMs)
    const [wall, processor] = [now('wall'), now('processor')]
    const fork = open(upstream)
    const read = await way.read(fork, targets)
    const took = { wall: now('wall') - wall, processor: now('processor') - processor }
    fork.close()
    requireAsMade(read, contracts)
    const requests = await upstream.setLatency(0)
    // Those that are made side by side are not comparable with it.
    const node = requests.length > MAX_REQUESTS ? 0 : await replay(upstream.url, requests)
    samples.push({ ...took, node, requests: requests.length })
  }
  return samples
}

interface Sampled {
  readonly latencyMs: number
  readonly slotsEach: number
  readonly samples: readonly Sample[]
}

function rowsOf(contender: ForkContender, way: Way, sampled: Sampled): readonly Row[] {
  const { latencyMs, slotsEach, samples } = sampled
  const { name: subject, note } = contender
  const of = (what: string, unit: Row['unit'], figureOf: (sample: Sample) => number): Row => ({
    workload: `${what}: ${way.contracts} contracts of ${slotsEach} slots, ${way.name}`,
    subject,
    size: latencyMs,
    unit,
    ...(note !== undefined && { note }),
    ...summaryOf(samples.map(figureOf)),
  })
  const rows = [
    of(REQUESTS, 'count', ({ requests }) => requests),
    of(TIME, 'ns', ({ wall }) => wall),
    of('processor time of the process', 'ns', ({ processor }) => processor),
  ]
  if (way.name === IN_TURN || !subject.startsWith('forkstate')) return rows
  const floorOf = ({ requests, node }: Sample): number => requests * latencyMs * 1e6 + node
  return [
    ...rows,
    of('time of the node for the same requests', 'ns', ({ node }) => node),
    of(RATIO, 'count', (each) => each.wall / floorOf(each)),
  ]
}

function requestsTarget(way: string): Target {
  return {
    work: `cold fork, ${way}, WebAssembly in Node`,
    target: `<= ${MAX_REQUESTS} HTTP requests`,
    judge(rows) {
      const own = ownRows(rows, REQUESTS, way)
      if (own.length === 0) return undefined
      const most = Math.max(...own.map((row) => row.most))
      return { measured: `${most} at every latency`, isMet: most <= MAX_REQUESTS }
    },
  }
}

function timeTarget(way: string): Target {
  return {
    work: `cold fork, ${way}, WebAssembly in Node, ${JUDGED_MS} ms of latency`,
    target: `time <= ${MAX_RATIO} x (requests x latency + time of the node)`,
    floor: COLD_FORK,
    judge(rows) {
      const own = ownRows(rows, RATIO, way)
      const judged = own.find(({ size }) => size === JUDGED_MS)
      if (judged === undefined) return undefined
      const all = own.map(({ size, median }) => `x${median.toFixed(2)} at ${size} ms`)
      return { measured: all.join(', '), isMet: judged.median <= MAX_RATIO }
    },
  }
}

function ownRows(rows: readonly ResultRow[], what: string, way: string): readonly ResultRow[] {
  return rows.filter(({ workload, subject, runtime }) => {
    const isOwn = subject === WASM && runtime === 'Node'
    return isOwn && workload.startsWith(`${what}:`) && workload.endsWith(way)
  })
}
