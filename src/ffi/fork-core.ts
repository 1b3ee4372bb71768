/**
 * Typed calls of one fork backend in the core: its queue of requests, and the answers to them.
 *
 * Every answer carries the generation of its request. One that is no longer open, because of a
 * clear or a re-pin, is dropped by the core; `false` says so and is no error. Ownership: the
 * creator destroys it after the managers over it.
 */

import type { Hex } from '../encoding/hex.ts'
import { ADDRESS_BYTES, toHex, WORD_BYTES } from '../encoding/hex.ts'
import { writeUint256 } from '../encoding/integer.ts'
import type { ForkStats } from './abi.gen.ts'
import {
  decodeForkStats,
  FORK_CONFIG_MAX_BYTES,
  FORK_CONFIG_MAX_ENTRIES,
  FORK_CONFIG_MAX_TRIE_NODE_BYTES,
  FORK_CONFIG_SEED,
  FORK_REQUEST_ACCOUNT,
  FORK_REQUEST_ACCOUNT_PROOF,
  FORK_REQUEST_ADDRESS,
  FORK_REQUEST_CHANGED_SLOT,
  FORK_REQUEST_CODE,
  FORK_REQUEST_GENERATION,
  FORK_REQUEST_ID,
  FORK_REQUEST_KIND,
  FORK_REQUEST_PATH,
  FORK_REQUEST_PATH_NIBBLES,
  FORK_REQUEST_SLOT,
  FORK_REQUEST_STORAGE,
  FORK_REQUEST_STORAGE_PROOF,
  FORK_REQUEST_TRIE,
  FORK_REQUEST_TRIE_NODE,
  FORK_TRIE_STORAGE,
  STATE_MANAGER_ERROR_CODE_HASH_MISMATCH,
  STATE_MANAGER_ERROR_NO_REQUEST,
  STATE_MANAGER_ERROR_STALE_REQUEST,
  STATE_MANAGER_NULL_HANDLE,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { Engine } from './engine.ts'
import type { AccountFact, RequestName } from './fork-nodes.ts'
import { ForkNodes } from './fork-nodes.ts'
import { writeSeed } from './frame.ts'
import { statusError } from './status.ts'

export type { AccountFact, ForkStats, RequestName }

/** Bounds of the cache of facts. */
export interface ForkCoreOptions {
  /** Accounts, slots and codes; at least 1. */
  readonly maxEntries: number
  /** What they take, tables included. */
  readonly maxBytes: number
  /**
   * Trie nodes that can be fetched again, in bytes. Default:
   * `FORK_BACKEND_DEFAULT_TRIE_NODE_BYTES`. Trie nodes that local writes made, and those of a
   * witness, are not in this bound.
   */
  readonly maxNodeBytes?: number | undefined
}

/** One thing the core needs from the chain. */
export interface CoreRequest extends RequestName {
  readonly kind: 'account' | 'storage' | 'code' | 'accountProof' | 'storageProof' | 'node'
  /** 20 bytes. */
  readonly address: Hex
  /** The slot of a storage request, the code hash of a code request, else zero; 32 bytes. */
  readonly word: Hex
  /** Only of kind `node`; then `word` is the hash of the node. */
  readonly node?: NodePlace
}

/** Where a wanted trie node stands: it is the sibling of a leaf that is deleted. */
export interface NodePlace {
  /** Of which trie; `address` of the request is the account deleted, or whose storage it is. */
  readonly trie: 'accounts' | 'storage'
  /** Storage: the slot set to zero. */
  readonly slot?: Hex
  /** Nibbles from the trie's root to the node, as hex digits without 0x. */
  readonly path: string
}

/** One fork backend in the core. */
export class ForkCore extends ForkNodes {
  constructor(engine: Engine, options: ForkCoreOptions) {
    super(engine)
    const { frame } = this
    writeSeed(frame, FORK_CONFIG_SEED)
    const { maxEntries, maxBytes, maxNodeBytes = 0 } = options
    const bounds = [
      [FORK_CONFIG_MAX_ENTRIES, maxEntries],
      [FORK_CONFIG_MAX_BYTES, maxBytes],
      [FORK_CONFIG_MAX_TRIE_NODE_BYTES, maxNodeBytes],
    ] as const
    for (const [offset, bound] of bounds) {
      frame.view.setBigUint64(frame.struct + offset, BigInt(bound), true)
    }
    this.check(this.functions.fork_backend_create(frame.struct, frame.handle), 'making a fork')
    this.ownHandle = frame.view.getUint32(frame.handle, true)
  }

  /** Destroys the handle; again does nothing. */
  destroy(): void {
    if (this.ownHandle === STATE_MANAGER_NULL_HANDLE) return
    const handle = this.ownHandle
    this.ownHandle = STATE_MANAGER_NULL_HANDLE
    this.frame.settle(this.functions.fork_backend_destroy(handle))
  }

  /** Takes the oldest queued request; undefined if there is none. */
  nextRequest(): CoreRequest | undefined {
    const frame = this.frame
    const status = frame.settle(
      this.functions.fork_backend_next_request(this.ownHandle, frame.struct),
    )
    if (status === STATE_MANAGER_ERROR_NO_REQUEST) return undefined
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'taking a request')
    const { bytes, view, struct } = frame
    const hexAt = (offset: number, length: number): Hex =>
      toHex(bytes, struct + offset, struct + offset + length)
    const request = {
      id: view.getUint32(struct + FORK_REQUEST_ID, true),
      generation: view.getUint32(struct + FORK_REQUEST_GENERATION, true),
      kind: kindOf(view.getUint32(struct + FORK_REQUEST_KIND, true)),
      address: hexAt(FORK_REQUEST_ADDRESS, ADDRESS_BYTES),
      word: hexAt(FORK_REQUEST_SLOT, WORD_BYTES),
    }
    if (request.kind !== 'node') return request
    const nibbles = view.getUint32(struct + FORK_REQUEST_PATH_NIBBLES, true)
    const path = hexAt(FORK_REQUEST_PATH, WORD_BYTES).slice(2, 2 + nibbles)
    const isStorage = view.getUint32(struct + FORK_REQUEST_TRIE, true) === FORK_TRIE_STORAGE
    const node: NodePlace = isStorage
      ? { trie: 'storage', slot: hexAt(FORK_REQUEST_CHANGED_SLOT, WORD_BYTES), path }
      : { trie: 'accounts', path }
    return { ...request, node }
  }

  /**
   * Answers an account request; false if it is not open any more.
   *
   * @throws InvalidInputError or InvalidHexError if a field is not what it should be.
   */
  provideAccount(request: RequestName, fact: AccountFact): boolean {
    this.writeAccount(fact)
    const { id, generation } = request
    const { struct } = this.frame
    return this.#cached(
      this.functions.fork_backend_provide_account(this.ownHandle, generation, id, struct),
    )
  }

  /** Answers a storage request; false if it is not open any more. */
  provideStorage(request: RequestName, value: bigint): boolean {
    const frame = this.frame
    writeUint256(value, 'value', frame.view, frame.value)
    const { id, generation } = request
    return this.#cached(
      this.functions.fork_backend_provide_storage(this.ownHandle, generation, id, frame.value),
    )
  }

  /** Answers a code request; 'mismatch', leaving it open, if the code has another hash. */
  provideCode(request: RequestName, code: Uint8Array): 'taken' | 'dropped' | 'mismatch' {
    const frame = this.frame
    const buffer = frame.reserve(code.length)
    frame.bytes.set(code, buffer)
    const result = this.functions.fork_backend_provide_code(
      this.ownHandle,
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
    this.#cached(this.functions.fork_backend_fail(this.ownHandle, request.generation, request.id))
  }

  /** Adds an account nobody asked for. */
  insertAccount(generation: number, address: Hex, fact: AccountFact): void {
    this.writeAccount(fact)
    const frame = this.frame
    frame.writeAddress(address)
    this.#cached(
      this.functions.fork_backend_insert_account(
        this.ownHandle,
        generation,
        frame.address,
        frame.struct,
      ),
    )
  }

  /** Adds a slot nobody asked for. */
  insertStorage(generation: number, address: Hex, slot: Hex, value: bigint): void {
    const frame = this.frame
    writeUint256(value, 'value', frame.view, frame.value)
    frame.writeAddress(address)
    frame.writeSlot(slot)
    this.#cached(
      this.functions.fork_backend_insert_storage(
        this.ownHandle,
        generation,
        frame.address,
        frame.slot,
        frame.value,
      ),
    )
  }

  /** Adds a code nobody asked for, under its hash. */
  insertCode(generation: number, code: Uint8Array): void {
    const frame = this.frame
    const buffer = frame.reserve(code.length)
    frame.bytes.set(code, buffer)
    const { functions, ownHandle } = this
    this.#cached(functions.fork_backend_insert_code(ownHandle, generation, buffer, code.length))
  }

  #cached(result: number): boolean {
    return this.wasTaken(result, 'caching an answer')
  }

  /** Drops all facts, trie nodes and open requests; answers under way will be dropped. */
  clear(): void {
    this.check(this.functions.fork_backend_clear(this.ownHandle), 'clearing the fork cache')
  }

  /**
   * As {@link ForkCore.clear}, when another block comes: codes are kept, and slots count again once
   * their account is provided with the storage root that they were read under, or never.
   */
  repin(slots: 'keep' | 'drop'): void {
    const result = this.functions.fork_backend_repin(this.ownHandle, slots === 'keep' ? 1 : 0)
    this.check(result, 'forking another block')
  }

  /** Notes that an account, or a slot of it, was read ahead: its next read is counted. */
  notePrefetched(address: Hex, slot?: Hex): void {
    const frame = this.frame
    frame.writeAddress(address)
    if (slot !== undefined) frame.writeSlot(slot)
    const kind = slot === undefined ? FORK_REQUEST_ACCOUNT : FORK_REQUEST_STORAGE
    const { ownHandle: handle, functions } = this
    const result = functions.fork_backend_note_prefetched(handle, kind, frame.address, frame.slot)
    this.check(result, 'noting what was read ahead')
  }

  /** keccak256 of any bytes, 32 bytes. */
  keccak256(data: Uint8Array): Hex {
    return this.frame.keccak256(data)
  }

  stats(): ForkStats {
    const frame = this.frame
    this.check(
      this.functions.fork_backend_stats(this.ownHandle, frame.struct),
      'reading metrics of the fork',
    )
    return decodeForkStats(frame.view, frame.struct)
  }
}

const KINDS: Readonly<Record<number, CoreRequest['kind']>> = {
  [FORK_REQUEST_ACCOUNT]: 'account',
  [FORK_REQUEST_STORAGE]: 'storage',
  [FORK_REQUEST_CODE]: 'code',
  [FORK_REQUEST_ACCOUNT_PROOF]: 'accountProof',
  [FORK_REQUEST_STORAGE_PROOF]: 'storageProof',
  [FORK_REQUEST_TRIE_NODE]: 'node',
}

function kindOf(kind: number): CoreRequest['kind'] {
  const name = KINDS[kind]
  if (name === undefined) throw new RangeError(`the core knows no request of kind ${kind}`)
  return name
}
