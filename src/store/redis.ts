/**
 * Entry point `forkstate/store/redis`: facts in Redis or Valkey, shared by the machines of a fleet.
 * Needs the package `ioredis`, or a client of the caller's.
 */

export type { RedisClient, RedisTarget } from './media/redis-commands.ts'
export type { RedisStoreOptions } from './media/redis-store.ts'
export { DEFAULT_REDIS_PREFIX, RedisStore } from './media/redis-store.ts'
