/**
 * The facts of one block as one file, to move them between stores: accounts, slots, and the code of
 * those accounts.
 *
 * The file, with big-endian integers:
 *
 * - head: the text `forkstate-facts` and a line feed; version, 1 byte; length of the block's name,
 *   1 byte; the name
 * - a record of the block: 1, length of its item in 1 byte, length of its value in 4; item; value
 * - a code: 2, then the same with the code hash as item
 * - tail: 0, number of records in 4 bytes, CRC-32C of everything before it in 4 bytes
 *
 * Values are records in the form of a store, with their own checksums. A checksum detects damage,
 * not forgery: trust a file only as much as its source.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { ByteReader, type ByteSource } from './byte-reader.ts'
import { concatBytes, equalBytes } from './bytes.ts'
import { crc32c } from './crc32c.ts'
import { InvalidExportError, StoreLimitError } from './errors.ts'
import { blockGroup, codeKey, describeGroup, kindOfKey, textOf } from './facts/fact-key.ts'
import { decodeFact } from './facts/fact-record.ts'
import { openRecord } from './facts/record.ts'
import { type GroupRecord, MAX_GROUP_BYTES, type Store, type StoreRecord } from './store.ts'
import { groupsOf } from './store-tools.ts'

/** Version of the files written here; no other version is read. */
export const EXPORT_VERSION = 1
/** Default of `maxBytes` for an imported file, which is held in memory. */
export const DEFAULT_MAX_IMPORT_BYTES: number = 512 * 1024 * 1024

const MAGIC = new TextEncoder().encode('forkstate-facts\n')
const TAIL = 0
const BLOCK_RECORD = 1
const CODE_RECORD = 2
/** A chunk is yielded when it has this many bytes. */
const CHUNK_BYTES = 65_536
/** Number of codes looked up, or records written, at a time. */
const BATCH = 512

/** Which facts to export. */
export interface ExportedBlock {
  readonly chainId: bigint
  /** 32 bytes. */
  readonly hash: Hex
  /**
   * Whether to export the facts proven against the state root of the block, or the unproven ones.
   * Default true.
   */
  readonly proven?: boolean | undefined
}

/** What was imported. */
export interface ImportSummary {
  readonly chainId: bigint
  readonly hash: Hex
  readonly proven: boolean
  /** Accounts and slots. */
  readonly records: number
  readonly codes: number
  /** Length of the file. */
  readonly bytes: number
}

/**
 * Exports one block as a file, in chunks. Damaged records are left out, as if they were absent.
 *
 * @throws InvalidInputError if the store does not have the block, or does not implement groups.
 * @throws StoreUnavailableError if the store does not work now.
 * @example
 * await writeFile('block.facts', exportBlock(store, { chainId: 1n, hash }))
 */
export async function* exportBlock(
  store: Store,
  { chainId, hash, proven = true }: ExportedBlock,
): AsyncGenerator<Uint8Array, void, undefined> {
  const group = blockGroup({ chainId, hash }, { proven })
  const file = new FileParts()
  let isEmpty = true
  if (group !== undefined) {
    file.add(MAGIC, Uint8Array.of(EXPORT_VERSION, group.length), group)
    for await (const record of framesOf(store, group)) {
      isEmpty = false
      file.addRecord(record)
      if (file.length >= CHUNK_BYTES) yield file.take()
    }
  }
  if (isEmpty) {
    throw new InvalidInputError('the store has no facts of this block', {
      block: hash,
      details: `chain id ${chainId}, ${proven ? 'proven' : 'not proven'}`,
    })
  }
  file.end()
  yield file.take()
}

/** A record in the file. */
interface Frame {
  readonly tag: typeof BLOCK_RECORD | typeof CODE_RECORD
  readonly record: GroupRecord
}

async function* framesOf(store: Store, group: Uint8Array): AsyncGenerator<Frame> {
  const seen = new Set<Hex>()
  let hashes: Hex[] = []
  for await (const record of groupsOf(store).records(group)) {
    const key = { group, item: record.item }
    if (openRecord(key, record.value).state !== 'whole') continue
    yield { tag: BLOCK_RECORD, record }
    const codeHash = codeHashOf(key, record.value)
    if (codeHash === undefined || seen.has(codeHash)) continue
    seen.add(codeHash)
    hashes.push(codeHash)
    if (hashes.length < BATCH) continue
    yield* codesOf(store, hashes)
    hashes = []
  }
  yield* codesOf(store, hashes)
}

async function* codesOf(store: Store, hashes: readonly Hex[]): AsyncGenerator<Frame> {
  const keys = hashes.map(codeKey)
  const values = await store.getMany(keys)
  for (const [at, key] of keys.entries()) {
    const value = values[at]
    if (value === undefined || openRecord(key, value).state !== 'whole') continue
    yield { tag: CODE_RECORD, record: { item: key.group, value } }
  }
}

function codeHashOf(key: Omit<StoreRecord, 'value'>, value: Uint8Array): Hex | undefined {
  if (kindOfKey(key) !== 'account') return undefined
  const fact = decodeFact(key, { kind: 'account', address: '0x', word: '0x' }, value)
  return typeof fact === 'object' && fact.kind === 'account' ? fact.account.codeHash : undefined
}

/** The bytes of a file that were not yielded yet, and the checksum of all. */
class FileParts {
  #parts: Uint8Array[] = []
  #records = 0
  #checksum = 0
  length = 0

  add(...parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      this.#parts.push(part)
      this.length += part.length
      this.#checksum = crc32c(part, this.#checksum)
    }
  }

  addRecord({ tag, record: { item, value } }: Frame): void {
    this.#records++
    this.add(Uint8Array.of(tag, item.length), uint32(value.length), item, value)
  }

  end(): void {
    this.add(Uint8Array.of(TAIL), uint32(this.#records))
    this.add(uint32(this.#checksum))
  }

  take(): Uint8Array {
    const bytes = concatBytes(...this.#parts)
    this.#parts = []
    this.length = 0
    return bytes
  }
}

/** Options of an import. */
export interface ImportOptions {
  /** Maximum size of the file in bytes. Default 512 MiB. */
  readonly maxBytes?: number | undefined
}

/**
 * Imports the facts of a file into a store. Nothing is written before the whole file was verified.
 *
 * @throws InvalidExportError if the file is damaged, truncated, or not of this version.
 * @throws StoreLimitError if it is longer than `maxBytes`.
 * @throws StoreUnavailableError if the store does not work; some facts may be written then.
 * @example
 * await importBlock(store, createReadStream('block.facts'))
 */
export async function importBlock(
  store: Store,
  source: ByteSource,
  options: ImportOptions = {},
): Promise<ImportSummary> {
  const { maxBytes = DEFAULT_MAX_IMPORT_BYTES } = options
  const reader = new ByteReader(source)
  const file = await readFile(reader, maxBytes).finally(() => reader.close())
  for (let start = 0; start < file.records.length; start += BATCH) {
    await store.putMany(file.records.slice(start, start + BATCH))
  }
  return { ...file.imported, bytes: reader.taken }
}

interface CheckedFile {
  readonly records: readonly StoreRecord[]
  readonly imported: Omit<ImportSummary, 'bytes'>
}

async function readFile(reader: ByteReader, maxBytes: number): Promise<CheckedFile> {
  const group = await readHead(reader)
  const content = describeGroup(group)
  if (content?.kind !== 'block') throw new InvalidExportError('the file does not contain a block')
  const records: StoreRecord[] = []
  const seen = new Set<string>()
  let codes = 0
  for (;;) {
    const record = await readRecord(reader, group, maxBytes)
    if (record === undefined) break
    const text = textOf(record.group) + textOf(record.item)
    if (seen.has(text)) throw new InvalidExportError('the file contains a record twice')
    seen.add(text)
    if (record.group !== group) codes++
    records.push(record)
  }
  await readTail(reader, records.length)
  const { chainId, hash, proven } = content
  return { records, imported: { chainId, hash, proven, records: records.length - codes, codes } }
}

async function readHead(reader: ByteReader): Promise<Uint8Array> {
  const magic = await reader.take(MAGIC.length)
  if (!equalBytes(magic, MAGIC)) throw new InvalidExportError('the file is not an export of facts')
  const [version, length] = await reader.take(2)
  if (version !== EXPORT_VERSION) {
    throw new InvalidExportError('the file was written by another version of this program', {
      details: `version ${version}, expected ${EXPORT_VERSION}`,
    })
  }
  if (length === undefined || length > MAX_GROUP_BYTES) throw damaged(reader)
  return await reader.take(length)
}

/** Undefined at the tail. */
async function readRecord(
  reader: ByteReader,
  group: Uint8Array,
  maxBytes: number,
): Promise<StoreRecord | undefined> {
  const [tag] = await reader.take(1)
  if (tag === TAIL) return undefined
  if (tag !== BLOCK_RECORD && tag !== CODE_RECORD) throw damaged(reader)
  const sizes = await reader.take(5)
  const [itemLength, valueLength] = [sizes[0] as number, readUint32(sizes, 1)]
  if (reader.taken + itemLength + valueLength > maxBytes) {
    throw new StoreLimitError('the file is too long to be imported', {
      details: `more than ${maxBytes} bytes`,
      hint: 'raise maxBytes; the whole file is held in memory',
    })
  }
  const item = await reader.take(itemLength)
  const value = await reader.take(valueLength)
  const key = tag === BLOCK_RECORD ? { group, item } : { group: item, item: new Uint8Array(0) }
  const opened = openRecord(key, value)
  if (opened.state !== 'whole' || opened.kind !== kindOfKey(key)) throw damaged(reader)
  return { ...key, value }
}

async function readTail(reader: ByteReader, records: number): Promise<void> {
  const count = readUint32(await reader.take(4), 0)
  const expected = reader.checksum
  const checksum = readUint32(await reader.take(4), 0)
  if (count !== records || checksum !== expected) throw damaged(reader)
  if (!(await reader.isAtEnd())) throw new InvalidExportError('the file has bytes after its end')
}

function damaged(reader: ByteReader): InvalidExportError {
  return new InvalidExportError('the file is damaged', {
    details: `found at byte ${reader.taken}`,
    hint: 'export it again',
  })
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function readUint32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset)
}
