/**
 * Processes that need the same facts at the same time fetch them once: two through one store make
 * together no more than 1.2 times the requests of one. And if one dies, the other goes on.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pause, until } from './checks.ts'
import { bundleProgram } from './child-program.ts'
import { startProgram, type WatchedProcess } from './programs.ts'
import { type RedisServer, redisProgram, startRedis } from './redis-server.ts'

/** What the upstream takes for a request, ms. */
const UPSTREAM_MS = 50

/** Counts what it is asked for, and takes its time. */
interface Upstream {
  readonly url: string
  requests: number
  facts: number
  stop(): Promise<void>
}

async function startUpstream(): Promise<Upstream> {
  let server: Server
  const counts = { requests: 0, facts: 0 }
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    counts.requests++
    counts.facts += (JSON.parse(body) as readonly unknown[]).length
    await pause(UPSTREAM_MS)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return Object.assign(counts, { url: `http://127.0.0.1:${port}`, stop })
}

/** A reader that has not begun. */
interface Reader {
  readonly process: WatchedProcess
  start(): void
  /** Resolves with what it says of the facts it got. */
  readonly verdict: Promise<string>
}

describe('processes that share a store', () => {
  let folder: string
  let program: string
  let upstream: Upstream
  let redis: RedisServer | undefined

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'forkstate-sharing-'))
    program = await bundleProgram('sharing-reader.ts', folder)
  })

  afterAll(async () => {
    await redis?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    upstream = await startUpstream()
  })

  afterEach(async () => {
    await upstream.stop()
  })

  async function makeReader(args: readonly string[]): Promise<Reader> {
    const stdio = ['pipe', 'pipe', 'inherit'] as const
    const started = startProgram(process.execPath, [program, ...args], { stdio: [...stdio] })
    let printed = ''
    started.child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
    })
    await until(() => printed.includes('ready\n'))
    return {
      process: started,
      start: () => started.child.stdin?.write('go\n'),
      verdict: started.ended.then((code) => `${printed.trim().split('\n').at(-1)} ${code}`),
    }
  }

  /** Requests and facts of so many readers at once over one new store. */
  async function countFor(readers: number, place: readonly string[], work: readonly string[]) {
    const before = { requests: upstream.requests, facts: upstream.facts }
    const args = [...place, upstream.url, ...work]
    const all = await Promise.all(Array.from({ length: readers }, () => makeReader(args)))
    for (const reader of all) reader.start()
    const verdicts = await Promise.all(all.map(({ verdict }) => verdict))
    expect(verdicts).toEqual(Array.from({ length: readers }, () => 'right 0'))
    return {
      requests: upstream.requests - before.requests,
      facts: upstream.facts - before.facts,
    }
  }

  function testSharing(newPlace: () => Promise<readonly string[]>): void {
    it.each([
      ['all facts at once', ['1', '1200']],
      ['one part after the other', ['20', '30']],
    ])('two fetch hardly more than one: %s', async (_, work) => {
      const alone = await countFor(1, await newPlace(), work)
      const together = await countFor(2, await newPlace(), work)
      expect(together.requests).toBeLessThanOrEqual(1.2 * alone.requests)
      expect(together.facts).toBeLessThanOrEqual(1.2 * alone.facts)
    })

    it('a second run fetches nothing', async () => {
      const place = await newPlace()
      await countFor(1, place, ['3', '100'])
      expect(await countFor(2, place, ['3', '100'])).toEqual({ requests: 0, facts: 0 })
    })

    it('one goes on when the other is killed', async () => {
      const args = [...(await newPlace()), upstream.url, '10', '30']
      const [first, second] = await Promise.all([makeReader(args), makeReader(args)])
      first.start()
      await until(() => upstream.requests === 3)
      second.start()
      await first.process.kill()
      expect(await second.verdict).toBe('right 0')
    })
  }

  describe('in LMDB', () => {
    let places = 0
    testSharing(async () => ['lmdb', path.join(folder, `store ${places++}`)])
  })

  describe.skipIf(redisProgram === undefined)('in Redis', () => {
    testSharing(async () => {
      redis ??= await startRedis()
      await redis.command('FLUSHALL')
      return ['redis', redis.url]
    })
  })
})
