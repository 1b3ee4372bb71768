/** Entry point `forkstate/store/memory`: facts in the memory of the process, shared by its forks. */

export type { MemoryStoreOptions } from '../fork/store/memory-store.ts'
export { DEFAULT_MAX_MEMORY_BYTES, MemoryStore } from '../fork/store/memory-store.ts'
