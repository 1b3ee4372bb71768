/**
 * Statement 26: killing processes at any moment leaves only whole records, and several share a
 * store. Two writers are killed (SIGKILL) at random moments; then every record must be the right
 * one, every count exact, and everything that was reported as stored there.
 *
 * `FORKSTATE_KILLS` is the number of rounds (1,000 for the long run), `FORKSTATE_SEED` the seed.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LmdbStore } from '../../src/store/lmdb.ts'
import { LmdbEnvironment } from '../../src/store/media/lmdb-environment.ts'
import * as layout from '../../src/store/media/lmdb-layout.ts'
import { recordBytes } from '../../src/store/store.ts'
import { seededFractions } from '../support/random.ts'
import { collect, pause } from './checks.ts'
import { bundleProgram } from './child-program.ts'
import { bytes } from './contract-case.ts'
import { rightValue } from './known-records.ts'
import { startProgram } from './programs.ts'

const ROUNDS = Number(process.env['FORKSTATE_KILLS'] ?? 25)
const SEED = Number(process.env['FORKSTATE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const MAX_DELAY_MS = 120
const MS_PER_ROUND = 5_000

describe('two writers that are killed', () => {
  let folder: string
  let program: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'forkstate-kill-'))
    program = await bundleProgram('kill-writer.ts', folder)
  })

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  /** Runs a writer for a while; resolves with how many records of its own it reported. */
  async function writeAndDie(name: string, seed: number, delayMs: number): Promise<number> {
    const args = [program, path.join(folder, 'store'), name, String(seed)]
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    const { child, ended, kill } = startProgram(process.execPath, args, { stdio: [...stdio] })
    let printed = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        printed += chunk.toString()
        resolve()
      })
      void ended.then((why) => reject(new Error(`the writer ended by itself: ${why}`)))
    })
    await pause(delayMs)
    await kill()
    expect(await ended).toBe('SIGKILL')
    return printed.split('\n').length - 1
  }

  /** Fails on any record or count that is not right. */
  async function verify(store: LmdbStore): Promise<void> {
    for (const head of await collect(store.groups.list())) {
      const records = await collect(store.groups.records(head.group))
      let size = 0
      for (const { item, value } of records) {
        size += recordBytes(item, value)
        expect(value).toEqual(rightValue({ group: head.group, item }))
      }
      expect([head.records, head.bytes]).toEqual([records.length, size])
    }
  }

  /** Fails on a record that belongs to no group, and is not about to be removed. */
  async function verifyNothingIsLost(): Promise<void> {
    const environment = new LmdbEnvironment({
      path: path.join(folder, 'store'),
      kind: 'folder',
      isVolatile: false,
    })
    const numbers = new Set<number>()
    for await (const { value } of environment.scan(layout.HEADS_START)) {
      numbers.add(layout.decodeHead(value).number)
    }
    for await (const { key } of environment.scan(layout.DOOMED_START)) {
      numbers.add(layout.numberOfDoomedKey(key))
    }
    const allRecords = layout.recordsStart(0).subarray(0, 1)
    for await (const { key } of environment.scan(allRecords)) {
      expect(numbers).toContain(new DataView(key.buffer).getUint32(1))
    }
    await environment.close()
  }

  it(
    `leave only whole records (${ROUNDS} rounds, seed ${SEED})`,
    async () => {
      const random = seededFractions(SEED)
      for (let round = 0; round < ROUNDS; round++) {
        const names = [`${round} a`, `${round} b`]
        const reported = await Promise.all(
          names.map((name) => {
            return writeAndDie(name, Math.floor(random() * 2 ** 31), random() * MAX_DELAY_MS)
          }),
        )
        const store = new LmdbStore({ path: path.join(folder, 'store') })
        await verify(store)
        await verifyNothingIsLost()
        for (const [at, name] of names.entries()) {
          const group = bytes(`own ${name}`)
          const own = await collect(store.groups.records(group))
          const items = own.map(({ item }) => Number(new TextDecoder().decode(item).slice(5)))
          // One more may be stored that was not reported any more.
          const count = Math.max(reported[at] ?? 0, items.length)
          expect(items.sort((a, b) => a - b)).toEqual([...new Array(count).keys()])
          expect(items.length - (reported[at] ?? 0)).toBeLessThanOrEqual(1)
          await store.groups.delete(group)
        }
        await store.close()
      }
    },
    ROUNDS * MS_PER_ROUND,
  )
})
