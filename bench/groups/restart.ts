/** What a fork costs in a process that finds what an earlier one read: requests and time. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SampleSize } from '../../test/integration/many-contracts.ts'
import type { Group, Job, Row } from '../kit/group.ts'
import { LeftOut } from '../kit/group.ts'
import { type Measurement, summaryOf } from '../kit/measure.ts'
import { RPC, WASM } from '../kit/names.ts'
import { buildPage, buildProgram, runBundle } from '../kit/programs.ts'
import type { Keeper, RunOrder } from '../kit/restart-program.ts'
import type { RunReport } from '../kit/restart-reads.ts'
import { openOverStore, timedRun } from '../kit/restart-reads.ts'
import type { Upstream } from '../kit/upstream.ts'
import { startUpstream } from '../kit/upstream.ts'

interface Plan {
  readonly size: SampleSize
  readonly rounds: number
}

/** Where facts stay between runs. A round begins with an empty one. */
interface Place {
  /** Runs once more; a process or page of its own. */
  run(): Promise<RunReport>
  /** Forgets everything. */
  clear(): Promise<void>
  close(): Promise<void>
}

interface Subject {
  readonly name: string
  readonly note?: string
  /** @throws LeftOut if it cannot run here. */
  open(upstream: Upstream, size: SampleSize): Promise<Place>
}

const LATENCY_MS = 20
const FIRST = 'first run'
const NEXT = 'next run'

const subjects: readonly Subject[] = [
  without(WASM),
  without(RPC),
  without('@tevm/state, viem batches'),
  {
    name: 'forkstate, WebAssembly, memory store',
    note: 'nothing outlives the process, so the runs are forks of one process',
    open: openMemory,
  },
  { name: 'forkstate, WebAssembly, LMDB store', open: openLmdb },
  { name: 'forkstate, WebAssembly, Redis store', open: openRedis },
  {
    name: 'forkstate, WebAssembly, IndexedDB store in Chromium',
    note: 'a page and its reload; its preflight requests are not counted and wait for nothing',
    open: openIndexedDb,
  },
]

export const restart: Group = {
  name: 'restart',
  title: 'Restart',
  about:
    'Contracts of a real anvil, each with a balance, code and slots, read all at once through a ' +
    `proxy that lets every HTTP request wait ${LATENCY_MS} ms, by a fork that keeps what it read ` +
    'in a store, and then again by another process with the same store. Time is wall-clock time ' +
    'from opening the store to the last value, without loading code. The block is `latest`, so ' +
    'every run asks for it. Redis is a server on this machine; LMDB is in the folder for ' +
    'temporary files. Peers have no store: they are shown without one, as forkstate is.',
  runtimes: ['Node'],
  targets: [
    {
      work: 'restart over LMDB and Redis, WebAssembly in Node',
      target: '1 HTTP request, for the block',
      judge(rows) {
        const own = rows.filter(({ workload, subject }) => {
          return workload.startsWith(`${NEXT}: HTTP`) && /LMDB|Redis/.test(subject)
        })
        if (own.length === 0) return undefined
        const measured = own.map(({ subject, most }) => `${subject}: ${most}`)
        return { measured: measured.join('; '), isMet: own.every(({ most }) => most === 1) }
      },
    },
  ],
  jobs: ({ isQuick }) => {
    const plan = isQuick
      ? { size: { accounts: 10, slotsEach: 5 }, rounds: 1 }
      : { size: { accounts: 200, slotsEach: 5 }, rounds: 7 }
    const chosen = isQuick ? subjects.filter(({ name }) => name.startsWith('forkstate')) : subjects
    return chosen.map((subject): Job => {
      return { name: subject.name, run: async () => await measure(subject, plan) }
    })
  },
}

/** Without a store every run is a first one. */
function without(contender: string): Subject {
  return {
    name: `${contender}, no store`,
    open: async (upstream, size) => inProcesses(upstream, size, { contender }),
  }
}

async function inProcesses(
  { url, block }: Upstream,
  size: SampleSize,
  keeper: Keeper,
): Promise<Place> {
  const program = await buildProgram('bench/kit/restart-program.ts')
  const order: RunOrder = { url, block: String(block), size, keeper }
  return {
    run: async () => (await runBundle(program, [JSON.stringify(order)])) as RunReport,
    clear: async () => {},
    close: async () => {},
  }
}

async function openLmdb(upstream: Upstream, size: SampleSize): Promise<Place> {
  const folder = mkdtempSync(path.join(tmpdir(), 'forkstate-bench-'))
  const clear = async () => rmSync(folder, { recursive: true, force: true })
  const place = await inProcesses(upstream, size, { store: 'lmdb', folder })
  return { ...place, clear, close: clear }
}

async function openRedis(upstream: Upstream, size: SampleSize): Promise<Place> {
  const { redisProgram, startRedis } = await import('../../test/store/redis-server.ts')
  if (redisProgram === undefined) throw new LeftOut('redis-server is not installed')
  const server = await startRedis()
  const place = await inProcesses(upstream, size, { store: 'redis', redisUrl: server.url })
  return {
    ...place,
    async clear() {
      await server.command('FLUSHALL')
    },
    close: () => server.stop(),
  }
}

async function openMemory({ url }: Upstream, size: SampleSize): Promise<Place> {
  const { MemoryStore } = await import('../../src/store/memory.ts')
  let store = new MemoryStore()
  return {
    run: async () => await timedRun(size, () => openOverStore(url, store)),
    async clear() {
      store = new MemoryStore()
    },
    close: () => store.close(),
  }
}

async function openIndexedDb({ url }: Upstream, size: SampleSize): Promise<Place> {
  const { chromiumProgram, startChromium } = await import('../../test/support/chromium.ts')
  if (chromiumProgram === undefined) throw new LeftOut('Chromium is not installed')
  const script = await buildPage('bench/kit/restart-page.ts')
  const html = '<!doctype html><body><script type="module" src="page.js"></script></body>'
  const browser = await startChromium(
    new Map([
      ['/', { type: 'text/html', body: html }],
      ['/page.js', { type: 'text/javascript', body: script }],
    ]),
  )
  const query = { node: url, accounts: `${size.accounts}`, slotsEach: `${size.slotsEach}` }
  const address = `/?${new URLSearchParams(query)}`
  let page: Awaited<ReturnType<typeof browser.newPageApart>> | undefined
  return {
    async run() {
      if (page === undefined) page = await browser.newPageApart(address)
      else await page.reload()
      await page.waitForFunction(() => document.body.textContent?.includes('wall'))
      return JSON.parse((await page.textContent('body')) ?? '') as RunReport
    },
    async clear() {
      await page?.close()
      page = undefined
    },
    close: () => browser.stop(),
  }
}

/** Rounds of a first run and the next one. */
async function measure(subject: Subject, { size, rounds }: Plan): Promise<readonly Row[]> {
  const upstream = await startUpstream(size)
  const runs: Record<typeof FIRST | typeof NEXT, Run[]> = { [FIRST]: [], [NEXT]: [] }
  try {
    const place = await subject.open(upstream, size)
    try {
      for (let round = 0; round < rounds; round++) {
        await place.clear()
        runs[FIRST].push(await observe(upstream, place))
        runs[NEXT].push(await observe(upstream, place))
      }
    } finally {
      await place.close()
    }
  } finally {
    await upstream.stop()
  }
  const what = `${size.accounts} contracts of ${size.slotsEach} slots`
  const { name, note } = subject
  const row = (workload: string, unit: Row['unit'], took: Measurement): Row => {
    return { workload: `${workload}, ${what}`, subject: name, unit, ...took, ...(note && { note }) }
  }
  return Object.entries(runs).flatMap(([which, seen]) => [
    row(`${which}: HTTP requests`, 'count', summaryOf(seen.map(({ requests }) => requests))),
    row(`${which}: time`, 'ns', summaryOf(seen.map(({ wall }) => wall))),
  ])
}

interface Run extends RunReport {
  readonly requests: number
}

async function observe(upstream: Upstream, place: Place): Promise<Run> {
  await upstream.setLatency(LATENCY_MS)
  const { wall } = await place.run()
  const requests = await upstream.setLatency(0)
  return { wall, requests: requests.length }
}
