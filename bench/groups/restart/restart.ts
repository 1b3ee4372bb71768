/** What a fork costs in a process that finds what an earlier one read: requests and time. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SampleSize } from '../../../test/integration/many-contracts.ts'
import { TEVM_BATCHES } from '../../kit/forks.ts'
import { type Group, LeftOut, type Named, type Row, rowOf } from '../../kit/group.ts'
import { summaryOf } from '../../kit/measure.ts'
import { RPC, WASM } from '../../kit/names.ts'
import { buildProgram, inProject, runBundle } from '../../kit/programs.ts'
import { someLike } from '../../kit/targets.ts'
import { startUpstream, type Upstream } from '../../kit/upstream.ts'
import { openOverStore, type RunReport, timedRun } from './reads.ts'
import type { Keeper, RunOrder } from './run-program.ts'

/** Where facts stay between runs. A round begins with an empty one. */
interface Place {
  run(): Promise<RunReport>
  clear?(): Promise<unknown>
  close?(): Promise<void>
}

interface Keeping extends Named {
  open(upstream: Upstream, size: SampleSize): Promise<Place>
}

const LATENCY_MS = 20
const FIRST = 'first run'
const NEXT = 'next run'

const contenders: readonly Keeping[] = [
  // Without a store every run is a first one.
  ...[WASM, RPC, TEVM_BATCHES].map((contender) => ({
    name: `${contender}, no store`,
    open: (upstream: Upstream, size: SampleSize) => inProcesses(upstream, size, { contender }),
  })),
  {
    name: `${WASM}, memory store`,
    note: 'nothing outlives the process, so the runs are forks of one process',
    open: openMemory,
  },
  { name: `${WASM}, LMDB store`, open: openLmdb },
  { name: `${WASM}, Redis store`, open: openRedis },
  {
    name: `${WASM}, IndexedDB store in Chromium`,
    note: 'a page and its reload; its preflight requests are not counted and wait for nothing',
    open: openIndexedDb,
  },
]

export const group: Group = {
  title: 'Restart',
  runtimes: ['Node'],
  targets: [
    {
      work: 'restart over LMDB and Redis, WebAssembly in Node.js',
      target: '1 HTTP request, for the block',
      evaluate(rows) {
        const next = rows.filter(({ workload }) => workload.startsWith(`${NEXT}: HTTP`))
        const own = next.filter(({ subject }) => /LMDB|Redis/.test(subject))
        const measured = someLike(own, {}).map(({ subject, most }) => `${subject}: ${most}`)
        return { measured: measured.join('; '), isMet: own.every(({ most }) => most === 1) }
      },
    },
  ],
  jobs({ isQuick }) {
    const [accounts, rounds] = isQuick ? [10, 1] : [200, 7]
    const size = { accounts, slotsEach: 5 }
    return contenders
      .filter(({ name }) => !isQuick || name.startsWith('forkstate'))
      .map((keeping) => ({ name: keeping.name, run: () => measure(keeping, size, rounds) }))
  },
}

async function inProcesses({ url, block }: Upstream, size: SampleSize, keeper: Keeper) {
  const program = await buildProgram('bench/groups/restart/run-program.ts')
  const order: RunOrder = { url, block: String(block), size, keeper }
  return { run: async () => (await runBundle(program, [JSON.stringify(order)])) as RunReport }
}

async function openLmdb(upstream: Upstream, size: SampleSize): Promise<Place> {
  const lmdbFolder = mkdtempSync(path.join(tmpdir(), 'forkstate-bench-'))
  const clear = async () => rmSync(lmdbFolder, { recursive: true, force: true })
  return { ...(await inProcesses(upstream, size, { lmdbFolder })), clear, close: clear }
}

async function openRedis(upstream: Upstream, size: SampleSize): Promise<Place> {
  const { redisProgram, startRedis } = await import('../../../test/store/redis-server.ts')
  if (redisProgram === undefined) throw new LeftOut('redis-server is not installed')
  const server = await startRedis()
  return {
    ...(await inProcesses(upstream, size, { redisUrl: server.url })),
    clear: () => server.command('FLUSHALL'),
    close: () => server.stop(),
  }
}

async function openMemory({ url }: Upstream, size: SampleSize): Promise<Place> {
  const { MemoryStore } = await import('../../../src/store/memory.ts')
  let store = new MemoryStore()
  return {
    run: () => timedRun(size, () => openOverStore(url, store)),
    async clear() {
      store = new MemoryStore()
    },
    close: () => store.close(),
  }
}

async function openIndexedDb({ url }: Upstream, size: SampleSize): Promise<Place> {
  const { chromiumProgram, startChromium } = await import('../../../test/support/chromium.ts')
  if (chromiumProgram === undefined) throw new LeftOut('Chromium is not installed')
  const { bundleForBrowsers } = await import('../../../scripts/bundle.ts')
  const entry = inProject('bench/groups/restart/run-page.ts')
  const script = await bundleForBrowsers({ entryPoints: [entry] })
  const html = '<!doctype html><body><script type="module" src="page.js"></script></body>'
  const browser = await startChromium(
    new Map([
      ['/', { type: 'text/html', body: html }],
      ['/page.js', { type: 'text/javascript', body: script }],
    ]),
  )
  const address = `/?${new URLSearchParams({ url, size: JSON.stringify(size) })}`
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

async function measure(keeping: Keeping, size: SampleSize, rounds: number): Promise<Row[]> {
  const upstream = await startUpstream(size)
  const runs = [FIRST, NEXT].map((which) => {
    return { which, requests: [] as number[], walls: [] as number[] }
  })
  try {
    const place = await keeping.open(upstream, size)
    try {
      for (let round = 0; round < rounds; round++) {
        await place.clear?.()
        for (const { requests, walls } of runs) {
          await upstream.setLatency(LATENCY_MS)
          walls.push((await place.run()).wall)
          requests.push((await upstream.setLatency(0)).length)
        }
      }
    } finally {
      await place.close?.()
    }
  } finally {
    await upstream.stop()
  }
  const what = `${size.accounts} contracts of ${size.slotsEach} slots`
  return runs.flatMap(({ which, requests, walls }) => [
    rowOf(keeping, `${which}: HTTP requests, ${what}`, summaryOf(requests), { unit: 'count' }),
    rowOf(keeping, `${which}: time, ${what}`, summaryOf(walls)),
  ])
}
