/**
 * Reads that wait for the chain, whichever getter they come from.
 *
 * A read is one attempt at the core, made again as soon as its request is answered: at once, in the
 * same turn, so that with a cache of a single fact each step still finds what it waited for. Reads
 * of one key wait for one request. When the core cannot open more requests, reads wait in line and
 * are let in as requests close, those that somebody waits for before those that only read ahead.
 *
 * Invariants: a read that waits is settled exactly once; its reader is kept alive until then.
 * Settling only queues the continuations of callers, so no code of theirs runs in here. Ending the
 * reads of one reader costs what that reader waits for, however many others wait.
 */

import type { Hex } from '../../encoding/hex.ts'
import { ADDRESS_BYTES, copyBytes, toHex, WORD_BYTES, writeFixed } from '../../encoding/hex.ts'
import { writeUint256 } from '../../encoding/integer.ts'
import type { ErrorContext, ForkStateError } from '../../errors.ts'
import type { AddressLike, SlotLike } from '../../ffi/arguments.ts'
import type { ManagerCore } from '../../ffi/manager-core.ts'
import { QUEUE_FULL } from '../../ffi/manager-handle.ts'
import { LimitExceededError } from '../../ffi/status.ts'
import type { RpcPriority } from '../../rpc/rpc-client.ts'
import { WaitingLine } from './waiting-line.ts'

/** Requests one read may wait for in turn; code takes two, everything else one. */
export const MAX_READ_ROUNDS = 16

/** Of a read of the whole state, such as its root, which has no address. */
export const WHOLE_STATE: ReadKey = { address: new Uint8Array(ADDRESS_BYTES) }

/** What a read is about. A copy: the caller may change its bytes while the read waits. */
export interface ReadKey {
  readonly address: AddressLike
  readonly slot?: SlotLike
  /** For code: the code hash that an earlier round found. */
  codeHash?: Uint8Array
}

/** One try at the core; undefined for unknown, with {@link ManagerCore.pending} set. */
export type Attempt<Value> = (core: ManagerCore, key: ReadKey) => Value | undefined

/** How soon requests are needed. */
export type RequestUrgency = Pick<WaitingReads, 'priorityOf' | 'whenUrgent'>

/** Makes the error for one of several reads that end together. */
export type ErrorOfRead = (place: ErrorContext) => ForkStateError

/** A read whose value was unknown. */
export interface Read<Value> {
  /** The manager that asked. */
  readonly reader: object
  readonly core: ManagerCore
  readonly attempt: Attempt<Value>
  readonly key: ReadKey
  /** Requests it may wait for in turn. Default {@link MAX_READ_ROUNDS}. */
  readonly maxRounds?: number | undefined
  /** Default `urgent`. */
  readonly priority?: RpcPriority | undefined
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
  /** Called when a request that nobody waited for is waited for. */
  readonly #whenUrgent = new Map<number, () => void>()
  readonly #lines: Readonly<Record<RpcPriority, WaitingLine<WaitingRead>>> = {
    urgent: new WaitingLine(),
    prefetch: new WaitingLine(),
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

  #lineOf({ read }: WaitingRead): WaitingLine<WaitingRead> {
    return this.#lines[read.priority ?? 'urgent']
  }

  #wait(waiting: WaitingRead): void {
    const { pending } = waiting.read.core
    waiting.request = pending
    if (pending === QUEUE_FULL) {
      this.#lineOf(waiting).push(waiting)
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

  /** Lets reads in from the lines until one finds that there is no room. */
  #letIn(): void {
    for (const line of [this.#lines.urgent, this.#lines.prefetch]) {
      for (let waiting = line.first(); waiting !== undefined; waiting = line.first()) {
        if (!this.#isLetIn(waiting)) return
        line.removeFirst()
      }
    }
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

  /** How soon a request is needed: urgent, unless all that wait for it only read ahead. */
  priorityOf(request: number): RpcPriority {
    for (const { read } of this.#byRequest.get(request) ?? []) {
      if (read.priority !== 'prefetch') return 'urgent'
    }
    return this.#byRequest.has(request) ? 'prefetch' : 'urgent'
  }

  /** Calls back, once and while it is open, when a request becomes urgent. */
  whenUrgent(request: number, callback: () => void): void {
    this.#whenUrgent.set(request, callback)
  }

  /** Ends the reads of one manager, or all of them. */
  cancel(errorOf: ErrorOfRead, reader?: object): void {
    if (reader === undefined) this.#whenUrgent.clear()
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
    this.#lineOf(waiting).leave(waiting)
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
export function placeOf(key: ReadKey): ErrorContext {
  if (key === WHOLE_STATE) return {}
  const { address, slot } = key
  const place = { address: hexOf(address, ADDRESS_BYTES) }
  return slot === undefined ? place : { ...place, slot: hexOf(slot, WORD_BYTES) }
}

function hexOf(value: SlotLike, length: number): Hex {
  const bytes = new Uint8Array(length)
  if (typeof value === 'bigint') writeUint256(value, 'slot', new DataView(bytes.buffer), 0)
  else writeFixed(value, length, 'key', bytes, 0)
  return toHex(bytes)
}
