/**
 * One LMDB environment: an ordered tree of byte strings in a file that several processes share.
 *
 * The first operation opens it, and the next one tries again if that failed, so a full disk at the
 * start is only an outage. Reads see the newest commit. Ownership: holds the process's handle on
 * the file until it is closed.
 */

import { closeSync, openSync, readSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import { endOfPrefix } from '../bytes.ts'
import { StoreUnavailableError } from '../errors.ts'
import { sleep } from '../timers.ts'

/** Most keys read at a time, so that the process can do other work in between. */
export const MAX_KEYS_PER_TURN = 512
/** Most processes and threads that may have it open at the same time. */
const MAX_READERS = 1_022
/**
 * Address space for the file, which uses neither memory nor disk. Beyond it LMDB remaps the file
 * while other threads read and write; with a map that grew in this way, commits of processes that
 * had just opened the file were lost in about one of 300 starts.
 */
const MAP_BYTES: number = 16 * 1024 * 1024 * 1024
/**
 * Reads are of single records. Read-ahead of the operating system, megabytes on some machines,
 * makes the first ones slow. The package's types lack this option.
 */
const NO_READ_AHEAD = { noReadAhead: true }
/**
 * A failed commit reports its reason in a second promise, which is awaited for this long, in ms.
 */
const REASON_TIMEOUT_MS = 50

/** Timeout of closing, in ms. */
const CLOSE_TIMEOUT_MS = 500

const DATA_FILE = 'data.mdb'
/**
 * Offset of LMDB's magic number in the first page of its file, in the byte order of the machine.
 */
const MAGIC_AT = 24
const MAGIC = 0xbeefc0de
const HEAD_BYTES: number = MAGIC_AT + 4

/** Options of an environment. */
export interface LmdbEnvironmentOptions {
  readonly path: string
  /** Whether the path is a folder that contains the file, or the file itself. */
  readonly kind: 'folder' | 'file'
  /** Never waits for the disk: the content is worthless after a restart of the machine. */
  readonly isVolatile: boolean
}

/** A key and its value. */
export interface LmdbEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** An ordered map of byte strings. Returned bytes are copies. */
export interface LmdbTree {
  get(key: Uint8Array): Uint8Array | undefined
  has(key: Uint8Array): boolean
  /** At most {@link MAX_KEYS_PER_TURN} entries from `start` to before `end`. */
  range(start: Uint8Array, end: Uint8Array | undefined): readonly LmdbEntry[]
}

/** The tree within a transaction. */
export interface LmdbWriter extends LmdbTree {
  put(key: Uint8Array, value: Uint8Array): void
  remove(key: Uint8Array): void
}

type Database = RootDatabase<Uint8Array, Uint8Array>

/** An environment that opens itself when it is used. */
export class LmdbEnvironment {
  readonly #options: LmdbEnvironmentOptions
  #database: Database | undefined

  constructor(options: LmdbEnvironmentOptions) {
    this.#options = options
  }

  /** Reads the newest commit. @throws StoreUnavailableError */
  read<Value>(reading: (tree: LmdbTree) => Value): Value {
    const database = this.#open()
    try {
      database.resetReadTxn()
      return reading(new Tree(database))
    } catch (cause) {
      throw unavailable('the LMDB store cannot be read', this.#options.path, cause)
    }
  }

  /**
   * Runs changes in one transaction, exclusively among all processes. All of them are committed, or
   * none.
   *
   * @param changing Must not throw once it has changed something.
   * @throws StoreUnavailableError
   */
  async write<Value>(changing: (tree: LmdbWriter) => Value): Promise<Value> {
    const database = this.#open()
    try {
      return await database.transaction(() => changing(new Writer(database)))
    } catch (error) {
      const cause = await reasonOf(error)
      throw unavailable('the LMDB store cannot be written', this.#options.path, cause)
    }
  }

  /**
   * All entries whose key begins with `prefix`, in several reads; changes made meanwhile may be
   * seen in part.
   */
  async *scan(prefix: Uint8Array): AsyncGenerator<LmdbEntry> {
    const end = endOfPrefix(prefix)
    let start = prefix
    for (;;) {
      const from = start
      const entries = this.read((tree) => tree.range(from, end))
      yield* entries
      const last = entries.at(-1)
      if (last === undefined || entries.length < MAX_KEYS_PER_TURN) return
      start = Uint8Array.of(...last.key, 0)
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
  }

  /** Frees the pages that killed readers still pin. */
  forgetDeadReaders(): void {
    this.#open().readerCheck()
  }

  /** Releases the file. No operation may be in progress; a later one would open it again. */
  async close(): Promise<void> {
    const database = this.#database
    this.#database = undefined
    if (database === undefined) return
    // After a failed commit, LMDB waits for ever for that commit to reach the disk.
    const stop = new AbortController()
    const closing = database.close().finally(() => stop.abort())
    await Promise.race([closing, sleep(CLOSE_TIMEOUT_MS, stop.signal)])
  }

  #open(): Database {
    if (this.#database !== undefined) return this.#database
    const { path, kind, isVolatile } = this.#options
    try {
      requireDatabase(kind === 'folder' ? joinPath(path, DATA_FILE) : path)
      this.#database = open<Uint8Array, Uint8Array>({
        path,
        noSubdir: kind === 'file',
        encoding: 'binary',
        keyEncoding: 'binary',
        maxDbs: 1,
        maxReaders: MAX_READERS,
        // Without this, a failed commit also rejects a promise that nobody receives.
        eventTurnBatching: false,
        // A commit that was reported is on disk, so no recovery is needed.
        overlappingSync: false,
        noSync: isVolatile,
        noMetaSync: true,
        ...NO_READ_AHEAD,
        ...(process.arch.endsWith('64') && { mapSize: MAP_BYTES }),
      })
    } catch (cause) {
      throw unavailable('the LMDB store cannot be opened', path, cause)
    }
    return this.#database
  }
}

/** LMDB aborts the process if the file is not an LMDB database. */
function requireDatabase(file: string): void {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    const head = new DataView(new ArrayBuffer(HEAD_BYTES))
    const length = readSync(descriptor, head, 0, HEAD_BYTES, 0)
    const magics = [head.getUint32(MAGIC_AT, true), head.getUint32(MAGIC_AT, false)]
    if (length === 0 || (length === HEAD_BYTES && magics.includes(MAGIC))) return
    throw new Error(
      'the file is not an LMDB database, or is damaged; remove it to start with an empty store',
    )
  } finally {
    closeSync(descriptor)
  }
}

class Tree implements LmdbTree {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.#database.getBinary(asBuffer(key))
    return value === undefined ? undefined : Uint8Array.from(value)
  }

  has(key: Uint8Array): boolean {
    return this.#database.getBinaryFast(asBuffer(key)) !== undefined
  }

  range(start: Uint8Array, end: Uint8Array | undefined): readonly LmdbEntry[] {
    const bounds = end === undefined ? {} : { end: asBuffer(end) }
    const options = { start: asBuffer(start), limit: MAX_KEYS_PER_TURN, ...bounds }
    const entries: LmdbEntry[] = []
    for (const { key, value } of this.#database.getRange(options)) {
      entries.push({ key: Uint8Array.from(key), value: Uint8Array.from(value) })
    }
    return entries
  }
}

class Writer extends Tree implements LmdbWriter {
  readonly #database: Database

  constructor(database: Database) {
    super(database)
    this.#database = database
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#database.putSync(asBuffer(key), asBuffer(value))
  }

  remove(key: Uint8Array): void {
    this.#database.removeSync(asBuffer(key))
  }
}

/** A view, since LMDB accepts only the `Buffer` of Node.js. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { readonly commitError?: Promise<unknown> }
  if (commitError === undefined) return error
  const reason = commitError.then(
    () => error,
    (cause: unknown) => cause,
  )
  const noReason = new Promise((resolve) => setTimeout(resolve, REASON_TIMEOUT_MS, error))
  return await Promise.race([reason, noReason])
}

function unavailable(message: string, path: string, cause: unknown): StoreUnavailableError {
  if (cause instanceof StoreUnavailableError) return cause
  return new StoreUnavailableError(message, {
    cause,
    details: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'check that the folder is writable and the disk is not full',
  })
}
