/**
 * A store in the browser (IndexedDB), shared by all pages and workers of one origin. It survives a
 * reload.
 *
 * Invariants: each operation is one transaction, or several for many records; closing a page leaves
 * only complete records. The browser may delete the database when it needs room.
 */

import { concatBytes, endOfPrefix, equalBytes } from '../bytes.ts'
import { StoreUnavailableError } from '../errors.ts'
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
import { openDatabase, resultOf, whenCommitted } from './indexeddb-requests.ts'
import { Operations } from './operations.ts'
import type { SizeBound } from './size-bound.ts'
import { type StoreMedium, storeParts } from './store-parts.ts'

/** Default of `name`. */
export const DEFAULT_DATABASE_NAME = 'forkstate'
/** Default of `maxBytes`. */
export const DEFAULT_MAX_INDEXEDDB_BYTES: number = 512 * 1024 * 1024
/** Version of the layout of the tables. */
const VERSION = 1
/** Most records in one transaction. */
const MAX_RECORDS_PER_TRANSACTION = 1_000
/** Most expired claims that are removed at the first claim. */
const MAX_SWEPT = 512

/** Options of the store. */
export interface IndexedDbStoreOptions {
  /** Name of the database. Default `forkstate`. */
  readonly name?: string | undefined
  /**
   * Maximum of bytes of records; the least recently used blocks above it are dropped. Default 512
   * MiB.
   */
  readonly maxBytes?: number | undefined
}

interface Head {
  readonly records: number
  readonly bytes: number
  readonly usedAtMs: number
}

interface Claim {
  readonly holder: Uint8Array
  readonly endsAtMs: number
}

type Table = 'groups' | 'records' | 'claims'

/** A {@link FullStore} in IndexedDB. The first operation opens the database. */
export class IndexedDbStore implements FullStore {
  readonly claims: StoreClaims
  readonly groups: StoreGroups
  readonly #name: string
  readonly #bound: SizeBound
  readonly #operations = new Operations()
  #opening: Promise<IDBDatabase> | undefined
  #isSwept = false

  /** @throws InvalidInputError if `maxBytes` is not a number of at least 1. */
  constructor(options: IndexedDbStoreOptions = {}) {
    const { name = DEFAULT_DATABASE_NAME, maxBytes = DEFAULT_MAX_INDEXEDDB_BYTES } = options
    this.#name = name
    const medium: StoreMedium = {
      claim: (keys, terms) => this.#claim(keys, terms),
      release: (keys, holder) => this.#release(keys, holder),
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

  getMany(keys: readonly RecordKey[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#operations.run(() => {
      return this.#read('records', (records) => {
        return Promise.all(
          keys.map((key) => resultOf<Uint8Array | undefined>(records.get(nameOf(key)))),
        )
      })
    })
  }

  putMany(records: readonly StoreRecord[]): Promise<void> {
    return this.#operations.run(async () => {
      requireKeys(records)
      let written = 0
      for (const part of inParts(records)) written += await this.#put(part)
      await this.#bound.wrote(written)
    })
  }

  deleteMany(keys: readonly RecordKey[]): Promise<void> {
    return this.#operations.run(async () => {
      for (const part of inParts(keys)) await this.#change(part, () => undefined)
    })
  }

  async close(): Promise<void> {
    await this.#operations.close()
    const opening = this.#opening
    this.#opening = undefined
    const database = await opening?.catch(() => undefined)
    database?.close()
  }

  // Records.

  async #put(records: readonly StoreRecord[]): Promise<number> {
    const values = new Map(records.map((record) => [keyText(record), record.value]))
    await this.#change(records, (key) => values.get(keyText(key)))
    return records.reduce((sum, { item, value }) => sum + recordBytes(item, value), 0)
  }

  /**
   * Gives records new values, or removes those without one, and updates the group statistics. Ends
   * the claims on them.
   */
  async #change(
    keys: readonly RecordKey[],
    newValue: (key: RecordKey) => Uint8Array | undefined,
  ): Promise<void> {
    const unique = [...new Map(keys.map((key) => [keyText(key), key])).values()]
    await this.#write(['records', 'groups', 'claims'], async (table) => {
      const [records, groups, claims] = [table('records'), table('groups'), table('claims')]
      const before = await Promise.all(
        unique.map((key) => resultOf<Uint8Array | undefined>(records.get(nameOf(key)))),
      )
      const heads = new Map<
        string,
        { readonly group: Uint8Array; records: number; bytes: number }
      >()
      unique.forEach((key, at) => {
        const growth = heads.get(textOf(key.group)) ?? { group: key.group, records: 0, bytes: 0 }
        heads.set(textOf(key.group), growth)
        const [old, value] = [before[at], newValue(key)]
        growth.records += (value === undefined ? 0 : 1) - (old === undefined ? 0 : 1)
        growth.bytes += sizeOf(key, value) - sizeOf(key, old)
        if (value === undefined) records.delete(nameOf(key))
        else if (old === undefined || !equalBytes(old, value))
          records.put(value.slice(), nameOf(key))
        if (value !== undefined) claims.delete(nameOf(key))
      })
      for (const { group, ...growth } of heads.values()) await addToHead(groups, group, growth)
    })
  }

  async *#records(group: Uint8Array): AsyncGenerator<GroupRecord> {
    const prefix = prefixOf(group)
    const end = endOfPrefix(prefix)
    let range = IDBKeyRange.bound(prefix, end, false, true)
    for (;;) {
      const from = range
      const { names, values } = await this.#read('records', async (records) => {
        const [found, list] = await Promise.all([
          resultOf(records.getAllKeys(from, MAX_RECORDS_PER_TRANSACTION)),
          resultOf<Uint8Array[]>(records.getAll(from, MAX_RECORDS_PER_TRANSACTION)),
        ])
        return { names: found.map((name) => new Uint8Array(name as ArrayBuffer)), values: list }
      })
      for (const [at, name] of names.entries()) {
        yield { item: name.slice(prefix.length), value: values[at] as Uint8Array }
      }
      const last = names.at(-1)
      if (last === undefined || names.length < MAX_RECORDS_PER_TRANSACTION) return
      range = IDBKeyRange.bound(last, end, true, true)
    }
  }

  // Groups.

  async *#list(): AsyncGenerator<StoreGroup> {
    const { names, heads } = await this.#read('groups', async (groups) => {
      const [found, list] = await Promise.all([
        resultOf(groups.getAllKeys()),
        resultOf<Head[]>(groups.getAll()),
      ])
      return { names: found, heads: list }
    })
    for (const [at, name] of names.entries()) {
      yield { group: new Uint8Array(name as ArrayBuffer), ...(heads[at] as Head) }
    }
  }

  async #touch(groups: readonly Uint8Array[]): Promise<void> {
    await this.#write(['groups'], async (table) => {
      for (const group of groups) await addToHead(table('groups'), group, { records: 0, bytes: 0 })
    })
  }

  async #deleteGroup(group: Uint8Array): Promise<void> {
    requireGroup(group)
    const prefix = prefixOf(group)
    await this.#write(['records', 'groups'], async (table) => {
      table('records').delete(IDBKeyRange.bound(prefix, endOfPrefix(prefix), false, true))
      await resultOf(table('groups').delete(group.slice()))
    })
  }

  // Claims.

  async #claim(keys: readonly RecordKey[], terms: ClaimOptions): Promise<readonly ClaimOutcome[]> {
    requireKeys(keys)
    requireClaimOptions(terms)
    return await this.#write(['records', 'claims'], async (table) => {
      const [records, claims] = [table('records'), table('claims')]
      const now = Date.now()
      if (!this.#isSwept) await sweep(claims, now)
      this.#isSwept = true
      const names = keys.map(nameOf)
      const [counts, held] = await Promise.all([
        Promise.all(names.map((name) => resultOf(records.count(name)))),
        Promise.all(names.map((name) => resultOf<Claim | undefined>(claims.get(name)))),
      ])
      return names.map((name, at) => {
        if (counts[at] !== 0) return 'stored'
        const claim = held[at]
        const isMine = claim === undefined || equalBytes(claim.holder, terms.holder)
        if (!isMine && claim.endsAtMs > now) return 'held'
        claims.put({ holder: terms.holder.slice(), endsAtMs: now + terms.ttlMs }, name)
        return 'granted'
      })
    })
  }

  async #release(keys: readonly RecordKey[], holder: Uint8Array): Promise<void> {
    await this.#write(['claims'], async (table) => {
      const claims = table('claims')
      const names = keys.map(nameOf)
      const held = await Promise.all(
        names.map((name) => resultOf<Claim | undefined>(claims.get(name))),
      )
      names.forEach((name, at) => {
        const claim = held[at]
        if (claim !== undefined && equalBytes(claim.holder, holder)) claims.delete(name)
      })
    })
  }

  // The database.

  async #read<Value>(
    table: Table,
    reading: (table: IDBObjectStore) => Promise<Value>,
  ): Promise<Value> {
    try {
      const database = await this.#open()
      return await reading(database.transaction([table], 'readonly').objectStore(table))
    } catch (cause) {
      throw unavailable('the IndexedDB store cannot be read', cause)
    }
  }

  /** Commits all changes or none. */
  async #write<Value>(
    tables: readonly Table[],
    changing: (table: (name: Table) => IDBObjectStore) => Promise<Value>,
  ): Promise<Value> {
    try {
      const database = await this.#open()
      const transaction = database.transaction([...tables], 'readwrite', { durability: 'relaxed' })
      const committed = whenCommitted(transaction)
      const changes = changing((name) => transaction.objectStore(name))
      changes.catch(() => abort(transaction))
      const [value] = await Promise.all([changes, committed])
      return value
    } catch (cause) {
      throw unavailable('the IndexedDB store cannot be written', cause)
    }
  }

  #open(): Promise<IDBDatabase> {
    this.#opening ??= openDatabase({
      name: this.#name,
      version: VERSION,
      upgrade: (database) => {
        const tables: readonly Table[] = ['groups', 'records', 'claims']
        for (const table of tables) database.createObjectStore(table)
      },
      onLost: () => {
        this.#opening = undefined
      },
    }).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }
}

/**
 * Updates a group's head: its counts, and that it is used now. A group without records has no head.
 */
async function addToHead(
  groups: IDBObjectStore,
  group: Uint8Array,
  growth: Pick<Head, 'records' | 'bytes'>,
): Promise<void> {
  const name = group.slice()
  const head = await resultOf<Head | undefined>(groups.get(name))
  const records = (head?.records ?? 0) + growth.records
  if (records === 0) {
    groups.delete(name)
    return
  }
  const bytes = (head?.bytes ?? 0) + growth.bytes
  groups.put({ records, bytes, usedAtMs: Date.now() }, name)
}

async function sweep(claims: IDBObjectStore, now: number): Promise<void> {
  const [names, held] = await Promise.all([
    resultOf(claims.getAllKeys(undefined, MAX_SWEPT)),
    resultOf<Claim[]>(claims.getAll(undefined, MAX_SWEPT)),
  ])
  names.forEach((name, at) => {
    if ((held[at] as Claim).endsAtMs <= now) claims.delete(name)
  })
}

/** Undoes the changes of a transaction that failed. */
function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort()
  } catch {
    // It has ended already.
  }
}

function prefixOf(group: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(Uint8Array.of(group.length), group)
}

function nameOf({ group, item }: RecordKey): Uint8Array<ArrayBuffer> {
  return concatBytes(Uint8Array.of(group.length), group, item)
}

function sizeOf({ item }: RecordKey, value: Uint8Array | undefined): number {
  return value === undefined ? 0 : recordBytes(item, value)
}

function* inParts<Item>(items: readonly Item[]): Iterable<readonly Item[]> {
  for (let start = 0; start < items.length; start += MAX_RECORDS_PER_TRANSACTION) {
    yield items.slice(start, start + MAX_RECORDS_PER_TRANSACTION)
  }
}

function unavailable(message: string, cause: unknown): StoreUnavailableError {
  if (cause instanceof StoreUnavailableError) return cause
  return new StoreUnavailableError(message, {
    cause,
    details: cause instanceof Error ? cause.message : String(cause),
    hint: 'check that the page may store data and has room left',
  })
}
