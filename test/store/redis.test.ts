/** The store contract over `RedisStore`: a real server, and a real cluster. */

import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RedisStore, type RedisStoreOptions } from '../../src/store/redis.ts'
import { same } from './checks.ts'
import { testStoreContract } from './contract.ts'
import { key, record, type StoreKind } from './contract-case.ts'
import {
  type RedisCluster,
  type RedisServer,
  redisProgram,
  startRedis,
  startRedisCluster,
} from './redis-server.ts'

let places = 0

function redisKind(name: string, target: () => RedisStoreOptions): StoreKind {
  return {
    name,
    isShared: true,
    isKept: true,
    countsExactly: false,
    async makePlace() {
      const stores: RedisStore[] = []
      places++
      const prefix = `place:${places}`
      return {
        open(options) {
          const store = new RedisStore({ ...target(), prefix, ...options })
          stores.push(store)
          return store
        },
        async destroy() {
          for (const store of stores) await store.close()
        },
      }
    },
  }
}

describe.skipIf(redisProgram === undefined)('Redis store', () => {
  let server: RedisServer
  let client: Redis

  beforeAll(async () => {
    server = await startRedis()
    client = new Redis(server.url)
  })

  afterAll(async () => {
    client?.disconnect()
    await server?.stop()
  })

  describe('by its address', () => {
    testStoreContract(redisKind('Redis', () => ({ url: server.url })))
  })

  it('uses a client of the caller, and leaves it open', async () => {
    const store = new RedisStore({ client, prefix: 'client' })
    await store.putMany([record('a', '1', 'x')])
    await store.close()
    expect(await client.ping()).toBe('PONG')
    const other = new RedisStore({ client, prefix: 'client' })
    same(await other.getMany([key('a', '1')]), [record('a', '1', 'x').value])
  })

  it('lets the server drop a block some time after its last use', async () => {
    const store = new RedisStore({ client, prefix: 'ttl', ttlMs: 600_000 })
    await store.putMany([record('a', '1', 'x')])
    const keys = (await client.keys('ttl:*')).filter((name) => name.includes('{'))
    expect(keys).toHaveLength(1)
    expect(await client.pttl(keys[0] as string)).toBeGreaterThan(500_000)
    await client.pexpire(keys[0] as string, 1_000)
    await store.groups.touch([record('a', '1', 'x').group])
    expect(await client.pttl(keys[0] as string)).toBeGreaterThan(500_000)
  })

  it('refuses a time that is none', () => {
    expect(() => new RedisStore({ client, ttlMs: 0 })).toThrow(/ttlMs/)
  })
})

describe.skipIf(redisProgram === undefined)('Redis store in a cluster', () => {
  let cluster: RedisCluster

  beforeAll(async () => {
    cluster = await startRedisCluster()
  })

  afterAll(async () => {
    await cluster?.stop()
  })

  testStoreContract(redisKind('Redis cluster', () => ({ url: cluster.urls })))
})
