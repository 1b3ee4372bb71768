/**
 * What a cold fork costs over a slow link: HTTP requests, and time beside that of link and
 * node.
 */

import {
  type ReadAll,
  readAtOnce,
  readInTurn,
  requireAsMade,
  targetsOf,
} from '../kit/fork-reads.ts'
import { type ForkContender, forkContenders } from '../kit/forks.ts'
import type { Group, ResultRow, Row, Scale, Target } from '../kit/group.ts'
import { rowOf } from '../kit/group.ts'
import { now, summaryOf } from '../kit/measure.ts'
import { RPC, TEVM, WASM } from '../kit/names.ts'
import { medianOf, OWN, someLike } from '../kit/targets.ts'
import { replay, startUpstream, type Upstream } from '../kit/upstream.ts'

interface Way {
  readonly name: string
  readonly contracts: number
  readonly read: ReadAll
}

const SLOTS_EACH = 5
const TARGET_MS = 50
const MAX_REQUESTS = 3
const MAX_RATIO = 1.15
const REQUESTS = 'HTTP requests'
const RATIO = 'time as a multiple of (requests x latency + time of the node)'

const AT_ONCE = 'all at once'
const AFTER_PREFETCH = 'one after the other after one `prefetch`'
const IN_TURN = 'one after the other'

/** Of forkstate one build where it waits for the link; peers cannot prefetch. */
function waysOf(name: string, isQuick: boolean): readonly Way[] {
  const [all, few] = isQuick ? [10, 2] : [200, 5]
  const afterPrefetch: ReadAll = async (fork, targets) => {
    await fork.prefetch?.(targets)
    return await readInTurn(fork, targets)
  }
  return [
    { name: AT_ONCE, contracts: all, read: readAtOnce, by: [name] },
    { name: AFTER_PREFETCH, contracts: all, read: afterPrefetch, by: [WASM] },
    { name: IN_TURN, contracts: few, read: readInTurn, by: [WASM, RPC, TEVM] },
  ].filter(({ by }) => by.includes(name))
}

export const group: Group = {
  title: 'Cold fork',
  runtimes: ['Node'],
  targets: [AT_ONCE, AFTER_PREFETCH].flatMap(targetsOfWay),
  jobs: (scale) =>
    forkContenders.map((who) => ({ name: who.name, run: () => measure(who, scale) })),
}

async function measure(contender: ForkContender, { isQuick }: Scale): Promise<readonly Row[]> {
  const { name } = contender
  const ways = waysOf(name, isQuick)
  const latenciesMs = isQuick ? [0, 2] : [0, 20, TARGET_MS, 200]
  const most = name.startsWith('forkstate') ? 7 : 3
  const rounds = isQuick ? 1 : most
  const open = await contender.open()
  const accounts = Math.max(...ways.map(({ contracts }) => contracts))
  const upstream = await startUpstream({ accounts, slotsEach: SLOTS_EACH })
  try {
    const rows: Row[] = []
    for (const way of ways) {
      await sample(upstream, way, open, 0)
      for (const latencyMs of latenciesMs) {
        const samples: Sample[] = []
        // Where every value waits for the link, rounds hardly differ.
        for (let round = 0; round < (way.name === IN_TURN ? 1 : rounds); round++) {
          samples.push(await sample(upstream, way, open, latencyMs))
        }
        rows.push(...rowsOf(contender, way, latencyMs, samples))
      }
    }
    return rows
  } finally {
    await upstream.stop()
  }
}

type Sample = Awaited<ReturnType<typeof sample>>

async function sample(
  upstream: Upstream,
  way: Way,
  open: Awaited<ReturnType<ForkContender['open']>>,
  latencyMs: number,
) {
  const contracts = upstream.contracts.slice(0, way.contracts)
  const targets = targetsOf(contracts)
  await upstream.setLatency(latencyMs)
  const [wall, processor] = [now('wall'), now('processor')]
  const fork = open(upstream)
  const read = await way.read(fork, targets)
  const took = { wall: now('wall') - wall, processor: now('processor') - processor }
  fork.close()
  requireAsMade(read, contracts)
  const requests = await upstream.setLatency(0)
  // For the same requests, sent again; those that are made side by side are not comparable with it.
  const node = requests.length > MAX_REQUESTS ? 0 : await replay(upstream.url, requests)
  return { ...took, node, requests: requests.length }
}

function rowsOf(
  contender: ForkContender,
  way: Way,
  latencyMs: number,
  samples: readonly Sample[],
): readonly Row[] {
  const of = (what: string, unit: Row['unit'], figureOf: (sample: Sample) => number): Row => {
    const workload = `${what}: ${way.contracts} contracts of ${SLOTS_EACH} slots, ${way.name}`
    return rowOf(contender, workload, summaryOf(samples.map(figureOf)), { size: latencyMs, unit })
  }
  const rows = [
    of(REQUESTS, 'count', ({ requests }) => requests),
    of('time', 'ns', ({ wall }) => wall),
    of('processor time of the process', 'ns', ({ processor }) => processor),
  ]
  if (way.name === IN_TURN || !contender.name.startsWith('forkstate')) return rows
  return [
    ...rows,
    of('time of the node for the same requests', 'ns', ({ node }) => node),
    of(RATIO, 'count', ({ wall, requests, node }) => wall / (requests * latencyMs * 1e6 + node)),
  ]
}

function targetsOfWay(way: string): readonly Target[] {
  const work = `cold fork, ${way}, WebAssembly in Node.js`
  const ownRows = (rows: readonly ResultRow[], what: string) => {
    const isWanted = ({ workload }: ResultRow) =>
      workload.startsWith(`${what}:`) && workload.endsWith(way)
    return someLike(rows.filter(isWanted), OWN)
  }
  return [
    {
      work,
      target: `<= ${MAX_REQUESTS} HTTP requests`,
      evaluate(rows) {
        const most = Math.max(...ownRows(rows, REQUESTS).map((row) => row.most))
        return { measured: `${most} at every latency`, isMet: most <= MAX_REQUESTS }
      },
    },
    {
      work: `${work}, ${TARGET_MS} ms of latency`,
      target: `time <= ${MAX_RATIO} x (requests x latency + time of the node)`,
      hasFloor: true,
      evaluate(rows) {
        const own = ownRows(rows, RATIO)
        const all = own.map(({ size, median }) => `x${median.toFixed(2)} at ${size} ms`)
        return { measured: all.join(', '), isMet: medianOf(own, { size: TARGET_MS }) <= MAX_RATIO }
      },
    },
  ]
}
