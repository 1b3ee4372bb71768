/** What becomes of an LMDB store on a disk that is full, damaged, or not to be used. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../scripts/project.ts'
import { keepEveryBlock } from '../../src/store/facts/block-policy.ts'
import { FactStore } from '../../src/store/facts/fact-store.ts'
import { LmdbStore } from '../../src/store/lmdb.ts'
import { findProgram } from '../support/find-program.ts'
import { collect, rejectsWith, until } from './checks.ts'
import { bundleProgram } from './child-program.ts'
import { record } from './contract-case.ts'
import { block, keysOf, sampleFacts } from './fact-samples.ts'
import { loadAll } from './loading.ts'
import { startProgram } from './programs.ts'

const scope = { block, proven: true }
const keys = keysOf(sampleFacts)
const shell = findProgram('sh')
const prlimit = findProgram('prlimit')
/** Longest file, in blocks of 512 or 1,024 bytes by the shell. */
const MAX_FILE_BLOCKS = 1_500

describe('an LMDB store', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'forkstate-damage-'))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  function cacheOf(store: LmdbStore, events: string[] = []): FactStore {
    const onEvent = ({ type }: { readonly type: string }): void => {
      events.push(type)
    }
    return new FactStore(store, { policy: keepEveryBlock, onEvent, retryMs: 1 })
  }

  it('with bits flipped in its file misses those records, counts and removes them', async () => {
    const first = new LmdbStore({ path: folder })
    const cache = cacheOf(first)
    cache.forBlock(scope).save(sampleFacts)
    await cache.close()
    const values: Uint8Array[] = []
    for (const { group } of await collect(first.groups.list())) {
      for (const { value } of await collect(first.groups.records(group))) values.push(value)
    }
    await first.close()
    const file = path.join(folder, 'data.mdb')
    const bytes = await readFile(file)
    for (const [at, value] of values.entries()) {
      const places = placesOf(value, bytes)
      expect(places.length).toBeGreaterThan(0)
      for (const place of places) {
        const target = place + (at % value.length)
        bytes[target] = (bytes[target] as number) ^ (1 << (at % 8))
      }
    }
    await writeFile(file, bytes)
    const second = new LmdbStore({ path: folder })
    const damaged = cacheOf(second)
    const { facts } = await loadAll(damaged.forBlock(scope), keys)
    expect(facts).toEqual(sampleFacts.map(() => undefined))
    expect(damaged.metrics().storeCorrupt).toBe(sampleFacts.length)
    await until(async () => (await collect(second.groups.list())).length === 0)
    await damaged.close()
    await second.close()
  })

  it('whose file is no database is an outage, until it is one', async () => {
    const place = path.join(folder, 'store')
    await mkdir(place)
    await writeFile(path.join(place, 'data.mdb'), 'this is not a database'.repeat(500))
    const events: string[] = []
    const store = new LmdbStore({ path: place })
    await rejectsWith(store.putMany([record('a', '1', 'x')]), 'STORE_UNAVAILABLE')
    const cache = cacheOf(store, events)
    const facts = cache.forBlock(scope)
    expect((await loadAll(facts, keys)).facts).toEqual(sampleFacts.map(() => undefined))
    await until(() => events.length > 0)
    expect(events).toEqual(['store-degraded'])
    await rm(place, { recursive: true })
    await until(async () => {
      facts.save(sampleFacts)
      await cache.flush()
      return !(await loadAll(facts, keys)).facts.includes(undefined)
    })
    await cache.close()
    await store.close()
  })

  it('in a place that cannot be a folder is an outage', async () => {
    await writeFile(path.join(folder, 'file'), 'in the way')
    const store = new LmdbStore({ path: path.join(folder, 'file', 'store') })
    await rejectsWith(store.getMany([record('a', '1', 'x')]), 'STORE_UNAVAILABLE')
    await store.close()
  })

  describe.skipIf(shell === undefined || process.platform === 'win32')('on a full disk', () => {
    async function fillDisk(mode: string) {
      const program = await bundleProgram('full-disk-writer.ts', folder)
      const limited = `trap '' XFSZ; ulimit -S -f ${MAX_FILE_BLOCKS}; exec "$@"`
      const place = path.join(folder, 'store')
      const args = ['-c', limited, 'sh', process.execPath, program, place, mode]
      // What LMDB itself prints of a failed write is not for the test's reader.
      const stdio = ['pipe', 'pipe', 'ignore'] as const
      const { child, ended } = startProgram(shell as string, args, { stdio: [...stdio] })
      const words: string[] = []
      child.stdout?.on('data', (chunk: Buffer) => {
        words.push(...chunk.toString().trim().split('\n'))
      })
      return { child, ended, words }
    }

    it('warns once, and what is read is right or absent', async () => {
      const { ended, words } = await fillDisk('')
      expect(await ended).toBe('0')
      expect(words).toEqual(['store-degraded', 'some-found', 'all-right', 'closed'])
    })

    it.skipIf(prlimit === undefined)('works again when there is room', async () => {
      const { child, ended, words } = await fillDisk('recover')
      await until(() => words.includes('all-right'))
      run(prlimit as string, ['--pid', String(child.pid), '--fsize=unlimited'])
      child.stdin?.write('room\n')
      expect(await ended).toBe('0')
      expect(words.filter((word) => word === 'store-recovered').length).toBeGreaterThan(0)
      expect(words.slice(-2)).toEqual(['all-there', 'closed'])
    })
  })
})

/** Where these bytes are in a file. */
function placesOf(value: Uint8Array, file: Buffer): readonly number[] {
  const places: number[] = []
  for (let at = file.indexOf(value); at >= 0; at = file.indexOf(value, at + 1)) places.push(at)
  return places
}
