/**
 * One fork backend in the core: its lifetime, its queue of requests, and the facts that answer
 * them. Its trie nodes and its checks of proofs are objects that it holds, over the same handle.
 *
 * Every answer carries the generation of its request. The core drops an answer whose request is no
 * longer open, because of a clear or a re-pin; the method then returns `false`, which is no error.
 * Ownership: whoever created it destroys it, after all managers over it.
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
  /** Maximum number of accounts, slots and codes together; at least 1. */
  readonly maxEntries: number
  /** Maximum memory that they take, tables included. */
  readonly maxBytes: number
  /**
   * Maximum bytes of trie nodes that can be fetched again. Trie nodes made by local writes and
   * those of a witness do not count. Default: `FORK_BACKEND_DEFAULT_TRIE_NODE_BYTES`.
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

  /** The engine that the fork and the managers over it live in. */
  get engine(): Engine {
    return this.#handle.engine
  }

  /** The handle to make a manager with. */
  get handle(): number {
    return this.#handle.number
  }

  /** The present generation. Answers to requests of earlier generations are dropped. */
  get generation(): number {
    const { frame, functions, number } = this.#handle
    const result = functions.fork_backend_stats(number, frame.struct)
    this.#handle.check(result, 'reading the generation')
    return frame.counter(FORK_STATS_GENERATION)
  }

  /** Destroys the fork. Destroying it again does nothing. */
  destroy(): void {
    if (this.#handle.isDestroyed) return
    const { frame, functions } = this.#handle
    frame.settle(functions.fork_backend_destroy(this.#handle.release()))
  }

  /**
   * Sets the state root of the pinned block. It is set once in a generation; returns false if the
   * generation is over.
   *
   * @throws InvalidInputError if another root was set before.
   */
  setStateRoot(generation: number, root: Hex): boolean {
    const { frame, functions, number } = this.#handle
    writeFixed(root, WORD_BYTES, 'state root', frame.bytes, frame.hash)
    const result = functions.fork_backend_set_state_root(number, generation, frame.hash)
    return this.#handle.wasTaken(result, 'setting the state root')
  }

  /** Takes the oldest queued request; undefined if the queue is empty. */
  nextRequest(): CoreRequest | undefined {
    const { frame, functions, number } = this.#handle
    const status = frame.settle(functions.fork_backend_next_request(number, frame.struct))
    if (status === STATE_MANAGER_ERROR_NO_REQUEST) return undefined
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'taking a request')
    return readRequest(frame)
  }

  /**
   * Answers an account request. Returns false if it is no longer open.
   *
   * @throws InvalidInputError or InvalidHexError if a field is out of range or malformed.
   */
  provideAccount(request: RequestName, fact: AccountFact): boolean {
    const { frame, functions, number } = this.#handle
    writeAccountFact(frame, fact)
    const { id, generation } = request
    return this.#cached(
      functions.fork_backend_provide_account(number, generation, id, frame.struct),
    )
  }

  /** Answers a storage request. Returns false if it is no longer open. */
  provideStorage(request: RequestName, value: bigint): boolean {
    const { frame, functions, number } = this.#handle
    writeUint256(value, 'value', frame.view, frame.value)
    const { id, generation } = request
    return this.#cached(functions.fork_backend_provide_storage(number, generation, id, frame.value))
  }

  /**
   * Answers a code request. Returns `mismatch` if the code has another hash; the request then stays
   * open.
   */
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

  /** Closes a request without an answer. Nothing is cached; the next read requests it again. */
  fail(request: RequestName): void {
    const { functions, number } = this.#handle
    this.#cached(functions.fork_backend_fail(number, request.generation, request.id))
  }

  /** Caches an account that no request is open for. */
  insertAccount(generation: number, address: Hex, fact: AccountFact): void {
    const { frame, functions, number } = this.#handle
    writeAccountFact(frame, fact)
    frame.writeAddress(address)
    this.#cached(
      functions.fork_backend_insert_account(number, generation, frame.address, frame.struct),
    )
  }

  /** Caches a slot that no request is open for. */
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

  /** Caches code under its hash, without a request. */
  insertCode(generation: number, code: Uint8Array): void {
    const { frame, functions, number } = this.#handle
    const buffer = frame.reserve(code.length)
    frame.bytes.set(code, buffer)
    this.#cached(functions.fork_backend_insert_code(number, generation, buffer, code.length))
  }

  #cached(result: number): boolean {
    return this.#handle.wasTaken(result, 'caching an answer')
  }

  /** Drops all facts, trie nodes and open requests. Answers that arrive later are dropped too. */
  clear(): void {
    const { functions, number } = this.#handle
    this.#handle.check(functions.fork_backend_clear(number), 'clearing the fork cache')
  }

  /**
   * Prepares for another block. Like {@link ForkCore.clear}, but codes are kept. With `keep`, a
   * slot becomes valid again once its account is provided with the storage root that the slot was
   * read under.
   */
  repin(slots: 'keep' | 'drop'): void {
    const { functions, number } = this.#handle
    const result = functions.fork_backend_repin(number, slots === 'keep' ? 1 : 0)
    this.#handle.check(result, 'forking another block')
  }

  /** Notes that an account, or a slot of it, was read ahead. Its next read is counted. */
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

/** Creates a fork backend in the core and returns its handle. */
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
  if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'creating a fork')
  return frame.view.getUint32(frame.handle, true)
}
