/** What a second run costs over a store that the first one filled, and how fast a store answers. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { LmdbStore } from '../../src/store/lmdb.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'
import { runFile } from '../support/run-program.ts'
import { makeContracts } from './many-contracts.ts'

const SIZE = { accounts: 200, slotsEach: 5 }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(memoryFolder(), 'forkstate-acceptance-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A folder in memory, if the system has one: the disk is not what is measured. */
function memoryFolder(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
}

describe('a second run', () => {
  let node: RpcNode
  let proxy: RpcProxy

  beforeAll(async () => {
    node = await startAnvil()
    await makeContracts(node, SIZE)
    proxy = await startProxy(node.url)
  })
  afterAll(async () => {
    await proxy?.stop()
    await node?.stop()
  })

  /** The requests that a separate process makes to the node. */
  async function run(): Promise<readonly string[]> {
    proxy.reset()
    const args = [proxy.url, folder, String(SIZE.accounts), String(SIZE.slotsEach)]
    const { stdout, stderr, code } = await runFile('test/integration/store-run-reader.ts', args)
    expect([stdout.trim(), code], stderr).toEqual(['right', 0])
    return proxy.calls.map(({ method }) => method)
  }

  test('asks only for the block', async () => {
    expect(await run()).toContain('eth_getProof')
    const methods = await run()
    expect(proxy.stats.httpRequests).toBe(1)
    expect(new Set(methods)).toEqual(new Set(['eth_getBlockByNumber', 'eth_chainId']))
  })
})

describe('a store of 200,000 slots', () => {
  const SLOTS = 200_000
  const PART = 5_000
  const OPENINGS = 20
  const MAX_FIRST_READ_MS = 5
  const group = new Uint8Array(41).fill(7)

  /** A record with a key as long as that of a slot, in random order. */
  function recordOf(slot: number) {
    const item = new Uint8Array(52)
    const view = new DataView(item.buffer)
    view.setUint32(0, slot % 500)
    view.setUint32(20, Math.imul(slot, 0x9e3779b1))
    const value = new Uint8Array(48)
    new DataView(value.buffer).setUint32(0, slot)
    return { group, item, value }
  }

  async function fill(): Promise<void> {
    const store = new LmdbStore({ path: folder })
    for (let start = 0; start < SLOTS; start += PART) {
      await store.putMany(Array.from({ length: PART }, (_, at) => recordOf(start + at)))
    }
    await store.close()
  }

  test('answers the first read within 5 ms of being opened', async () => {
    await fill()
    let fastestMs = Number.POSITIVE_INFINITY
    for (let opening = 0; opening < OPENINGS && fastestMs > MAX_FIRST_READ_MS; opening++) {
      const wanted = recordOf(opening * 31_337)
      const began = performance.now()
      const store = new LmdbStore({ path: folder })
      const [value] = await store.getMany([wanted])
      fastestMs = Math.min(fastestMs, performance.now() - began)
      expect(value).toEqual(wanted.value)
      await store.close()
    }
    // The fastest, as other work on the machine delays some of them.
    expect(fastestMs).toBeLessThanOrEqual(MAX_FIRST_READ_MS)
  })
})
