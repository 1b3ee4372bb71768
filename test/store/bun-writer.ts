/** A program for Bun that saves the sample of facts in an LMDB store. Argument: the folder. */

import { keepEveryBlock } from '../../src/store/facts/block-policy.ts'
import { FactStore } from '../../src/store/facts/fact-store.ts'
import { LmdbStore } from '../../src/store/lmdb.ts'
import { block, sampleFacts } from './fact-samples.ts'

const [folder = ''] = process.argv.slice(2)
const store = new LmdbStore({ path: folder })
const cache = new FactStore(store, { policy: keepEveryBlock })
cache.forBlock({ block, proven: true }).save(sampleFacts)
await cache.close()
await store.close()
