import type { Cluster, Redis } from 'ioredis'
import { describe, expectTypeOf, it } from 'vitest'
import type { Store } from './index.ts'
import type { RedisClient, RedisStore, RedisStoreOptions } from './redis.ts'

describe('RedisStore', () => {
  it('takes clients of ioredis, an address, or those of a cluster', () => {
    expectTypeOf<Redis>().toExtend<RedisClient>()
    expectTypeOf<Cluster>().toExtend<RedisClient>()
    expectTypeOf<{ client: Cluster; ttlMs: number }>().toExtend<RedisStoreOptions>()
    expectTypeOf<{ url: string }>().toExtend<RedisStoreOptions>()
    expectTypeOf<{ url: readonly string[]; prefix: string }>().toExtend<RedisStoreOptions>()
    expectTypeOf<{ prefix: string }>().not.toExtend<RedisStoreOptions>()
  })

  it('is a store', () => {
    expectTypeOf<RedisStore>().toExtend<Store>()
  })
})
