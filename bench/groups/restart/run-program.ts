/**
 * Program: one run in a process of its own, over a store that an earlier one may have filled.
 * Argument: a `RunOrder` as JSON. Prints a `RunReport`.
 */

import { LmdbStore } from '../../../src/store/lmdb.ts'
import { RedisStore } from '../../../src/store/redis.ts'
import type { SampleSize } from '../../../test/integration/many-contracts.ts'
import { forkContenders } from '../../kit/forks.ts'
import { type RunReport, runOverStore, timedRun } from './reads.ts'

export interface RunOrder {
  readonly url: string
  readonly block: string
  readonly size: SampleSize
  readonly keeper: Keeper
}

/** Where a store is; or the name of a contender, which has none. */
export type Keeper =
  | { readonly lmdbFolder: string }
  | { readonly redisUrl: string }
  | { readonly contender: string }

const { url, block, size, keeper } = JSON.parse(process.argv[2] ?? '') as RunOrder
console.log(JSON.stringify(await run()))
process.exit(0)

async function run(): Promise<RunReport> {
  if ('lmdbFolder' in keeper) {
    return await runOverStore(size, url, () => new LmdbStore({ path: keeper.lmdbFolder }))
  }
  if ('redisUrl' in keeper) {
    return await runOverStore(size, url, () => new RedisStore({ url: keeper.redisUrl }))
  }
  const open = await forkContenders.find(({ name }) => name === keeper.contender)?.open()
  if (open === undefined) throw new Error(`there is no contender ${keeper.contender}`)
  return await timedRun(size, () => open({ url, block: BigInt(block) }))
}
