/**
 * Facts of the chain that outlive the process: a second run at the same block requests only the
 * block itself. Several processes may use the folder at the same time.
 *
 *     npx tsx examples/persistent-store.ts [URL]
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { StateManager } from '../src/index.ts'
import { keepEveryBlock } from '../src/store/index.ts' // in your project: 'forkstate/store'
import { LmdbStore } from '../src/store/lmdb.ts' // 'forkstate/store/lmdb'

const [rpcClient = 'http://127.0.0.1:8545'] = process.argv.slice(2)
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const factory = '0x4e59b44847b379578588920ca78fbf26c0b4956c'
const folder = mkdtempSync(path.join(tmpdir(), 'forkstate-example-'))

async function run(name: string): Promise<void> {
  const store = new LmdbStore({ path: folder })
  {
    using fork = new StateManager({
      rpcClient,
      store,
      // By default only settled blocks are stored, and a development node may have none.
      storeOptions: { policy: keepEveryBlock },
    })
    const [balance, code] = await Promise.all([fork.getBalance(alice), fork.getCode(factory)])
    console.log(`${name}: balance ${balance}, code of ${code.length / 2 - 1} bytes`)
    const { httpRequests, storeHits } = fork.metrics()
    console.log(`${name}: HTTP requests: ${httpRequests}, from the store: ${storeHits}`)
  }
  await store.close()
}

await run('first')
await run('second')
rmSync(folder, { recursive: true })
