/** A Redis server that is killed and comes back: reads go on, and the store is used again. */

import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepEveryBlock } from '../../src/store/facts/block-policy.ts'
import { FactStore, type FactStoreOptions } from '../../src/store/facts/fact-store.ts'
import { RedisStore } from '../../src/store/redis.ts'
import { rejectsWith, until } from './checks.ts'
import { record } from './contract-case.ts'
import { block, keysOf, sampleFacts, slotFact } from './fact-samples.ts'
import { loadAll } from './loading.ts'
import { type RedisServer, redisProgram, startRedis } from './redis-server.ts'

const scope = { block, proven: true }
const keys = keysOf(sampleFacts)
const nothing = sampleFacts.map(() => undefined)

describe.skipIf(redisProgram === undefined)('a Redis server that is lost', () => {
  let server: RedisServer
  let store: RedisStore
  let events: string[]

  beforeEach(async () => {
    server = await startRedis()
    store = new RedisStore({ url: server.url })
    events = []
  })

  afterEach(async () => {
    await store.close()
    await server.stop()
  })

  function cacheOf(options: FactStoreOptions = {}): FactStore {
    const onEvent = ({ type }: { readonly type: string }): void => {
      events.push(type)
    }
    return new FactStore(store, { policy: keepEveryBlock, retryMs: 20, onEvent, ...options })
  }

  it('is gone without, with one warning, and used again when it is back', async () => {
    const cache = cacheOf()
    const facts = cache.forBlock(scope)
    facts.save(sampleFacts)
    await cache.flush()
    expect((await loadAll(facts, keys)).facts).toEqual(sampleFacts)
    await server.kill()
    for (let round = 0; round < 3; round++) {
      expect((await loadAll(facts, keys)).facts).toEqual(nothing)
      facts.save([slotFact(8, round)])
      await cache.flush()
    }
    await until(() => events.length > 0)
    expect(events).toEqual(['store-degraded'])
    await server.restart()
    await until(async () => (await loadAll(facts, keys)).facts.every((fact) => fact !== undefined))
    expect((await loadAll(facts, keys)).facts).toEqual(sampleFacts)
    await until(async () => {
      facts.save([slotFact(8, 9)])
      await cache.flush()
      await loadAll(facts, keysOf([slotFact(7, 7)]))
      facts.close()
      return cache.metrics().storeDegraded === 0
    })
    await until(() => events.length > 1)
    expect(events).toEqual(['store-degraded', 'store-recovered'])
    await cache.close()
  })

  it('killed at random moments never gives a wrong value', async () => {
    const cache = cacheOf({ readTimeoutMs: 200 })
    const facts = cache.forBlock(scope)
    let hits = 0
    for (let round = 0; round < 6; round++) {
      const wanted = Array.from({ length: 300 }, (_, at) => slotFact(round % 3, at))
      const saving = (async () => {
        facts.save(wanted)
        await cache.flush()
      })()
      const loading = loadAll(facts, keysOf(wanted))
      await server.kill()
      const loaded = (await loading).facts
      await saving
      await server.restart()
      for (const [at, fact] of [
        ...loaded,
        ...(await loadAll(facts, keysOf(wanted))).facts,
      ].entries()) {
        if (fact === undefined) continue
        hits++
        expect(fact).toEqual(wanted[at % wanted.length])
      }
    }
    expect(hits).toBeGreaterThan(0)
    await cache.close()
  })

  it('from the start is an outage like any other', async () => {
    await server.kill()
    await rejectsWith(store.getMany([record('a', '1', 'x')]), 'STORE_UNAVAILABLE')
    const cache = cacheOf()
    const facts = cache.forBlock(scope)
    expect((await loadAll(facts, keys)).facts).toEqual(nothing)
    await server.restart()
    await until(async () => {
      facts.save(sampleFacts)
      await cache.flush()
      return (await loadAll(facts, keys)).facts.every((fact) => fact !== undefined)
    })
    await cache.close()
  })

  it('does not hold up reads for long, whatever the client of the caller does', async () => {
    const client = new Redis(server.url, { maxRetriesPerRequest: null })
    client.on('error', () => {})
    const patient = new RedisStore({ client })
    const cache = new FactStore(patient, {
      policy: keepEveryBlock,
      readTimeoutMs: 50,
      onEvent: ({ type }) => events.push(type),
    })
    await client.ping()
    await server.kill()
    expect((await loadAll(cache.forBlock(scope), keys)).facts).toEqual(nothing)
    await until(() => events.length > 0)
    expect(events).toEqual(['store-degraded'])
    client.disconnect()
  })

  it('that has no memory left is read all the same', async () => {
    const cache = cacheOf()
    const facts = cache.forBlock(scope)
    facts.save(sampleFacts)
    await cache.flush()
    await server.command('CONFIG SET maxmemory 1')
    facts.save(Array.from({ length: 50 }, (_, at) => slotFact(6, at)))
    await cache.flush()
    expect(cache.metrics().storeDroppedWrites).toBe(50)
    expect((await loadAll(facts, keys)).facts).toEqual(sampleFacts)
    expect(events).toEqual(['store-degraded'])
    await cache.close()
  })
})
