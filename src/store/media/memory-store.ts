/**
 * A store in the memory of the process: for tests, and for forks of one process that come and go.
 * Its content ends with the process. It has a size limit like the others.
 */

import { keyText, textOf } from '../facts/fact-key.ts'
import { requireClaimOptions, requireGroup, requireKeys } from '../key-check.ts'
import {
  type ClaimOptions,
  type ClaimOutcome,
  type FullStore,
  type GroupRecord,
  type RecordKey,
  recordBytes,
  type StoreClaims,
  type StoreGroup,
  type StoreGroups,
  type StoreRecord,
} from '../store.ts'
import { Operations } from './operations.ts'
import type { SizeBound } from './size-bound.ts'
import { type StoreMedium, storeParts } from './store-parts.ts'

/** Default of `maxBytes`. */
export const DEFAULT_MAX_MEMORY_BYTES: number = 256 * 1024 * 1024

/** Options of the store. */
export interface MemoryStoreOptions {
  /**
   * Maximum of bytes of records; the least recently used blocks above it are dropped. Default
   * 268,435,456.
   */
  readonly maxBytes?: number | undefined
}

interface Group {
  readonly group: Uint8Array
  readonly records: Map<string, GroupRecord>
  bytes: number
  usedAtMs: number
}

interface Claim {
  readonly holder: string
  readonly endsAtMs: number
}

/** A {@link FullStore} in memory. */
export class MemoryStore implements FullStore {
  readonly claims: StoreClaims
  readonly groups: StoreGroups
  readonly #groups = new Map<string, Group>()
  readonly #claims = new Map<string, Claim>()
  readonly #bound: SizeBound
  readonly #operations = new Operations()

  /** @throws InvalidInputError if `maxBytes` is not a number of at least 1. */
  constructor(options: MemoryStoreOptions = {}) {
    const { maxBytes = DEFAULT_MAX_MEMORY_BYTES } = options
    const medium: StoreMedium = {
      claim: async (keys, terms) => this.#claim(keys, terms),
      release: async (keys, holder) => this.#release(keys, holder),
      list: () => this.#list(),
      records: (group) => this.#records(group),
      touch: async (groups) => this.#touch(groups),
      delete: (group) => this.#deleteGroup(group),
    }
    const parts = storeParts(this.#operations, medium, maxBytes)
    this.claims = parts.claims
    this.groups = parts.groups
    this.#bound = parts.bound
  }

  getMany(keys: readonly RecordKey[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#operations.run(async () => {
      return keys.map(({ group, item }) => {
        return this.#groups.get(textOf(group))?.records.get(textOf(item))?.value.slice()
      })
    })
  }

  putMany(records: readonly StoreRecord[]): Promise<void> {
    return this.#operations.run(async () => {
      requireKeys(records)
      let written = 0
      for (const record of records) {
        written += this.#put(record)
        this.#claims.delete(keyText(record))
      }
      await this.#bound.wrote(written)
    })
  }

  deleteMany(keys: readonly RecordKey[]): Promise<void> {
    return this.#operations.run(async () => {
      for (const key of keys) this.#delete(key)
    })
  }

  async close(): Promise<void> {
    await this.#operations.close()
    this.#groups.clear()
    this.#claims.clear()
  }

  #delete({ group: name, item }: RecordKey): void {
    const group = this.#groups.get(textOf(name))
    const record = group?.records.get(textOf(item))
    if (group === undefined || record === undefined) return
    group.records.delete(textOf(item))
    group.bytes -= recordBytes(record.item, record.value)
    if (group.records.size === 0) this.#groups.delete(textOf(name))
  }

  #put({ group: name, item, value }: StoreRecord): number {
    const group = this.#groups.get(textOf(name)) ?? {
      group: name.slice(),
      records: new Map<string, GroupRecord>(),
      bytes: 0,
      usedAtMs: 0,
    }
    this.#groups.set(textOf(name), group)
    const before = group.records.get(textOf(item))
    if (before !== undefined) group.bytes -= recordBytes(before.item, before.value)
    group.records.set(textOf(item), { item: item.slice(), value: value.slice() })
    group.bytes += recordBytes(item, value)
    group.usedAtMs = Date.now()
    return recordBytes(item, value)
  }

  #claim(keys: readonly RecordKey[], terms: ClaimOptions): readonly ClaimOutcome[] {
    requireKeys(keys)
    requireClaimOptions(terms)
    const now = Date.now()
    for (const [text, { endsAtMs }] of this.#claims) if (endsAtMs <= now) this.#claims.delete(text)
    const mine = textOf(terms.holder)
    return keys.map((key) => {
      if (this.#groups.get(textOf(key.group))?.records.has(textOf(key.item))) return 'stored'
      const { holder = mine } = this.#claims.get(keyText(key)) ?? {}
      if (holder !== mine) return 'held'
      this.#claims.set(keyText(key), { holder, endsAtMs: now + terms.ttlMs })
      return 'granted'
    })
  }

  #release(keys: readonly RecordKey[], holder: Uint8Array): void {
    for (const text of keys.map(keyText)) {
      if (this.#claims.get(text)?.holder === textOf(holder)) this.#claims.delete(text)
    }
  }

  async *#list(): AsyncGenerator<StoreGroup> {
    for (const { group, records, bytes, usedAtMs } of [...this.#groups.values()]) {
      yield { group: group.slice(), records: records.size, bytes, usedAtMs }
    }
  }

  async *#records(group: Uint8Array): AsyncGenerator<GroupRecord> {
    for (const { item, value } of [...(this.#groups.get(textOf(group))?.records.values() ?? [])]) {
      yield { item: item.slice(), value: value.slice() }
    }
  }

  #touch(groups: readonly Uint8Array[]): void {
    for (const name of groups) {
      const group = this.#groups.get(textOf(name))
      if (group !== undefined) group.usedAtMs = Date.now()
    }
  }

  async #deleteGroup(group: Uint8Array): Promise<void> {
    requireGroup(group)
    this.#groups.delete(textOf(group))
  }
}
