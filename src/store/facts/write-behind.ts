/**
 * Writes records in the background: they are collected while a write is in progress, and written in
 * large batches. Records that are not written yet are found here, so that a saved fact is a hit.
 *
 * Invariants: the buffer never exceeds its bounds; what does not fit, and what the store does not
 * accept, is dropped and counted. Nothing here rejects or throws.
 */

import { recordBytes, type Store, type StoreRecord } from '../store.ts'
import type { StoreCounters } from './counters.ts'
import { keyText, textOf } from './fact-key.ts'
import type { StoreHealth } from './store-health.ts'

/** Most records in one write. */
export const MAX_RECORDS_PER_WRITE = 1_024
/** Most groups whose use is remembered, so that it is not written again and again. */
const MAX_TOUCHED_GROUPS = 16_384
/** Interval at which a group in use is marked as used, in ms. */
export const TOUCH_INTERVAL_MS: number = 10 * 60 * 1_000

/** Bounds of the buffer. */
export interface BufferBounds {
  readonly maxRecords: number
  readonly maxBytes: number
}

/** Dependencies of the buffer. */
export interface WriteContext {
  readonly store: Store
  readonly health: StoreHealth
  readonly counters: StoreCounters
  readonly bounds: BufferBounds
  /** Monotonic, ms. */
  readonly now: () => number
}

/** The buffer in front of one store. */
export class WriteBehind {
  readonly #context: WriteContext
  #buffer = new Map<string, StoreRecord>()
  /** Records that are being written. */
  #writing: ReadonlyMap<string, StoreRecord> = new Map()
  #bytes = 0
  #touches = new Map<string, Uint8Array>()
  #touchedAtMs = new Map<string, number>()
  #flushing: Promise<void> | undefined
  #isClosed = false

  constructor(context: WriteContext) {
    this.#context = context
  }

  /** Finds a record that is not written yet. */
  find(text: string): Uint8Array | undefined {
    return (this.#buffer.get(text) ?? this.#writing.get(text))?.value
  }

  /** Adds a record to be written soon; false if it was dropped. */
  add(record: StoreRecord): boolean {
    const { counters, bounds, health } = this.#context
    const text = keyText(record)
    const before = this.#buffer.get(text)
    const growth = sizeOf(record) - (before === undefined ? 0 : sizeOf(before))
    const isFull =
      this.#bytes + growth > bounds.maxBytes ||
      (before === undefined && this.#buffer.size >= bounds.maxRecords)
    if (isFull || this.#isClosed || health.isDown('write')) {
      counters.storeDroppedWrites++
      return false
    }
    this.#buffer.set(text, record)
    this.#bytes += growth
    this.#count()
    void this.#flushSoon()
    return true
  }

  /** Marks a group as used, unless it was marked recently. */
  touch(group: Uint8Array): void {
    const { store, now } = this.#context
    const text = textOf(group)
    const touchedAtMs = this.#touchedAtMs.get(text)
    if (touchedAtMs !== undefined && now() - touchedAtMs < TOUCH_INTERVAL_MS) return
    if (store.groups === undefined || this.#isClosed) return
    this.#rememberTouch(text)
    if (this.#touches.size < MAX_TOUCHED_GROUPS) this.#touches.set(text, group)
    void this.#flushSoon()
  }

  /** Resolves when everything added before is written or dropped. */
  async flush(): Promise<void> {
    while (this.#buffer.size > 0 || this.#touches.size > 0 || this.#flushing !== undefined) {
      await this.#flushSoon()
    }
  }

  /** Starts writing all that is left before it returns, and accepts no more. */
  async close(): Promise<void> {
    this.#isClosed = true
    const before = this.#flushing
    const writes: Promise<void>[] = []
    while (this.#buffer.size > 0) writes.push(this.#write(this.#takeBatch()))
    this.#touches.clear()
    await Promise.all([before, ...writes])
    this.#count()
  }

  #flushSoon(): Promise<void> {
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  async #flushAll(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0))
    while (this.#buffer.size > 0) {
      const batch = this.#takeBatch()
      this.#writing = batch
      await this.#write(batch)
      this.#writing = new Map()
      this.#count()
    }
    await this.#writeTouches()
  }

  #takeBatch(): ReadonlyMap<string, StoreRecord> {
    const batch = new Map<string, StoreRecord>()
    for (const [text, record] of this.#buffer) {
      if (batch.size === MAX_RECORDS_PER_WRITE) break
      batch.set(text, record)
      this.#buffer.delete(text)
      this.#bytes -= sizeOf(record)
    }
    return batch
  }

  async #write(batch: ReadonlyMap<string, StoreRecord>): Promise<void> {
    const { store, health, counters } = this.#context
    const records = [...batch.values()]
    const done = await health.run('write', () => store.putMany(records))
    if (done === undefined) {
      counters.storeDroppedWrites += records.length
      return
    }
    counters.storeWrites += records.length
    for (const { value } of records) counters.storeBytesWritten += value.length
    // Writing marks a group as used.
    for (const group of new Set(records.map((record) => record.group))) {
      this.#rememberTouch(textOf(group))
    }
  }

  #rememberTouch(text: string): void {
    if (this.#touchedAtMs.size >= MAX_TOUCHED_GROUPS) this.#touchedAtMs.clear()
    this.#touchedAtMs.set(text, this.#context.now())
  }

  async #writeTouches(): Promise<void> {
    const { store, health } = this.#context
    if (this.#touches.size === 0 || this.#isClosed) return
    const groups = [...this.#touches.values()]
    this.#touches = new Map()
    await health.run('write', async () => store.groups?.touch(groups))
  }

  #count(): void {
    this.#context.counters.storeBuffered = this.#buffer.size + this.#writing.size
  }
}

function sizeOf(record: StoreRecord): number {
  return recordBytes(record.item, record.value) + record.group.length
}
