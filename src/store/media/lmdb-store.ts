/**
 * A store in a folder on disk (LMDB), for Node.js and Bun, shared by all processes of a machine
 * that open it. Needs the package `lmdb`.
 *
 * Invariants: a write is committed completely or not at all, and a process that is killed at any
 * moment leaves only complete records and no lock. Group statistics are exact. The folder must be
 * on a local disk: LMDB does not work on network file systems.
 */

import { equalBytes } from '../bytes.ts'
import { requireGroup, requireKeys } from '../key-check.ts'
import {
  type FullStore,
  type GroupRecord,
  type RecordKey,
  recordBytes,
  type StoreClaims,
  type StoreGroup,
  type StoreGroups,
  type StoreRecord,
} from '../store.ts'
import { LmdbClaims } from './lmdb-claims.ts'
import { LmdbEnvironment, type LmdbTree, type LmdbWriter } from './lmdb-environment.ts'
import * as layout from './lmdb-layout.ts'
import { Operations } from './operations.ts'
import type { SizeBound } from './size-bound.ts'
import { type StoreMedium, storeParts } from './store-parts.ts'

/** Default of `maxBytes`. */
export const DEFAULT_MAX_LMDB_BYTES: number = 4 * 1024 * 1024 * 1024
/** Most records changed in one transaction, which blocks writes of other processes. */
const MAX_RECORDS_PER_TRANSACTION = 256

/** Options of the store. */
export interface LmdbStoreOptions {
  /** A folder, which is created if it does not exist. */
  readonly path: string
  /**
   * Maximum of bytes of records; the least recently used blocks above it are dropped. The file
   * takes up to twice as much. Default 4 GiB.
   */
  readonly maxBytes?: number | undefined
}

/** A {@link FullStore} in a folder. The first operation opens it. */
export class LmdbStore implements FullStore {
  readonly claims: StoreClaims
  readonly groups: StoreGroups
  readonly #path: string
  readonly #environment: LmdbEnvironment
  readonly #bound: SizeBound
  readonly #operations = new Operations()
  #lmdbClaims: LmdbClaims | undefined
  #isResumed = false

  /** @throws InvalidInputError if `maxBytes` is not a number of at least 1. */
  constructor(options: LmdbStoreOptions) {
    const { path, maxBytes = DEFAULT_MAX_LMDB_BYTES } = options
    this.#path = path
    this.#environment = new LmdbEnvironment({ path, kind: 'folder', isVolatile: false })
    const medium: StoreMedium = {
      claim: (keys, terms) => this.#openClaims().claim(keys, terms),
      release: (keys, holder) => this.#openClaims().release(keys, holder),
      list: () => this.#list(),
      records: (group) => this.#records(group),
      touch: (groups) => this.#touch(groups),
      delete: (group) => this.#deleteGroup(group),
    }
    const parts = storeParts(this.#operations, medium, maxBytes)
    this.claims = parts.claims
    this.groups = parts.groups
    this.#bound = parts.bound
  }

  async getMany(keys: readonly RecordKey[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.#operations.requireOpen()
    return this.#environment.read((tree) => {
      const numberOf = groupNumbers(tree)
      return keys.map(({ group, item }) => {
        const number = numberOf(group)
        return number === undefined ? undefined : tree.get(layout.itemKey(number, item))
      })
    })
  }

  putMany(records: readonly StoreRecord[]): Promise<void> {
    return this.#operations.run(() => this.#putMany(records))
  }

  deleteMany(keys: readonly RecordKey[]): Promise<void> {
    return this.#operations.run(async () => {
      for (const part of inParts(keys)) {
        await this.#environment.write((tree) => deleteAll(tree, part))
      }
    })
  }

  async close(): Promise<void> {
    await this.#operations.close()
    await this.#environment.close()
    await this.#lmdbClaims?.close()
  }

  async #putMany(records: readonly StoreRecord[]): Promise<void> {
    requireKeys(records)
    await this.#finishDeletions()
    let written = 0
    for (const part of inParts(records)) {
      written += await this.#environment.write((tree) => putAll(tree, part))
    }
    await this.#endClaims(records)
    await this.#bound.wrote(written)
  }

  #openClaims(): LmdbClaims {
    this.#lmdbClaims ??= new LmdbClaims(this.#path, (keys) => this.#areStored(keys))
    return this.#lmdbClaims
  }

  #areStored(keys: readonly RecordKey[]): readonly boolean[] {
    return this.#environment.read((tree) => {
      const numberOf = groupNumbers(tree)
      return keys.map(({ group, item }) => {
        const number = numberOf(group)
        return number !== undefined && tree.has(layout.itemKey(number, item))
      })
    })
  }

  /**
   * The records are stored; it is not a failure if other processes wait a little longer for them.
   */
  async #endClaims(keys: readonly RecordKey[]): Promise<void> {
    try {
      await this.#openClaims().end(keys)
    } catch {
      // The claims expire.
    }
  }

  async *#list(): AsyncGenerator<StoreGroup> {
    for await (const { key, value } of this.#environment.scan(layout.HEADS_START)) {
      yield layout.groupOf(key, value)
    }
  }

  async *#records(group: Uint8Array): AsyncGenerator<GroupRecord> {
    const number = this.#environment.read((tree) => groupNumbers(tree)(group))
    if (number === undefined) return
    for await (const { key, value } of this.#environment.scan(layout.recordsStart(number))) {
      yield { item: layout.itemOfKey(key), value }
    }
  }

  async #touch(groups: readonly Uint8Array[]): Promise<void> {
    for (const part of inParts(groups)) {
      await this.#environment.write((tree) => {
        for (const group of part) {
          const value = tree.get(layout.headKey(group))
          if (value === undefined) continue
          const head = { ...layout.decodeHead(value), usedAtMs: Date.now() }
          tree.put(layout.headKey(group), layout.encodeHead(head))
        }
      })
    }
  }

  /** Hides the group at once, then removes its records in parts. */
  async #deleteGroup(group: Uint8Array): Promise<void> {
    requireGroup(group)
    const number = await this.#environment.write((tree) => {
      const value = tree.get(layout.headKey(group))
      if (value === undefined) return undefined
      const head = layout.decodeHead(value)
      tree.remove(layout.headKey(group))
      tree.put(layout.doomedKey(head.number), new Uint8Array(0))
      return head.number
    })
    if (number === undefined) return
    this.#environment.forgetDeadReaders()
    await this.#removeRecords(number)
  }

  async #removeRecords(number: number): Promise<void> {
    const start = layout.recordsStart(number)
    const end = layout.recordsStart(number + 1)
    for (let isDone = false; !isDone; ) {
      isDone = await this.#environment.write((tree) => {
        const entries = tree.range(start, end)
        for (const { key } of entries) tree.remove(key)
        if (entries.length === 0) tree.remove(layout.doomedKey(number))
        return entries.length === 0
      })
    }
  }

  /** Finishes deletions that a killed process began. */
  async #finishDeletions(): Promise<void> {
    if (this.#isResumed) return
    const doomed = this.#environment.read((tree) => {
      return tree.range(layout.DOOMED_START, layout.DOOMED_END)
    })
    for (const { key } of doomed) await this.#removeRecords(layout.numberOfDoomedKey(key))
    this.#isResumed = true
  }
}

/** Looks up the numbers of groups; consecutive keys of one group cost one lookup. */
function groupNumbers(tree: LmdbTree): (group: Uint8Array) => number | undefined {
  let last: Uint8Array | undefined
  let number: number | undefined
  return (group) => {
    if (group === last) return number
    const head = tree.get(layout.headKey(group))
    last = group
    number = head === undefined ? undefined : layout.decodeHead(head).number
    return number
  }
}

function putAll(tree: LmdbWriter, records: readonly StoreRecord[]): number {
  const heads = new OpenHeads(tree)
  let written = 0
  for (const { group, item, value } of records) {
    const head = heads.openOrMake(group)
    const key = layout.itemKey(head.number, item)
    const before = tree.get(key)
    if (before !== undefined && equalBytes(before, value)) continue
    tree.put(key, value)
    const bytes = recordBytes(item, value)
    head.records += before === undefined ? 1 : 0
    head.bytes += bytes - (before === undefined ? 0 : recordBytes(item, before))
    written += bytes
  }
  heads.write()
  return written
}

function deleteAll(tree: LmdbWriter, keys: readonly RecordKey[]): void {
  const heads = new OpenHeads(tree)
  for (const { group, item } of keys) {
    const head = heads.open(group)
    if (head === undefined) continue
    const key = layout.itemKey(head.number, item)
    const before = tree.get(key)
    if (before === undefined) continue
    tree.remove(key)
    head.records--
    head.bytes -= recordBytes(item, before)
  }
  heads.write()
}

/** The heads of the groups that a transaction changes. */
class OpenHeads {
  readonly #tree: LmdbWriter
  readonly #heads = new Map<string, { readonly key: Uint8Array; readonly head: layout.GroupHead }>()

  constructor(tree: LmdbWriter) {
    this.#tree = tree
  }

  open(group: Uint8Array): layout.GroupHead | undefined {
    const text = String.fromCharCode(...group)
    const known = this.#heads.get(text)
    if (known !== undefined) return known.head
    const key = layout.headKey(group)
    const value = this.#tree.get(key)
    if (value === undefined) return undefined
    const head = layout.decodeHead(value)
    this.#heads.set(text, { key, head })
    return head
  }

  openOrMake(group: Uint8Array): layout.GroupHead {
    const known = this.open(group)
    if (known !== undefined) return known
    const next = this.#tree.get(layout.NEXT_NUMBER_KEY)
    const number = next === undefined ? 1 : layout.decodeNumber(next)
    this.#tree.put(layout.NEXT_NUMBER_KEY, layout.encodeNumber(number + 1))
    const head = { number, records: 0, bytes: 0, usedAtMs: 0 }
    this.#heads.set(String.fromCharCode(...group), { key: layout.headKey(group), head })
    return head
  }

  /** Writes the heads back, as used now; a group without records gets none. */
  write(): void {
    const usedAtMs = Date.now()
    for (const { key, head } of this.#heads.values()) {
      if (head.records === 0) this.#tree.remove(key)
      else this.#tree.put(key, layout.encodeHead({ ...head, usedAtMs }))
    }
  }
}

function* inParts<Item>(items: readonly Item[]): Iterable<readonly Item[]> {
  for (let start = 0; start < items.length; start += MAX_RECORDS_PER_TRANSACTION) {
    yield items.slice(start, start + MAX_RECORDS_PER_TRANSACTION)
  }
}
