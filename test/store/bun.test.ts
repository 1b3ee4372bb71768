/** Bun and Node share an LMDB store. */

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { keepEveryBlock } from '../../src/store/facts/block-policy.ts'
import { FactStore } from '../../src/store/facts/fact-store.ts'
import { LmdbStore } from '../../src/store/lmdb.ts'
import { block, keysOf, sampleFacts } from './fact-samples.ts'
import { loadAll } from './loading.ts'
import { startProgram } from './programs.ts'

const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url))

describe.skipIf(!existsSync(bun))('an LMDB store that Bun wrote', () => {
  it('is read by Node', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'forkstate-bun-'))
    const program = fileURLToPath(new URL('bun-writer.ts', import.meta.url))
    const { ended } = startProgram(bun, ['run', program, folder], { stdio: 'inherit' })
    expect(await ended).toBe('0')
    const store = new LmdbStore({ path: folder })
    const cache = new FactStore(store, { policy: keepEveryBlock })
    const facts = cache.forBlock({ block, proven: true })
    expect((await loadAll(facts, keysOf(sampleFacts))).facts).toEqual(sampleFacts)
    await cache.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
})
