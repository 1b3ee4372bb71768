/**
 * Typed calls of one fork backend in the core: its queue of requests, and the answers to them.
 *
 * Every answer carries the generation of its request. One that is no longer open, because of a
 * clear or a re-pin, is dropped by the core; `false` says so and is no error. Ownership: the
 * creator destroys it after the managers over it.
 */

import type { Hex } from '../encoding/hex.ts'
import { ADDRESS_BYTES, toHex, WORD_BYTES, writeFixed } from '../encoding/hex.ts'
import { writeUint64, writeUint256 } from '../encoding/integer.ts'
import type { CoreFunctions } from './abi.gen.ts'
import {
  ACCOUNT_KNOWS_BALANCE,
  ACCOUNT_KNOWS_CODE_HASH,
  ACCOUNT_KNOWS_NONCE,
  ACCOUNT_KNOWS_STORAGE_ROOT,
  ACCOUNT_RECORD_BALANCE,
  ACCOUNT_RECORD_BYTES,
  ACCOUNT_RECORD_CODE_HASH,
  ACCOUNT_RECORD_KNOWN,
  ACCOUNT_RECORD_NONCE,
  ACCOUNT_RECORD_PRESENCE,
  ACCOUNT_RECORD_STORAGE_ROOT,
  ACCOUNT_UNKNOWN,
  FORK_CONFIG_MAX_BYTES,
  FORK_CONFIG_MAX_ENTRIES,
  FORK_CONFIG_SEED,
  FORK_REQUEST_ACCOUNT,
  FORK_REQUEST_ADDRESS,
  FORK_REQUEST_GENERATION,
  FORK_REQUEST_ID,
  FORK_REQUEST_KIND,
  FORK_REQUEST_SLOT,
  FORK_REQUEST_STORAGE,
  FORK_STATS_BASE_ACCOUNTS,
  FORK_STATS_BASE_BYTES,
  FORK_STATS_BASE_CODES,
  FORK_STATS_BASE_HITS,
  FORK_STATS_BASE_MISSES,
  FORK_STATS_BASE_SLOTS,
  FORK_STATS_EVICTIONS,
  FORK_STATS_OPEN_REQUESTS,
  STATE_MANAGER_ERROR_CODE_HASH_MISMATCH,
  STATE_MANAGER_ERROR_NO_REQUEST,
  STATE_MANAGER_ERROR_STALE_REQUEST,
  STATE_MANAGER_NULL_HANDLE,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { Engine } from './engine.ts'
import type { Frame } from './frame.ts'
import { frameOf, writeSeed } from './frame.ts'
import { statusError } from './status.ts'

const ACCOUNT_KNOWS_FIELDS = ACCOUNT_KNOWS_BALANCE | ACCOUNT_KNOWS_NONCE | ACCOUNT_KNOWS_CODE_HASH

/** Bounds of the cache of facts. */
export interface ForkCoreOptions {
  /** Accounts, slots and codes; at least 1. */
  readonly maxEntries: number
  /** What they take, tables included. */
  readonly maxBytes: number
}

/** Names an open request. */
export interface RequestName {
  readonly id: number
  readonly generation: number
}

/** One thing the core needs from the chain. */
export interface CoreRequest extends RequestName {
  readonly kind: 'account' | 'storage' | 'code'
  /** 20 bytes. */
  readonly address: Hex
  /** The slot of a storage request, the code hash of a code request, else zero; 32 bytes. */
  readonly word: Hex
}

/** All fields of an account at the pinned block. */
export interface AccountFact {
  readonly balance: bigint
  readonly nonce: bigint
  readonly codeHash: Hex
  /** Undefined where a node without proofs did not say. */
  readonly storageHash?: Hex | undefined
}

/** Sizes and counters of one fork backend. */
export interface ForkStats {
  /** Facts of the chain kept, by kind. */
  readonly baseAccounts: number
  readonly baseSlots: number
  readonly baseCodes: number
  /** What they take, tables included. */
  readonly baseBytes: number
  /** Reads answered from these facts. */
  readonly baseHits: number
  /** Reads that found nothing there. */
  readonly baseMisses: number
  /** Facts dropped to keep to maxCacheSize and maxCacheBytes. */
  readonly evictions: number
  /** Things asked of the chain and not yet answered. */
  readonly requestsInFlight: number
}

/** One fork backend in the core. */
export class ForkCore {
  readonly engine: Engine
  readonly #frame: Frame
  readonly #functions: CoreFunctions
  #handle: number

  constructor(engine: Engine, options: ForkCoreOptions) {
    const frame = frameOf(engine)
    writeSeed(frame, FORK_CONFIG_SEED)
    frame.view.setBigUint64(
      frame.struct + FORK_CONFIG_MAX_ENTRIES,
      BigInt(options.maxEntries),
      true,
    )
    frame.view.setBigUint64(frame.struct + FORK_CONFIG_MAX_BYTES, BigInt(options.maxBytes), true)
    this.engine = engine
    this.#frame = frame
    this.#functions = engine.functions
    this.#check(this.#functions.fork_backend_create(frame.struct, frame.handle), 'making a fork')
    this.#handle = frame.view.getUint32(frame.handle, true)
  }

  /** For making a manager over it. */
  get handle(): number {
    return this.#handle
  }

  /** Destroys the handle; again does nothing. */
  destroy(): void {
    if (this.#handle === STATE_MANAGER_NULL_HANDLE) return
    const handle = this.#handle
    this.#handle = STATE_MANAGER_NULL_HANDLE
    this.#frame.settle(this.#functions.fork_backend_destroy(handle))
  }

  /** Takes the oldest queued request; undefined if there is none. */
  nextRequest(): CoreRequest | undefined {
    const frame = this.#frame
    const status = frame.settle(
      this.#functions.fork_backend_next_request(this.#handle, frame.struct),
    )
    if (status === STATE_MANAGER_ERROR_NO_REQUEST) return undefined
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'taking a request')
    const { bytes, view, struct } = frame
    const hexAt = (offset: number, length: number): Hex =>
      toHex(bytes, struct + offset, struct + offset + length)
    return {
      id: view.getUint32(struct + FORK_REQUEST_ID, true),
      generation: view.getUint32(struct + FORK_REQUEST_GENERATION, true),
      kind: kindOf(view.getUint32(struct + FORK_REQUEST_KIND, true)),
      address: hexAt(FORK_REQUEST_ADDRESS, ADDRESS_BYTES),
      word: hexAt(FORK_REQUEST_SLOT, WORD_BYTES),
    }
  }

  /**
   * Answers an account request; false if it is not open any more.
   *
   * @throws InvalidInputError or InvalidHexError if a field is not what it should be.
   */
  provideAccount(request: RequestName, fact: AccountFact): boolean {
    this.#writeAccount(fact)
    const { id, generation } = request
    const { struct } = this.#frame
    return this.#wasTaken(
      this.#functions.fork_backend_provide_account(this.#handle, generation, id, struct),
    )
  }

  /** Answers a storage request; false if it is not open any more. */
  provideStorage(request: RequestName, value: bigint): boolean {
    const frame = this.#frame
    writeUint256(value, 'value', frame.view, frame.value)
    const { id, generation } = request
    return this.#wasTaken(
      this.#functions.fork_backend_provide_storage(this.#handle, generation, id, frame.value),
    )
  }

  /** Answers a code request; 'mismatch', leaving it open, if the code has another hash. */
  provideCode(request: RequestName, code: Uint8Array): 'taken' | 'dropped' | 'mismatch' {
    const frame = this.#frame
    const buffer = frame.reserve(code.length)
    frame.bytes.set(code, buffer)
    const result = this.#functions.fork_backend_provide_code(
      this.#handle,
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
    this.#wasTaken(this.#functions.fork_backend_fail(this.#handle, request.generation, request.id))
  }

  /** Adds an account nobody asked for. */
  insertAccount(generation: number, address: Hex, fact: AccountFact): void {
    this.#writeAccount(fact)
    const frame = this.#frame
    frame.writeAddress(address)
    this.#wasTaken(
      this.#functions.fork_backend_insert_account(
        this.#handle,
        generation,
        frame.address,
        frame.struct,
      ),
    )
  }

  /** Drops all facts and open requests; answers under way will be dropped. */
  clear(): void {
    this.#check(this.#functions.fork_backend_clear(this.#handle), 'clearing the fork cache')
  }

  /** keccak256 of any bytes, 32 bytes. */
  keccak256(data: Uint8Array): Hex {
    return this.#frame.keccak256(data)
  }

  stats(): ForkStats {
    const frame = this.#frame
    this.#check(
      this.#functions.fork_backend_stats(this.#handle, frame.struct),
      'reading metrics of the fork',
    )
    return {
      baseAccounts: frame.counter(FORK_STATS_BASE_ACCOUNTS),
      baseSlots: frame.counter(FORK_STATS_BASE_SLOTS),
      baseCodes: frame.counter(FORK_STATS_BASE_CODES),
      baseBytes: frame.counter(FORK_STATS_BASE_BYTES),
      baseHits: frame.counter(FORK_STATS_BASE_HITS),
      baseMisses: frame.counter(FORK_STATS_BASE_MISSES),
      evictions: frame.counter(FORK_STATS_EVICTIONS),
      requestsInFlight: frame.counter(FORK_STATS_OPEN_REQUESTS),
    }
  }

  /** An account none of whose fields is set is absent: the core decides that. */
  #writeAccount(fact: AccountFact): void {
    const { bytes, view, struct } = this.#frame
    bytes.fill(0, struct, struct + ACCOUNT_RECORD_BYTES)
    writeUint256(fact.balance, 'balance', view, struct + ACCOUNT_RECORD_BALANCE)
    writeUint64(fact.nonce, 'nonce', view, struct + ACCOUNT_RECORD_NONCE)
    const codeHashAt = struct + ACCOUNT_RECORD_CODE_HASH
    writeFixed(fact.codeHash, WORD_BYTES, 'code hash', bytes, codeHashAt)
    let known = ACCOUNT_KNOWS_FIELDS
    if (fact.storageHash !== undefined) {
      const rootAt = struct + ACCOUNT_RECORD_STORAGE_ROOT
      writeFixed(fact.storageHash, WORD_BYTES, 'storage hash', bytes, rootAt)
      known |= ACCOUNT_KNOWS_STORAGE_ROOT
    }
    bytes[struct + ACCOUNT_RECORD_KNOWN] = known
    bytes[struct + ACCOUNT_RECORD_PRESENCE] = ACCOUNT_UNKNOWN
  }

  #wasTaken(result: number): boolean {
    const status = this.#frame.settle(result)
    if (status === STATE_MANAGER_SUCCESS) return true
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return false
    throw statusError(status, 'caching an answer')
  }

  #check(result: number, operation: string): void {
    const status = this.#frame.settle(result)
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, operation)
  }
}

function kindOf(kind: number): CoreRequest['kind'] {
  if (kind === FORK_REQUEST_ACCOUNT) return 'account'
  return kind === FORK_REQUEST_STORAGE ? 'storage' : 'code'
}
