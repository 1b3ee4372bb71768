/** What a fact store does when its store does not: reads go on, and nothing is wrong. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepEveryBlock } from '../../src/store/facts/block-policy.ts'
import { FactStore, type FactStoreOptions } from '../../src/store/facts/fact-store.ts'
import { TOUCH_INTERVAL_MS } from '../../src/store/facts/write-behind.ts'
import { MemoryStore } from '../../src/store/media/memory-store.ts'
import { collect, until } from './checks.ts'
import { accountFact, block, codeFact, keysOf, sampleFacts, slotFact } from './fact-samples.ts'
import { FaultyStore } from './faulty-store.ts'
import { loadAll } from './loading.ts'

const scope = { block, proven: true }
const nothing = sampleFacts.map(() => undefined)
const keys = keysOf(sampleFacts)

describe('a fact store', () => {
  let store: FaultyStore
  let nowMs: number
  let events: string[]

  beforeEach(() => {
    store = new FaultyStore()
    nowMs = 0
    events = []
  })

  function cacheOf(options: FactStoreOptions = {}): FactStore {
    return new FactStore(store, {
      policy: keepEveryBlock,
      onEvent: ({ type }) => events.push(type),
      now: () => nowMs,
      readTimeoutMs: 20,
      retryMs: 100,
      ...options,
    })
  }

  async function fill(): Promise<void> {
    const cache = cacheOf()
    cache.forBlock(scope).save(sampleFacts)
    await cache.close()
  }

  it.each(['reject', 'throw', 'hang', 'short'] as const)(
    'goes without a store whose reads %s, and with it again later',
    async (fault) => {
      await fill()
      const cache = cacheOf()
      const facts = cache.forBlock(scope)
      store.reads = fault
      expect((await loadAll(facts, keys)).facts).toEqual(nothing)
      store.reads = 'none'
      store.resume()
      nowMs += 100
      expect((await loadAll(facts, keys)).facts).toEqual(sampleFacts)
      expect(events).toEqual(['store-degraded', 'store-recovered'])
    },
  )

  it('reads what is there while the disk is full, and warns once', async () => {
    await fill()
    store.writes = 'reject'
    store.claiming = 'reject'
    const cache = cacheOf()
    const facts = cache.forBlock(scope)
    for (let round = 0; round < 3; round++) {
      facts.save([slotFact(9, round)])
      await cache.flush()
      expect((await loadAll(facts, [...keys, ...keysOf([slotFact(9, 7)])])).facts).toEqual([
        ...sampleFacts,
        undefined,
      ])
    }
    expect(events).toEqual(['store-degraded'])
    expect(cache.metrics()).toMatchObject({ storeDroppedWrites: 3, storeDegraded: 1 })
    store.writes = 'none'
    store.claiming = 'none'
    nowMs += 60_000
    facts.save([slotFact(9, 1)])
    await cache.flush()
    await loadAll(facts, keysOf([slotFact(9, 8)]))
    expect(events).toEqual(['store-degraded', 'store-recovered'])
    expect((await loadAll(cacheOf().forBlock(scope), keysOf([slotFact(9, 1)]))).facts).toEqual([
      slotFact(9, 1),
    ])
  })

  it('fetches itself what it cannot claim', async () => {
    for (const fault of ['reject', 'throw', 'hang', 'short'] as const) {
      store.claiming = fault
      const { facts, parts } = await loadAll(cacheOf().forBlock(scope), keys)
      expect([facts, parts]).toEqual([nothing, 1])
    }
  })

  it('keeps its buffer within its bounds, and counts what it drops', async () => {
    store.writes = 'hang'
    const cache = cacheOf({ maxBufferedRecords: 10 })
    const facts = cache.forBlock(scope)
    facts.save([slotFact(1, 0)])
    await until(() => store.calls.put === 1)
    facts.save(Array.from({ length: 25 }, (_, at) => slotFact(1, at + 1)))
    expect(cache.metrics()).toMatchObject({ storeBuffered: 11, storeDroppedWrites: 15 })
    facts.save([slotFact(1, 1)])
    expect(cache.metrics().storeDroppedWrites).toBe(15)
    store.writes = 'none'
    store.resume()
    await cache.flush()
    expect(cache.metrics()).toMatchObject({ storeBuffered: 0, storeWrites: 11 })
  })

  it('keeps the bytes of its buffer within their bound', () => {
    const cache = cacheOf({ maxBufferedBytes: 1_000 })
    cache.forBlock(scope).save([codeFact(1, 700), codeFact(2, 700), codeFact(3, 100)])
    expect(cache.metrics()).toMatchObject({ storeBuffered: 2, storeDroppedWrites: 1 })
  })

  it('writes all it has when it is closed, although the store is closed right after', async () => {
    const cache = cacheOf()
    const many = Array.from({ length: 3_000 }, (_, at) => slotFact(1, at))
    cache.forBlock(scope).save(many)
    const closing = cache.close()
    expect(store.calls.put).toBe(3)
    await closing
    cache.forBlock(scope).save([slotFact(2, 1)])
    expect(cache.metrics()).toMatchObject({ storeWrites: 3_000, storeDroppedWrites: 1 })
  })

  it('keeps nothing but code of a block that is not settled', async () => {
    const cache = cacheOf({ policy: undefined })
    const chain = { head: block.number + 3n, finalized: block.number - 60n }
    const facts = cache.forBlock({ ...scope, chain })
    expect(facts.keepsState).toBe(false)
    facts.save([accountFact(1), slotFact(1, 1), codeFact(1)])
    await cache.flush()
    const settled = cacheOf({ policy: undefined }).forBlock({
      ...scope,
      chain: { finalized: block.number },
    })
    expect(settled.keepsState).toBe(true)
    const asked = keysOf([accountFact(1), slotFact(1, 1), codeFact(1)])
    expect((await loadAll(settled, asked)).facts).toEqual([undefined, undefined, codeFact(1)])
    expect((await loadAll(facts, asked)).facts).toEqual([undefined, undefined, codeFact(1)])
  })

  it('leaves records of another version alone, and does not use them', async () => {
    await fill()
    for (const { group } of await collect(store.groups.list())) {
      for (const { item, value } of await collect(store.groups.records(group))) {
        const { crc32c } = await import('../../src/store/crc32c.ts')
        value[0] = 77
        const before = crc32c(item, crc32c(group))
        const checksum = crc32c(value.subarray(0, -4), before)
        new DataView(value.buffer).setUint32(value.length - 4, checksum)
        await store.putMany([{ group, item, value }])
      }
    }
    const cache = cacheOf()
    expect(await loadAll(cache.forBlock(scope), keys)).toEqual({ facts: nothing, parts: 1 })
    const { storeVersionMismatches, storeCorrupt } = cache.metrics()
    expect([storeVersionMismatches, storeCorrupt, store.calls.delete]).toEqual([
      sampleFacts.length,
      0,
      0,
    ])
  })

  it('marks what it reads as used, now and then', async () => {
    await fill()
    const cache = cacheOf()
    const facts = cache.forBlock(scope)
    for (let round = 0; round < 3; round++) {
      await loadAll(facts, keys)
      await cache.flush()
    }
    expect(store.calls.touch).toBe(1)
    nowMs += TOUCH_INTERVAL_MS
    await loadAll(facts, keys)
    await cache.flush()
    expect(store.calls.touch).toBe(2)
  })

  it('does not keep what no store can name or hold', async () => {
    const cache = cacheOf()
    const facts = cache.forBlock({ ...scope, block: { ...block, chainId: 2n ** 64n } })
    facts.save([slotFact(1, 1), codeFact(1)])
    cache.forBlock(scope).save([{ ...accountFact(1, { nonce: 2n ** 64n }) }])
    await cache.flush()
    expect(cache.metrics()).toMatchObject({ storeWrites: 1, storeDroppedWrites: 1 })
  })

  it.each([
    'maxBufferedRecords',
    'maxBufferedBytes',
    'readTimeoutMs',
    'retryMs',
    'claimTtlMs',
    'maxWaitMs',
  ])('refuses %s below its range', (name) => {
    for (const value of [-1, 0.5, Number.NaN]) {
      expect(() => new FactStore(store, { [name]: value })).toThrow(name)
    }
  })

  it('works over a store that has no claims and keeps no account of its groups', async () => {
    const inner = new MemoryStore()
    const plain = {
      getMany: inner.getMany.bind(inner),
      putMany: inner.putMany.bind(inner),
      deleteMany: inner.deleteMany.bind(inner),
      close: inner.close.bind(inner),
    }
    const cache = new FactStore(plain, { policy: keepEveryBlock })
    cache.forBlock(scope).save(sampleFacts)
    await cache.flush()
    expect((await loadAll(cache.forBlock(scope), keys)).facts).toEqual(sampleFacts)
    await cache.close()
  })
})

describe('the default warning', () => {
  const warnings: Error[] = []
  const listen = (warning: Error): void => {
    warnings.push(warning)
  }

  beforeEach(() => {
    process.on('warning', listen)
  })

  afterEach(() => {
    process.off('warning', listen)
  })

  it('is one warning of the process, with what failed', async () => {
    const store = new FaultyStore()
    store.reads = 'reject'
    const facts = new FactStore(store, { policy: keepEveryBlock }).forBlock(scope)
    for (let round = 0; round < 3; round++) await loadAll(facts, keys)
    await until(() => warnings.length > 0)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(warnings[0]?.message).toContain('no space left')
  })
})
