/**
 * Entry point `forkstate/store/lmdb`: facts in a folder on disk, shared by the processes of a
 * machine. For Node.js and Bun; needs the package `lmdb`.
 */

export type { LmdbStoreOptions } from './media/lmdb-store.ts'
export { DEFAULT_MAX_LMDB_BYTES, LmdbStore } from './media/lmdb-store.ts'
