/** The store contract over `MemoryStore`. */

import { describe } from 'vitest'
import { MemoryStore } from '../../src/store/memory.ts'
import { testStoreContract } from './contract.ts'

describe('memory store', () => {
  testStoreContract({
    name: 'memory',
    isShared: false,
    isKept: false,
    countsExactly: true,
    async makePlace() {
      return { open: (options) => new MemoryStore(options), destroy: async () => {} }
    },
  })
})
