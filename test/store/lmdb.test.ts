/** The store contract over `LmdbStore`. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe } from 'vitest'
import { LmdbStore } from '../../src/store/lmdb.ts'
import { testStoreContract } from './contract.ts'

describe('LMDB store', () => {
  testStoreContract({
    name: 'LMDB',
    isShared: true,
    isKept: true,
    countsExactly: true,
    async makePlace() {
      const folder = await mkdtemp(path.join(tmpdir(), 'forkstate-lmdb-'))
      const stores: LmdbStore[] = []
      return {
        open(options) {
          const store = new LmdbStore({ path: folder, ...options })
          stores.push(store)
          return store
        },
        async destroy() {
          for (const store of stores) await store.close()
          await rm(folder, { recursive: true, force: true })
        },
      }
    },
  })
})
