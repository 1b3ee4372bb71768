/** Entry point `forkstate/store/indexeddb`: facts in the browser, which survive a reload. */

export type { IndexedDbStoreOptions } from './media/indexeddb-store.ts'
export { DEFAULT_MAX_INDEXEDDB_BYTES, IndexedDbStore } from './media/indexeddb-store.ts'
