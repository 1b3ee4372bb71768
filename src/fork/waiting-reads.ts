/**
 * Reads that wait for the chain, whichever getter they come from.
 *
 * A read is one attempt at the core, made again as soon as its request is answered: at once, in the
 * same turn, so that with a cache of a single fact each step still finds what it waited for. Reads
 * of one key wait for one request. When the core cannot open more requests, reads wait in line and
 * are let in as requests close.
 *
 * Invariants: a read that waits is settled exactly once; its reader is kept alive until then.
 * Settling only queues the continuations of callers, so no code of theirs runs in here.
 */

import type { Hex } from '../encoding/hex.ts'
import { ADDRESS_BYTES, toHex, WORD_BYTES, writeFixed } from '../encoding/hex.ts'
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

interface WaitingRead extends Read<unknown> {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  rounds: number
}

/** The reads of all managers over one fork that wait. */
export class WaitingReads {
  readonly #onRequest: () => void
  #byRequest = new Map<number, WaitingRead[]>()
  #line: WaitingRead[] = []
  #lineStart = 0

  /** @param onRequest Called when a read waits for a request that may not be under way yet. */
  constructor(onRequest: () => void) {
    this.#onRequest = onRequest
  }

  /** Waits for the value of a read whose last attempt found it unknown. */
  add<Value>(read: Read<Value>): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.#wait({ ...read, resolve: resolve as (value: unknown) => void, reject, rounds: 1 })
    })
  }

  #wait(read: WaitingRead): void {
    const { pending } = read.core
    if (pending === QUEUE_FULL) {
      this.#line.push(read)
      return
    }
    const others = this.#byRequest.get(pending)
    if (others === undefined) this.#byRequest.set(pending, [read])
    else others.push(read)
    this.#onRequest()
  }

  /** A request was answered: its reads try again. */
  answered(request: number): void {
    for (const read of this.#take(request)) this.#tryAgain(read)
    this.#letIn()
  }

  /** A request was closed without an answer. */
  failed(request: number, error: unknown): void {
    for (const read of this.#take(request)) read.reject(error)
    this.#letIn()
  }

  #take(request: number): readonly WaitingRead[] {
    const reads = this.#byRequest.get(request) ?? []
    this.#byRequest.delete(request)
    return reads
  }

  #tryAgain(read: WaitingRead): void {
    try {
      const value = read.attempt(read.core, read.key)
      read.rounds++
      if (value !== undefined) read.resolve(value)
      else if (read.rounds <= MAX_READ_ROUNDS) this.#wait(read)
      else throw tooManyRounds(read)
    } catch (error) {
      read.reject(error)
    }
  }

  /** Lets reads in from the line until one finds that there is no room. */
  #letIn(): void {
    for (;;) {
      const read = this.#line[this.#lineStart]
      if (read === undefined) break
      try {
        const value = read.attempt(read.core, read.key)
        if (value !== undefined) read.resolve(value)
        else if (read.core.pending === QUEUE_FULL) return
        else this.#wait(read)
      } catch (error) {
        read.reject(error)
      }
      this.#lineStart++
    }
    this.#line = []
    this.#lineStart = 0
  }

  /** Ends the reads of one manager, or all of them. */
  cancel(errorOf: ErrorOfRead, reader?: object): void {
    const isOther = (read: WaitingRead): boolean => reader !== undefined && read.reader !== reader
    const all = [...this.#byRequest.values(), this.#line.slice(this.#lineStart)].flat()
    this.#line = this.#line.slice(this.#lineStart).filter(isOther)
    this.#lineStart = 0
    for (const [request, reads] of this.#byRequest) {
      const others = reads.filter(isOther)
      if (others.length > 0) this.#byRequest.set(request, others)
      else this.#byRequest.delete(request)
    }
    for (const read of all) if (!isOther(read)) read.reject(errorOf(placeOf(read.key)))
  }
}

function tooManyRounds({ key }: WaitingRead): LimitExceededError {
  return new LimitExceededError(`the value is unknown after ${MAX_READ_ROUNDS} requests`, {
    ...placeOf(key),
    hint: 'raise maxCacheSize and maxCacheBytes',
  })
}

/** A key that does not change with the caller's bytes. */
export function keyOf(address: AddressLike, slot?: SlotLike): ReadKey {
  const kept = { address: copyOf(address) }
  return slot === undefined ? kept : { ...kept, slot: copyOf(slot) }
}

/** Not `slice()`, which a `Buffer` answers with a view of itself. */
function copyOf<Value>(value: Value): Value | Uint8Array {
  return value instanceof Uint8Array ? Uint8Array.from(value) : value
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
