/**
 * A page that makes one run over IndexedDB, which an earlier load of it may have filled, and shows
 * a `RunReport`. In its address: `url`, and `size` as JSON.
 */

import { IndexedDbStore } from '../../../src/store/indexeddb.ts'
import { loadWasm } from '../../../src/wasm.ts'
import type { SampleSize } from '../../../test/integration/many-contracts.ts'
import { runOverStore } from './reads.ts'

const asked = new URLSearchParams(location.search)
const size: SampleSize = JSON.parse(asked.get('size') ?? '')
const url = asked.get('url') ?? ''
// The core is loaded in the time, since there is no page without that.
const report = await runOverStore(size, url, () => new IndexedDbStore(), loadWasm)
document.body.append(JSON.stringify(report))
