/**
 * The reads that wait for the chain, from all getters.
 *
 * A read is an attempt at the core, which is repeated when its request is answered: at once, in the
 * same turn, so that even with a cache of a single fact it finds what it waited for. Reads of one
 * key wait for one request. When the core cannot open more requests, reads wait in a queue and are
 * admitted as requests close: first those that somebody waits for, then those that only read ahead.
 *
 * Invariants: a waiting read is settled exactly once, and its reader is kept alive until then.
 * Settling only queues the callers' continuations, so none of their code runs in here. Cancelling
 * the reads of one reader costs as much as that reader has reads, however many others wait.
 */

import type { ErrorContext, ForkStateError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { ADDRESS_BYTES, copyBytes, toHex, WORD_BYTES, writeFixed } from '../../encoding/hex.ts'
import { writeUint256 } from '../../encoding/integer.ts'
import type { AddressLike, SlotLike } from '../../ffi/arguments.ts'
import type { ManagerCore } from '../../ffi/manager-core.ts'
import { QUEUE_FULL } from '../../ffi/manager-handle.ts'
import { LimitExceededError } from '../../ffi/status.ts'
import type { RpcPriority } from '../../rpc/rpc-client.ts'
import { CancellableQueue } from './cancellable-queue.ts'

/** Requests that one read may wait for in sequence; code takes two, everything else one. */
export const MAX_READ_ROUNDS = 16

/** The key of a read of the whole state, such as its root, which has no address. */
export const WHOLE_STATE: ReadKey = { address: new Uint8Array(ADDRESS_BYTES) }

/** What is read. A copy, as the caller may change its bytes while the read waits. */
export interface ReadKey {
  readonly address: AddressLike
  readonly slot?: SlotLike
  /** For code: the code hash that an earlier attempt found. */
  codeHash?: Uint8Array
}

/** One attempt at the core; undefined if unknown, with {@link ManagerCore.pending} set. */
export type Attempt<Value> = (core: ManagerCore, key: ReadKey) => Value | undefined

/** How soon each request is needed. */
export type RequestUrgency = Pick<WaitingReads, 'priorityOf' | 'whenUrgent'>

/** Makes the error for each of several reads that are rejected together. */
export type MakeReadError = (context: ErrorContext) => ForkStateError

/** A read whose value was unknown. */
export interface Read<Value> {
  /** The manager that asked. */
  readonly reader: object
  readonly core: ManagerCore
  readonly attempt: Attempt<Value>
  readonly key: ReadKey
  /** Requests it may wait for in sequence. Default {@link MAX_READ_ROUNDS}. */
  readonly maxRounds?: number | undefined
  /** Default `urgent`. */
  readonly priority?: RpcPriority | undefined
}

interface WaitingRead {
  readonly read: Read<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  rounds: number
  /** The request it waits for; `QUEUE_FULL` while it is in a queue. */
  request: number
  isCancelled: boolean
}

/** The waiting reads of all managers over one fork. */
export class WaitingReads {
  readonly #onRequest: () => void
  readonly #byReader = new Map<object, Set<WaitingRead>>()
  readonly #byRequest = new Map<number, Set<WaitingRead>>()
  /** By request: called when a read that is no prefetch starts to wait for it. */
  readonly #whenUrgent = new Map<number, () => void>()
  readonly #queues: Readonly<Record<RpcPriority, CancellableQueue<WaitingRead>>> = {
    urgent: new CancellableQueue(),
    prefetch: new CancellableQueue(),
  }

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

  #queueOf({ read }: WaitingRead): CancellableQueue<WaitingRead> {
    return this.#queues[read.priority ?? 'urgent']
  }

  #wait(waiting: WaitingRead): void {
    const { pending } = waiting.read.core
    waiting.request = pending
    if (pending === QUEUE_FULL) {
      this.#queueOf(waiting).push(waiting)
      return
    }
    addTo(this.#byRequest, pending, waiting)
    if (waiting.read.priority !== 'prefetch') this.#becomesUrgent(pending)
    this.#onRequest()
  }

  #becomesUrgent(request: number): void {
    const callback = this.#whenUrgent.get(request)
    if (callback === undefined) return
    this.#whenUrgent.delete(request)
    callback()
  }

  /** A request was answered; its reads try again. */
  answered(request: number): void {
    for (const waiting of this.#take(request)) this.#tryAgain(waiting)
    this.#admit()
  }

  /** A request was closed without an answer. */
  failed(request: number, error: unknown): void {
    for (const waiting of this.#take(request)) this.#reject(waiting, error)
    this.#admit()
  }

  #take(request: number): Iterable<WaitingRead> {
    const reads = this.#byRequest.get(request) ?? []
    this.#byRequest.delete(request)
    this.#whenUrgent.delete(request)
    return reads
  }

  #tryAgain(waiting: WaitingRead): void {
    const { read } = waiting
    try {
      const value = read.attempt(read.core, read.key)
      waiting.rounds++
      if (value !== undefined) this.#resolve(waiting, value)
      else if (waiting.rounds <= (read.maxRounds ?? MAX_READ_ROUNDS)) this.#wait(waiting)
      else throw tooManyRounds(read)
    } catch (error) {
      this.#reject(waiting, error)
    }
  }

  /** Admits reads from the queues until the core has no room for a request. */
  #admit(): void {
    for (const queue of [this.#queues.urgent, this.#queues.prefetch]) {
      for (let waiting = queue.first(); waiting !== undefined; waiting = queue.first()) {
        if (!this.#isAdmitted(waiting)) return
        queue.removeFirst()
      }
    }
  }

  #isAdmitted(waiting: WaitingRead): boolean {
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

  /** How soon a request is needed: urgent, unless all its reads only read ahead. */
  priorityOf(request: number): RpcPriority {
    for (const { read } of this.#byRequest.get(request) ?? []) {
      if (read.priority !== 'prefetch') return 'urgent'
    }
    return this.#byRequest.has(request) ? 'prefetch' : 'urgent'
  }

  /** Calls back when an open request becomes urgent, at most once. */
  whenUrgent(request: number, callback: () => void): void {
    this.#whenUrgent.set(request, callback)
  }

  /** Rejects the reads of one manager, or of all. */
  cancel(makeError: MakeReadError, reader?: object): void {
    if (reader === undefined) this.#whenUrgent.clear()
    const readers = reader === undefined ? [...this.#byReader.keys()] : [reader]
    for (const one of readers) {
      for (const waiting of this.#byReader.get(one) ?? []) {
        this.#leave(waiting)
        this.#reject(waiting, makeError(errorContextOf(waiting.read.key)))
      }
    }
  }

  /** Removes a read from where it waits. */
  #leave(waiting: WaitingRead): void {
    if (waiting.request !== QUEUE_FULL) {
      removeFrom(this.#byRequest, waiting.request, waiting)
      return
    }
    this.#queueOf(waiting).cancel(waiting)
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

function tooManyRounds({ key, maxRounds }: Read<unknown>): LimitExceededError {
  const rounds = maxRounds ?? MAX_READ_ROUNDS
  return new LimitExceededError(`the value is unknown after ${rounds} requests`, {
    ...errorContextOf(key),
    hint: 'raise maxCacheSize and maxCacheBytes',
  })
}

/** A key that is a copy of the caller's bytes. */
export function keyOf(address: AddressLike, slot?: SlotLike): ReadKey {
  const kept = { address: copyBytes(address) }
  return slot === undefined ? kept : { ...kept, slot: copyBytes(slot) }
}

/** The address and slot of a read, for its error. */
export function errorContextOf(key: ReadKey): ErrorContext {
  if (key === WHOLE_STATE) return {}
  const { address, slot } = key
  const context = { address: hexOf(address, ADDRESS_BYTES) }
  return slot === undefined ? context : { ...context, slot: hexOf(slot, WORD_BYTES) }
}

function hexOf(value: SlotLike, length: number): Hex {
  const bytes = new Uint8Array(length)
  if (typeof value === 'bigint') writeUint256(value, 'slot', new DataView(bytes.buffer), 0)
  else writeFixed(value, length, 'key', bytes, 0)
  return toHex(bytes)
}
