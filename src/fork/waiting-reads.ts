/**
 * Reads that wait for the chain, whichever getter they come from.
 *
 * A read is one attempt at the core, made again as soon as its request is answered: at once, in the
 * same turn, so that with a cache of a single fact each step still finds what it waited for. Reads
 * of one key wait for one request. When the core cannot open more requests, reads wait in line and
 * are let in as requests close.
 *
 * Invariants: a read that waits is settled exactly once; its reader is kept alive until then.
 * Settling only queues the continuations of callers, so no code of theirs runs in here. Ending the
 * reads of one reader costs what that reader waits for, however many others wait.
 */

import type { Hex } from '../encoding/hex.ts'
import { ADDRESS_BYTES, copyBytes, toHex, WORD_BYTES, writeFixed } from '../encoding/hex.ts'
import { writeUint256 } from '../encoding/integer.ts'
import type { ErrorContext, ForkStateError } from '../errors.ts'
import type { ManagerCore } from '../ffi/core.ts'
import type { AddressLike, SlotLike } from '../ffi/core-reads.ts'
import { QUEUE_FULL } from '../ffi/core-reads.ts'
import { LimitExceededError } from '../ffi/status.ts'

/** Requests one read may wait for in turn; code takes two, everything else one. */
export const MAX_READ_ROUNDS = 16

/** What a read is about. A copy: the caller may change its bytes while the read waits. */
export interface ReadKey {
  readonly address: AddressLike
  readonly slot?: SlotLike
  /** For code: the code hash that an earlier round found. */
  codeHash?: Uint8Array
}

/** One try at the core; undefined for unknown, with {@link ManagerCore.pending} set. */
export type Attempt<Value> = (core: ManagerCore, key: ReadKey) => Value | undefined

/** Makes the error for one of several reads that end together. */
export type ErrorOfRead = (place: ErrorContext) => ForkStateError

/** A read whose value was unknown. */
export interface Read<Value> {
  /** The manager that asked. */
  readonly reader: object
  readonly core: ManagerCore
  readonly attempt: Attempt<Value>
  readonly key: ReadKey
}

interface WaitingRead {
  readonly read: Read<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  rounds: number
  /** What it waits for; `QUEUE_FULL` in the line. */
  request: number
  isCancelled: boolean
}

/** The reads of all managers over one fork that wait. */
export class WaitingReads {
  readonly #onRequest: () => void
  readonly #byReader = new Map<object, Set<WaitingRead>>()
  readonly #byRequest = new Map<number, Set<WaitingRead>>()
  /** From `#lineStart` on; reads that were cancelled stay until they are passed or half of it. */
  #line: WaitingRead[] = []
  #lineStart = 0
  #cancelledInLine = 0

  /** @param onRequest Called when a read waits for a request that may not be under way yet. */
  constructor(onRequest: () => void) {
    this.#onRequest = onRequest
  }

  /** Waits for the value of a read whose last attempt found it unknown. */
  add<Value>(read: Read<Value>): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      const waiting: WaitingRead = {
        read,
        resolve: resolve as (value: unknown) => void,
        reject,
        rounds: 1,
        request: QUEUE_FULL,
        isCancelled: false,
      }
      addTo(this.#byReader, read.reader, waiting)
      this.#wait(waiting)
    })
  }

  #wait(waiting: WaitingRead): void {
    const { pending } = waiting.read.core
    waiting.request = pending
    if (pending === QUEUE_FULL) {
      this.#line.push(waiting)
      return
    }
    addTo(this.#byRequest, pending, waiting)
    this.#onRequest()
  }

  /** A request was answered: its reads try again. */
  answered(request: number): void {
    for (const waiting of this.#take(request)) this.#tryAgain(waiting)
    this.#letIn()
  }

  /** A request was closed without an answer. */
  failed(request: number, error: unknown): void {
    for (const waiting of this.#take(request)) this.#reject(waiting, error)
    this.#letIn()
  }

  #take(request: number): Iterable<WaitingRead> {
    const reads = this.#byRequest.get(request) ?? []
    this.#byRequest.delete(request)
    return reads
  }

  #tryAgain(waiting: WaitingRead): void {
    const { read } = waiting
    try {
      const value = read.attempt(read.core, read.key)
      waiting.rounds++
      if (value !== undefined) this.#resolve(waiting, value)
      else if (waiting.rounds <= MAX_READ_ROUNDS) this.#wait(waiting)
      else throw tooManyRounds(read)
    } catch (error) {
      this.#reject(waiting, error)
    }
  }

  /** Lets reads in from the line until one finds that there is no room. */
  #letIn(): void {
    for (;;) {
      const waiting = this.#line[this.#lineStart]
      if (waiting === undefined) break
      if (waiting.isCancelled) this.#cancelledInLine--
      else if (!this.#isLetIn(waiting)) return
      this.#lineStart++
    }
    this.#line = []
    this.#lineStart = 0
  }

  #isLetIn(waiting: WaitingRead): boolean {
    const { read } = waiting
    try {
      const value = read.attempt(read.core, read.key)
      if (value !== undefined) this.#resolve(waiting, value)
      else if (read.core.pending === QUEUE_FULL) return false
      else this.#wait(waiting)
    } catch (error) {
      this.#reject(waiting, error)
    }
    return true
  }

  /** Ends the reads of one manager, or all of them. */
  cancel(errorOf: ErrorOfRead, reader?: object): void {
    const readers = reader === undefined ? [...this.#byReader.keys()] : [reader]
    for (const one of readers) {
      for (const waiting of this.#byReader.get(one) ?? []) {
        this.#leave(waiting)
        this.#reject(waiting, errorOf(placeOf(waiting.read.key)))
      }
    }
  }

  /** Takes a read from where it waits. */
  #leave(waiting: WaitingRead): void {
    if (waiting.request !== QUEUE_FULL) {
      removeFrom(this.#byRequest, waiting.request, waiting)
      return
    }
    waiting.isCancelled = true
    this.#cancelledInLine++
    if (this.#cancelledInLine * 2 <= this.#line.length - this.#lineStart) return
    this.#line = this.#line.slice(this.#lineStart).filter(({ isCancelled }) => !isCancelled)
    this.#lineStart = 0
    this.#cancelledInLine = 0
  }

  #resolve(waiting: WaitingRead, value: unknown): void {
    removeFrom(this.#byReader, waiting.read.reader, waiting)
    waiting.resolve(value)
  }

  #reject(waiting: WaitingRead, error: unknown): void {
    removeFrom(this.#byReader, waiting.read.reader, waiting)
    waiting.reject(error)
  }
}

function addTo<Key>(groups: Map<Key, Set<WaitingRead>>, key: Key, waiting: WaitingRead): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, new Set([waiting]))
  else group.add(waiting)
}

function removeFrom<Key>(groups: Map<Key, Set<WaitingRead>>, key: Key, waiting: WaitingRead): void {
  const group = groups.get(key)
  group?.delete(waiting)
  if (group?.size === 0) groups.delete(key)
}

function tooManyRounds({ key }: Read<unknown>): LimitExceededError {
  return new LimitExceededError(`the value is unknown after ${MAX_READ_ROUNDS} requests`, {
    ...placeOf(key),
    hint: 'raise maxCacheSize and maxCacheBytes',
  })
}

/** A key that does not change with the caller's bytes. */
export function keyOf(address: AddressLike, slot?: SlotLike): ReadKey {
  const kept = { address: copyBytes(address) }
  return slot === undefined ? kept : { ...kept, slot: copyBytes(slot) }
}

/** Where a read is, for its error. */
export function placeOf({ address, slot }: ReadKey): ErrorContext {
  const place = { address: hexOf(address, ADDRESS_BYTES) }
  return slot === undefined ? place : { ...place, slot: hexOf(slot, WORD_BYTES) }
}

function hexOf(value: SlotLike, length: number): Hex {
  const bytes = new Uint8Array(length)
  if (typeof value === 'bigint') writeUint256(value, 'slot', new DataView(bytes.buffer), 0)
  else writeFixed(value, length, 'key', bytes, 0)
  return toHex(bytes)
}
