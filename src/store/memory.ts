/**
 * Entry point `forkstate/store/memory`: facts in the memory of the process, shared by its forks.
 */

export type { MemoryStoreOptions } from './media/memory-store.ts'
export { DEFAULT_MAX_MEMORY_BYTES, MemoryStore } from './media/memory-store.ts'
