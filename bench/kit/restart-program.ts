/**
 * Program: one run in a process of its own, over a store that an earlier one may have filled.
 * Argument: a `RunOrder` as JSON. Prints a `RunReport`.
 */

import { LmdbStore } from '../../src/store/lmdb.ts'
import { RedisStore } from '../../src/store/redis.ts'
import type { SampleSize } from '../../test/integration/many-contracts.ts'
import { forkContenders } from './fork-contenders.ts'
import { openOverStore, type RunReport, timedRun } from './restart-reads.ts'

/** What to run. */
export interface RunOrder {
  readonly url: string
  /** Number of the block to fork, decimal. */
  readonly block: string
  readonly size: SampleSize
  /** A store, and where it is; or the name of a contender, which has none. */
  readonly keeper: Keeper
}

export type Keeper =
  | { readonly store: 'lmdb'; readonly folder: string }
  | { readonly store: 'redis'; readonly redisUrl: string }
  | { readonly contender: string }

const { url, block, size, keeper } = JSON.parse(process.argv[2] ?? '') as RunOrder
console.log(JSON.stringify(await run()))
process.exit(0)

async function run(): Promise<RunReport> {
  if ('contender' in keeper) {
    const contender = forkContenders.find(({ name }) => name === keeper.contender)
    const open = await contender?.load()
    if (open === undefined) throw new Error(`there is no contender ${keeper.contender}`)
    return await timedRun(size, () => open({ url, block: BigInt(block) }))
  }
  switch (keeper.store) {
    case 'lmdb':
      return await overStore(() => new LmdbStore({ path: keeper.folder }))
    case 'redis':
      return await overStore(() => new RedisStore({ url: keeper.redisUrl }))
  }
}

/** Opening the store is in the time; closing it, which writes what is left, is not. */
async function overStore(openStore: () => LmdbStore | RedisStore): Promise<RunReport> {
  let store: LmdbStore | RedisStore | undefined
  const report = await timedRun(size, () => {
    store = openStore()
    return openOverStore(url, store)
  })
  await store?.close()
  return report
}
