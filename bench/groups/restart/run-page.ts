/**
 * A page that makes one run over IndexedDB, which an earlier load of it may have filled, and shows
 * a `RunReport`. In its address: `node`, `accounts`, `slotsEach`.
 */

import { IndexedDbStore } from '../../../src/store/indexeddb.ts'
import { loadWasm } from '../../../src/wasm.ts'
import { runOverStore } from './reads.ts'

const asked = new URLSearchParams(location.search)
const size = { accounts: Number(asked.get('accounts')), slotsEach: Number(asked.get('slotsEach')) }
const url = asked.get('node') ?? ''

// The core is loaded in the time, since there is no page without that.
const report = await runOverStore(size, url, () => new IndexedDbStore(), loadWasm)
document.body.append(JSON.stringify(report))
