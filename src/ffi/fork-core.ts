/**
 * One fork backend in the core: its life, its queue of requests, and the facts that answer them.
 * Its trie nodes and its checks of proofs are objects that it holds, over the same handle.
 *
 * Every answer carries the generation of its request. One that is no longer open, because of a
 * clear or a re-pin, is dropped by the core; `false` says so and is no error. Ownership: the
 * creator destroys it after the managers over it.
 */

import type { Hex } from '../encoding/hex.ts'
import { WORD_BYTES, writeFixed } from '../encoding/hex.ts'
import { writeUint256 } from '../encoding/integer.ts'
import type { ForkStats } from './abi.gen.ts'
import {
  decodeForkStats,
  FORK_CONFIG_MAX_BYTES,
  FORK_CONFIG_MAX_ENTRIES,
  FORK_CONFIG_MAX_TRIE_NODE_BYTES,
  FORK_CONFIG_SEED,
  FORK_REQUEST_ACCOUNT,
  FORK_REQUEST_STORAGE,
  FORK_STATS_GENERATION,
  STATE_MANAGER_ERROR_CODE_HASH_MISMATCH,
  STATE_MANAGER_ERROR_NO_REQUEST,
  STATE_MANAGER_ERROR_STALE_REQUEST,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { AccountFact } from './account-fact.ts'
import { writeAccountFact } from './account-fact.ts'
import type { Engine } from './engine.ts'
import { ForkHandle } from './fork-handle.ts'
import { ForkProofs } from './fork-proofs.ts'
import type { CoreRequest, RequestName } from './fork-request.ts'
import { readRequest } from './fork-request.ts'
import { ForkTrieNodes } from './fork-trie-nodes.ts'
import { frameOf, writeSeed } from './frame.ts'
import { statusError } from './status.ts'

/** Bounds of the cache of facts. */
export interface ForkCoreOptions {
  /** Accounts, slots and codes; at least 1. */
  readonly maxEntries: number
  /** What they take, tables included. */
  readonly maxBytes: number
  /**
   * Trie nodes that can be fetched again, in bytes. Default: `FORK_BACKEND_DEFAULT_TRIE_NODE_BYTES`. Those
   * that local writes made and those of a witness are not in this bound.
   */
  readonly maxTrieNodeBytes?: number | undefined
}

/** One fork backend in the core. */
export class ForkCore {
  readonly trieNodes: ForkTrieNodes
  readonly proofs: ForkProofs
  readonly #handle: ForkHandle

  constructor(engine: Engine, options: ForkCoreOptions) {
    const handle = new ForkHandle(engine, createFork(engine, options))
    this.#handle = handle
    this.trieNodes = new ForkTrieNodes(handle)
    this.proofs = new ForkProofs(handle)
  }

  /** The engine it lives in; managers over it live there too. */
  get engine(): Engine {
    return this.#handle.engine
  }

  /** For making a manager over it. */
  get handle(): number {
    return this.#handle.number
  }

  /** The present generation: answers to earlier ones are dropped. */
  get generation(): number {
    const { frame, functions, number } = this.#handle
    const result = functions.fork_backend_stats(number, frame.struct)
    this.#handle.check(result, 'reading the generation')
    return frame.counter(FORK_STATS_GENERATION)
  }

  /** Destroys the handle; again does nothing. */
  destroy(): void {
    if (this.#handle.isDestroyed) return
    const { frame, functions } = this.#handle
    frame.settle(functions.fork_backend_destroy(this.#handle.release()))
  }

  /**
   * Sets the state root of the pinned block, once a generation; false if that is over.
   *
   * @throws InvalidInputError if another root was set before.
   */
  setStateRoot(generation: number, root: Hex): boolean {
    const { frame, functions, number } = this.#handle
    writeFixed(root, WORD_BYTES, 'state root', frame.bytes, frame.hash)
    const result = functions.fork_backend_set_state_root(number, generation, frame.hash)
    return this.#handle.wasTaken(result, 'setting the state root')
  }

  /** Takes the oldest queued request; undefined if there is none. */
  nextRequest(): CoreRequest | undefined {
    const { frame, functions, number } = this.#handle
    const status = frame.settle(functions.fork_backend_next_request(number, frame.struct))
    if (status === STATE_MANAGER_ERROR_NO_REQUEST) return undefined
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'taking a request')
    return readRequest(frame)
  }

  /**
   * Answers an account request; false if it is not open any more.
   *
   * @throws InvalidInputError or InvalidHexError if a field is not what it should be.
   */
  provideAccount(request: RequestName, fact: AccountFact): boolean {
    const { frame, functions, number } = this.#handle
    writeAccountFact(frame, fact)
    const { id, generation } = request
    return this.#cached(
      functions.fork_backend_provide_account(number, generation, id, frame.struct),
    )
  }

  /** Answers a storage request; false if it is not open any more. */
  provideStorage(request: RequestName, value: bigint): boolean {
    const { frame, functions, number } = this.#handle
    writeUint256(value, 'value', frame.view, frame.value)
    const { id, generation } = request
    return this.#cached(functions.fork_backend_provide_storage(number, generation, id, frame.value))
  }

  /** Answers a code request; 'mismatch', leaving it open, if the code has another hash. */
  provideCode(request: RequestName, code: Uint8Array): 'taken' | 'dropped' | 'mismatch' {
    const { frame, functions, number } = this.#handle
    const buffer = frame.reserve(code.length)
    frame.bytes.set(code, buffer)
    const result = functions.fork_backend_provide_code(
      number,
      request.generation,
      request.id,
      buffer,
      code.length,
    )
    const status = frame.settle(result)
    if (status === STATE_MANAGER_ERROR_CODE_HASH_MISMATCH) return 'mismatch'
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return 'dropped'
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'caching code')
    return 'taken'
  }

  /** Closes a request without an answer: nothing is cached, the next read asks again. */
  fail(request: RequestName): void {
    const { functions, number } = this.#handle
    this.#cached(functions.fork_backend_fail(number, request.generation, request.id))
  }

  /** Adds an account nobody asked for. */
  insertAccount(generation: number, address: Hex, fact: AccountFact): void {
    const { frame, functions, number } = this.#handle
    writeAccountFact(frame, fact)
    frame.writeAddress(address)
    this.#cached(
      functions.fork_backend_insert_account(number, generation, frame.address, frame.struct),
    )
  }

  /** Adds a slot nobody asked for. */
  insertStorage(generation: number, address: Hex, slot: Hex, value: bigint): void {
    const { frame, functions, number } = this.#handle
    writeUint256(value, 'value', frame.view, frame.value)
    frame.writeAddress(address)
    frame.writeSlot(slot)
    this.#cached(
      functions.fork_backend_insert_storage(
        number,
        generation,
        frame.address,
        frame.slot,
        frame.value,
      ),
    )
  }

  /** Adds a code nobody asked for, under its hash. */
  insertCode(generation: number, code: Uint8Array): void {
    const { frame, functions, number } = this.#handle
    const buffer = frame.reserve(code.length)
    frame.bytes.set(code, buffer)
    this.#cached(functions.fork_backend_insert_code(number, generation, buffer, code.length))
  }

  #cached(result: number): boolean {
    return this.#handle.wasTaken(result, 'caching an answer')
  }

  /** Drops all facts, trie nodes and open requests; answers under way will be dropped. */
  clear(): void {
    const { functions, number } = this.#handle
    this.#handle.check(functions.fork_backend_clear(number), 'clearing the fork cache')
  }

  /**
   * As {@link ForkCore.clear}, when another block comes: codes are kept, and slots count again once
   * their account is provided with the storage root that they were read under, or never.
   */
  repin(slots: 'keep' | 'drop'): void {
    const { functions, number } = this.#handle
    const result = functions.fork_backend_repin(number, slots === 'keep' ? 1 : 0)
    this.#handle.check(result, 'forking another block')
  }

  /** Notes that an account, or a slot of it, was read ahead: its next read is counted. */
  notePrefetched(address: Hex, slot?: Hex): void {
    const { frame, functions, number } = this.#handle
    frame.writeAddress(address)
    if (slot !== undefined) frame.writeSlot(slot)
    const kind = slot === undefined ? FORK_REQUEST_ACCOUNT : FORK_REQUEST_STORAGE
    const result = functions.fork_backend_note_prefetched(number, kind, frame.address, frame.slot)
    this.#handle.check(result, 'noting what was read ahead')
  }

  /** keccak256 of any bytes, 32 bytes. */
  keccak256(data: Uint8Array): Hex {
    return this.#handle.frame.keccak256(data)
  }

  stats(): ForkStats {
    const { frame, functions, number } = this.#handle
    this.#handle.check(
      functions.fork_backend_stats(number, frame.struct),
      'reading metrics of the fork',
    )
    return decodeForkStats(frame.view, frame.struct)
  }
}

/** Makes a fork backend in the core; returns its number. */
function createFork(
  engine: Engine,
  { maxEntries, maxBytes, maxTrieNodeBytes = 0 }: ForkCoreOptions,
) {
  const frame = frameOf(engine)
  writeSeed(frame, FORK_CONFIG_SEED)
  const bounds = [
    [FORK_CONFIG_MAX_ENTRIES, maxEntries],
    [FORK_CONFIG_MAX_BYTES, maxBytes],
    [FORK_CONFIG_MAX_TRIE_NODE_BYTES, maxTrieNodeBytes],
  ] as const
  for (const [offset, bound] of bounds) {
    frame.view.setBigUint64(frame.struct + offset, BigInt(bound), true)
  }
  const status = frame.settle(engine.functions.fork_backend_create(frame.struct, frame.handle))
  if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'making a fork')
  return frame.view.getUint32(frame.handle, true)
}
