/**
 * Entry point `forkstate/store/redis`: facts in Redis or Valkey, shared by many machines. Needs the
 * package `ioredis`, or a client of the caller.
 */

export type { RedisClient, RedisTarget } from './media/redis-commands.ts'
export type { RedisStoreOptions } from './media/redis-store.ts'
export { DEFAULT_REDIS_PREFIX, RedisStore } from './media/redis-store.ts'
