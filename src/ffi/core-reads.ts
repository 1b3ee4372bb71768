/**
 * Typed reads of one state manager in the core.
 *
 * A read answers a value or `undefined` for unknown, so a hit costs no promise and no closure;
 * after an unknown `get`, {@link CoreReads.pending} says which request to wait for. Arguments are
 * checked while they are written to the frame.
 */

import type { Hex } from '../encoding/hex.ts'
import { toHex, WORD_BYTES } from '../encoding/hex.ts'
import { isZeroWord, readUint256 } from '../encoding/integer.ts'
import type { ForkStateError } from '../errors.ts'
import { DestroyedError } from '../errors.ts'
import type { CoreFunctions, Status } from './abi.gen.ts'
import {
  ACCOUNT_ABSENT,
  ACCOUNT_FIELDS_BALANCE,
  ACCOUNT_FIELDS_CODE_HASH,
  ACCOUNT_FIELDS_KNOWN,
  ACCOUNT_FIELDS_NONCE,
  ACCOUNT_FIELDS_PRESENCE,
  ACCOUNT_FIELDS_STORAGE_ROOT,
  ACCOUNT_KNOWS_STORAGE_ROOT,
  STATE_MANAGER_ERROR_BUFFER_TOO_SMALL,
  STATE_MANAGER_ERROR_QUEUE_FULL,
  STATE_MANAGER_ERROR_RPC_PENDING,
  STATE_MANAGER_NULL_HANDLE,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { Engine } from './engine.ts'
import type { Frame } from './frame.ts'
import { frameOf } from './frame.ts'
import { statusError } from './status.ts'

/** A 20-byte address. */
export type AddressLike = Hex | Uint8Array
/** A 32-byte storage slot, or its number. */
export type SlotLike = Hex | Uint8Array | bigint
/** Whether an unknown value is asked of the chain (`get`) or not (`peek`). */
export type Intent = 'get' | 'peek'

/** All of one account that exists. */
export interface Account {
  /** In wei. */
  readonly balance: bigint
  /** Number of transactions sent, or of contracts made. */
  readonly nonce: bigint
  /** keccak256 of the code, 32 bytes; keccak256 of nothing for an account without code. */
  readonly codeHash: Hex
  /** Root of the storage trie, 32 bytes; only there while it is known and no local write counts. */
  readonly storageRoot?: Hex
}

/** As {@link Account}, with the hashes as bytes, which are copies: for readers in a hurry. */
export interface AccountBytes {
  /** In wei. */
  readonly balance: bigint
  readonly nonce: bigint
  /** 32 bytes. */
  readonly codeHash: Uint8Array
  /** 32 bytes; undefined while it is unknown or slots were written locally. */
  readonly storageRoot: Uint8Array | undefined
}

/** {@link CoreReads.pending}: no request could be opened, because too many are open. */
export const QUEUE_FULL = -1

const NULL_POINTER = 0
const ZERO_WORD: Hex = `0x${'00'.repeat(WORD_BYTES)}`

/** The reads of a state manager; `ManagerCore` has all of it. */
export abstract class CoreReads {
  readonly engine: Engine
  /**
   * After a `get` that gave `undefined`: the id of the request to wait for, or {@link QUEUE_FULL}.
   */
  pending = 0
  protected readonly frame: Frame
  protected readonly functions: CoreFunctions
  protected handle: number

  protected constructor(engine: Engine, handle: number) {
    this.engine = engine
    this.frame = frameOf(engine)
    this.functions = engine.functions
    this.handle = handle
  }

  get isDestroyed(): boolean {
    return this.handle === STATE_MANAGER_NULL_HANDLE
  }

  balance(address: AddressLike, intent: Intent): bigint | undefined {
    const frame = this.frame
    frame.writeAddress(address)
    const result = this.functions.state_manager_get_balance_sync(
      this.handle,
      frame.address,
      frame.value,
      intent === 'get' ? frame.request : NULL_POINTER,
    )
    if (result !== STATE_MANAGER_SUCCESS && this.#isUnknown(result, 'reading a balance')) return
    return readUint256(frame.view, frame.value)
  }

  nonce(address: AddressLike, intent: Intent): bigint | undefined {
    const frame = this.frame
    frame.writeAddress(address)
    const result = this.functions.state_manager_get_nonce_sync(
      this.handle,
      frame.address,
      frame.value,
      intent === 'get' ? frame.request : NULL_POINTER,
    )
    if (result !== STATE_MANAGER_SUCCESS && this.#isUnknown(result, 'reading a nonce')) return
    return frame.view.getBigUint64(frame.value)
  }

  storage(address: AddressLike, slot: SlotLike, intent: Intent): Hex | undefined {
    if (!this.#readStorage(address, slot, intent)) return
    const frame = this.frame
    if (isZeroWord(frame.view, frame.value)) return ZERO_WORD
    return toHex(frame.bytes, frame.value, frame.value + WORD_BYTES)
  }

  storageBytes(address: AddressLike, slot: SlotLike, intent: Intent): Uint8Array | undefined {
    if (!this.#readStorage(address, slot, intent)) return
    return this.frame.copy(this.frame.value, WORD_BYTES)
  }

  /** Leaves the value in the frame; false if it is unknown. */
  #readStorage(address: AddressLike, slot: SlotLike, intent: Intent): boolean {
    const frame = this.frame
    frame.writeAddress(address)
    frame.writeSlot(slot)
    const result = this.functions.state_manager_get_storage_sync(
      this.handle,
      frame.address,
      frame.slot,
      frame.value,
      intent === 'get' ? frame.request : NULL_POINTER,
    )
    return (
      result === STATE_MANAGER_SUCCESS || !this.#isUnknown(result, 'reading storage', frame.slot)
    )
  }

  /** The code hash of an account, 32 bytes. */
  codeHash(address: AddressLike, intent: Intent): Uint8Array | undefined {
    const frame = this.frame
    frame.writeAddress(address)
    const result = this.functions.state_manager_get_code_hash_sync(
      this.handle,
      frame.address,
      frame.hash,
      intent === 'get' ? frame.request : NULL_POINTER,
    )
    if (result !== STATE_MANAGER_SUCCESS && this.#isUnknown(result, 'reading a code hash')) return
    return frame.copy(frame.hash, WORD_BYTES)
  }

  /** Code by its hash; `address` is the account to ask the chain for. */
  codeByHash(address: AddressLike, codeHash: Uint8Array, intent: Intent): Uint8Array | undefined {
    const frame = this.frame
    let buffer = NULL_POINTER
    let bufferBytes = 0
    for (;;) {
      frame.writeAddress(address)
      frame.bytes.set(codeHash, frame.hash)
      const result = this.functions.state_manager_get_code_by_hash_sync(
        this.handle,
        frame.address,
        frame.hash,
        buffer,
        bufferBytes,
        frame.length,
        intent === 'get' ? frame.request : NULL_POINTER,
      )
      const status = frame.settle(result)
      const length = frame.view.getUint32(frame.length, true)
      if (status === STATE_MANAGER_SUCCESS) return frame.copy(buffer, length)
      if (status !== STATE_MANAGER_ERROR_BUFFER_TOO_SMALL || bufferBytes > 0) {
        this.#isUnknown(status, 'reading code')
        return undefined
      }
      buffer = frame.reserve(length)
      bufferBytes = length
    }
  }

  /** The account, null if it is absent. */
  account(address: AddressLike, intent: Intent): Account | null | undefined {
    const found = this.#readAccount(address, intent)
    if (!found) return found
    const { bytes, view, struct } = this.frame
    const hashAt = (offset: number): Hex =>
      toHex(bytes, struct + offset, struct + offset + WORD_BYTES)
    const account = {
      balance: readUint256(view, struct + ACCOUNT_FIELDS_BALANCE),
      nonce: view.getBigUint64(struct + ACCOUNT_FIELDS_NONCE),
      codeHash: hashAt(ACCOUNT_FIELDS_CODE_HASH),
    }
    const known = bytes[struct + ACCOUNT_FIELDS_KNOWN] as number
    if ((known & ACCOUNT_KNOWS_STORAGE_ROOT) === 0) return account
    return { ...account, storageRoot: hashAt(ACCOUNT_FIELDS_STORAGE_ROOT) }
  }

  /** As {@link CoreReads.account}, without making text of the hashes. */
  accountBytes(address: AddressLike, intent: Intent): AccountBytes | null | undefined {
    const found = this.#readAccount(address, intent)
    if (!found) return found
    const { bytes, view, struct } = this.frame
    const rootAt = struct + ACCOUNT_FIELDS_STORAGE_ROOT
    const hashAt = struct + ACCOUNT_FIELDS_CODE_HASH
    const known = bytes[struct + ACCOUNT_FIELDS_KNOWN] as number
    const knowsRoot = (known & ACCOUNT_KNOWS_STORAGE_ROOT) !== 0
    return {
      balance: readUint256(view, struct + ACCOUNT_FIELDS_BALANCE),
      nonce: view.getBigUint64(struct + ACCOUNT_FIELDS_NONCE),
      codeHash: bytes.slice(hashAt, hashAt + WORD_BYTES),
      storageRoot: knowsRoot ? bytes.slice(rootAt, rootAt + WORD_BYTES) : undefined,
    }
  }

  /** Leaves the account in the frame; null if it is absent. */
  #readAccount(address: AddressLike, intent: Intent): true | null | undefined {
    const frame = this.frame
    frame.writeAddress(address)
    const result = this.functions.state_manager_get_account_sync(
      this.handle,
      frame.address,
      frame.struct,
      intent === 'get' ? frame.request : NULL_POINTER,
    )
    if (result !== STATE_MANAGER_SUCCESS && this.#isUnknown(result, 'reading an account')) return
    return frame.bytes[frame.struct + ACCOUNT_FIELDS_PRESENCE] === ACCOUNT_ABSENT ? null : true
  }

  /** True if the read is pending or the queue is full, false on success; throws otherwise. */
  #isUnknown(result: number, operation: string, slot?: number): boolean {
    const status = this.frame.settle(result)
    if (status === STATE_MANAGER_SUCCESS) return false
    if (status === STATE_MANAGER_ERROR_RPC_PENDING) {
      this.pending = this.frame.view.getUint32(this.frame.request, true)
      return true
    }
    if (status === STATE_MANAGER_ERROR_QUEUE_FULL) {
      this.pending = QUEUE_FULL
      return true
    }
    throw this.errorAt(status, operation, slot)
  }

  /** The same for a read about the whole state, or the account or slot that stands in the frame. */
  protected isUnknown(
    result: number,
    operation: string,
    place: 'state' | 'account' | 'slot',
  ): boolean {
    const status = this.frame.settle(result)
    if (
      place === 'state' &&
      status !== STATE_MANAGER_SUCCESS &&
      status !== STATE_MANAGER_ERROR_RPC_PENDING &&
      status !== STATE_MANAGER_ERROR_QUEUE_FULL
    ) {
      throw this.isDestroyed ? destroyedError(operation) : statusError(status, operation)
    }
    return this.#isUnknown(status, operation, place === 'slot' ? this.frame.slot : undefined)
  }

  /** The error for a status, at the address (and slot) that stands in the frame. */
  protected errorAt(status: Status, operation: string, slot?: number): ForkStateError {
    if (this.isDestroyed) return destroyedError(operation)
    const address = this.frame.addressHex()
    const place = slot === undefined ? { address } : { address, slot: this.frame.slotHex() }
    return statusError(status, operation, place)
  }
}

/** What a manager throws after it was destroyed. */
export function destroyedError(operation: string): DestroyedError {
  return new DestroyedError(`${operation}: the state manager was destroyed`, {
    hint: 'make a new one',
  })
}
