/**
 * A page that makes one run over IndexedDB, which an earlier load of it may have filled, and shows
 * a `RunReport`. In its address: `node`, `accounts`, `slotsEach`.
 */

import { IndexedDbStore } from '../../src/store/indexeddb.ts'
import { loadWasm } from '../../src/wasm.ts'
import { openOverStore, type RunReport, timedRun } from './restart-reads.ts'

const asked = new URLSearchParams(location.search)
const size = {
  accounts: Number(asked.get('accounts')),
  slotsEach: Number(asked.get('slotsEach')),
}

document.body.append(JSON.stringify(await run()))

/** The core is loaded in the time, since there is no page without that. */
async function run(): Promise<RunReport> {
  let store: IndexedDbStore | undefined
  const report = await timedRun(size, async () => {
    store = new IndexedDbStore()
    return openOverStore(asked.get('node') ?? '', store, await loadWasm())
  })
  await store?.close()
  return report
}
