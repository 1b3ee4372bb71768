/** A store whose operations fail as a test wants, and are counted. */

import { MemoryStore } from '../../src/store/media/memory-store.ts'
import type {
  ClaimOptions,
  FullStore,
  RecordKey,
  StoreClaims,
  StoreGroups,
  StoreRecord,
} from '../../src/store/store.ts'

/** `short`: answers for fewer keys than were asked. `hang`: until `resume`. */
export type Fault = 'none' | 'reject' | 'throw' | 'hang' | 'short'

/** Over a memory store. */
export class FaultyStore implements FullStore {
  readonly inner: MemoryStore = new MemoryStore()
  readonly claims: StoreClaims
  readonly groups: StoreGroups
  readonly calls: Record<'get' | 'put' | 'delete' | 'claim' | 'release' | 'touch', number> = {
    get: 0,
    put: 0,
    delete: 0,
    claim: 0,
    release: 0,
    touch: 0,
  }
  reads: Fault = 'none'
  writes: Fault = 'none'
  claiming: Fault = 'none'
  #waiting: (() => void)[] = []

  constructor() {
    const { inner, calls } = this
    this.claims = {
      claim: (keys: readonly RecordKey[], terms: ClaimOptions) => {
        calls.claim++
        return this.#with(this.claiming, () => inner.claims.claim(keys, terms))
      },
      release: (keys, holder) => {
        calls.release++
        return this.#with(this.claiming, () => inner.claims.release(keys, holder))
      },
    }
    this.groups = {
      ...inner.groups,
      touch: (groups) => {
        calls.touch++
        return this.#with(this.writes, () => inner.groups.touch(groups))
      },
    }
  }

  getMany(keys: readonly RecordKey[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.calls.get++
    return this.#with(this.reads, () => this.inner.getMany(keys))
  }

  putMany(records: readonly StoreRecord[]): Promise<void> {
    this.calls.put++
    return this.#with(this.writes, () => this.inner.putMany(records))
  }

  deleteMany(keys: readonly RecordKey[]): Promise<void> {
    this.calls.delete++
    return this.#with(this.writes, () => this.inner.deleteMany(keys))
  }

  close(): Promise<void> {
    return this.inner.close()
  }

  /** Lets operations that hang go on. */
  resume(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #with<Value>(fault: Fault, operation: () => Promise<Value>): Promise<Value> {
    if (fault === 'throw') throw new Error('thrown by the store')
    return this.#perform(fault, operation)
  }

  async #perform<Value>(fault: Fault, operation: () => Promise<Value>): Promise<Value> {
    if (fault === 'reject') throw new Error('ENOSPC: no space left on device')
    if (fault === 'hang') await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const value = await operation()
    return fault === 'short' && Array.isArray(value) ? (value.slice(1) as Value) : value
  }
}
