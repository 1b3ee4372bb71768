/**
 * Typed reads of one state manager in the core.
 *
 * A read returns the value, or `undefined` if it is unknown, so a hit costs no promise and no
 * closure. After a `get` that returned `undefined`, {@link ManagerHandle.pending} is the request to
 * wait for. Arguments are checked while they are written to the frame.
 */

import type { Hex } from '../encoding/hex.ts'
import { toHex, WORD_BYTES } from '../encoding/hex.ts'
import { isZeroWord, readUint256 } from '../encoding/integer.ts'
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
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { AddressLike, Intent, SlotLike } from './arguments.ts'
import type { ManagerHandle } from './manager-handle.ts'

/** All fields of an account that exists. */
export interface Account {
  /** In wei. */
  readonly balance: bigint
  /** Number of transactions sent by an account, or of contracts created by a contract. */
  readonly nonce: bigint
  /** keccak256 of the code, 32 bytes; the hash of zero bytes for an account without code. */
  readonly codeHash: Hex
  /** Root of the storage trie, 32 bytes; absent if it is unknown or slots were written locally. */
  readonly storageRoot?: Hex
}

/** As {@link Account}, with the hashes as bytes, which is faster to read. They are copies. */
export interface AccountBytes {
  /** In wei. */
  readonly balance: bigint
  readonly nonce: bigint
  /** 32 bytes. */
  readonly codeHash: Uint8Array
  /** 32 bytes; undefined if it is unknown or slots were written locally. */
  readonly storageRoot: Uint8Array | undefined
}

const NULL_POINTER = 0
const ZERO_WORD: Hex = `0x${'00'.repeat(WORD_BYTES)}`

/** Reads accounts, slots and code of a state manager. */
export class ManagerReads {
  readonly #handle: ManagerHandle

  constructor(handle: ManagerHandle) {
    this.#handle = handle
  }

  balance(address: AddressLike, intent: Intent): bigint | undefined {
    const handle = this.#handle
    const { frame } = handle
    frame.writeAddress(address)
    const result = handle.functions.state_manager_get_balance_sync(
      handle.number,
      frame.address,
      frame.value,
      handle.requestPointer(intent),
    )
    if (handle.isUnknown(result, 'reading a balance', 'account')) return
    return readUint256(frame.view, frame.value)
  }

  nonce(address: AddressLike, intent: Intent): bigint | undefined {
    const handle = this.#handle
    const { frame } = handle
    frame.writeAddress(address)
    const result = handle.functions.state_manager_get_nonce_sync(
      handle.number,
      frame.address,
      frame.value,
      handle.requestPointer(intent),
    )
    if (handle.isUnknown(result, 'reading a nonce', 'account')) return
    return frame.view.getBigUint64(frame.value)
  }

  storage(address: AddressLike, slot: SlotLike, intent: Intent): Hex | undefined {
    if (!this.#readStorage(address, slot, intent)) return
    const { frame } = this.#handle
    if (isZeroWord(frame.view, frame.value)) return ZERO_WORD
    return toHex(frame.bytes, frame.value, frame.value + WORD_BYTES)
  }

  storageBytes(address: AddressLike, slot: SlotLike, intent: Intent): Uint8Array | undefined {
    if (!this.#readStorage(address, slot, intent)) return
    const { frame } = this.#handle
    return frame.copy(frame.value, WORD_BYTES)
  }

  /** Leaves the value in the frame. Returns false if it is unknown. */
  #readStorage(address: AddressLike, slot: SlotLike, intent: Intent): boolean {
    const handle = this.#handle
    const { frame } = handle
    frame.writeAddress(address)
    frame.writeSlot(slot)
    const result = handle.functions.state_manager_get_storage_sync(
      handle.number,
      frame.address,
      frame.slot,
      frame.value,
      handle.requestPointer(intent),
    )
    return !handle.isUnknown(result, 'reading storage', 'slot')
  }

  /** The code hash of an account, 32 bytes. */
  codeHash(address: AddressLike, intent: Intent): Uint8Array | undefined {
    const handle = this.#handle
    const { frame } = handle
    frame.writeAddress(address)
    const result = handle.functions.state_manager_get_code_hash_sync(
      handle.number,
      frame.address,
      frame.hash,
      handle.requestPointer(intent),
    )
    if (handle.isUnknown(result, 'reading a code hash', 'account')) return
    return frame.copy(frame.hash, WORD_BYTES)
  }

  /** The code with a hash. `address` is the account whose code the chain is asked for. */
  codeByHash(address: AddressLike, codeHash: Uint8Array, intent: Intent): Uint8Array | undefined {
    const handle = this.#handle
    const { frame } = handle
    let buffer = NULL_POINTER
    let bufferBytes = 0
    for (;;) {
      frame.writeAddress(address)
      frame.bytes.set(codeHash, frame.hash)
      const result = handle.functions.state_manager_get_code_by_hash_sync(
        handle.number,
        frame.address,
        frame.hash,
        buffer,
        bufferBytes,
        frame.length,
        handle.requestPointer(intent),
      )
      const status = frame.settle(result)
      const length = frame.view.getUint32(frame.length, true)
      if (status === STATE_MANAGER_SUCCESS) return frame.copy(buffer, length)
      if (status !== STATE_MANAGER_ERROR_BUFFER_TOO_SMALL || bufferBytes > 0) {
        handle.isUnknown(status, 'reading code', 'account')
        return undefined
      }
      buffer = frame.reserve(length)
      bufferBytes = length
    }
  }

  /** The account; null if it is absent. */
  account(address: AddressLike, intent: Intent): Account | null | undefined {
    const found = this.#readAccount(address, intent)
    if (!found) return found
    const { bytes, view, struct } = this.#handle.frame
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

  /** As {@link ManagerReads.account}, with the hashes as bytes. */
  accountBytes(address: AddressLike, intent: Intent): AccountBytes | null | undefined {
    const found = this.#readAccount(address, intent)
    if (!found) return found
    const { bytes, view, struct } = this.#handle.frame
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

  /** Leaves the account in the frame. Returns null if it is absent, undefined if unknown. */
  #readAccount(address: AddressLike, intent: Intent): true | null | undefined {
    const handle = this.#handle
    const { frame } = handle
    frame.writeAddress(address)
    const result = handle.functions.state_manager_get_account_sync(
      handle.number,
      frame.address,
      frame.struct,
      handle.requestPointer(intent),
    )
    if (handle.isUnknown(result, 'reading an account', 'account')) return
    return frame.bytes[frame.struct + ACCOUNT_FIELDS_PRESENCE] === ACCOUNT_ABSENT ? null : true
  }
}
