/**
 * Typed writes to one state manager in the core. They never fetch. Arguments are checked while they
 * are written to the frame.
 */

import type { Hex } from '../encoding/hex.ts'
import { byteLengthOf, isBytes, toBytes, WORD_BYTES, writePadded } from '../encoding/hex.ts'
import { writeUint64, writeUint256 } from '../encoding/integer.ts'
import { STATE_MANAGER_MAX_CODE_BYTES } from './abi.gen.ts'
import type { AddressLike, SlotLike, ValueLike } from './arguments.ts'
import type { ManagerHandle } from './manager-handle.ts'
import { LimitExceededError } from './status.ts'

/** Writes accounts, slots and code of a state manager. */
export class ManagerWrites {
  readonly #handle: ManagerHandle

  constructor(handle: ManagerHandle) {
    this.#handle = handle
  }

  setBalance(address: AddressLike, balance: bigint): void {
    const handle = this.#handle
    const { frame } = handle
    frame.writeAddress(address)
    writeUint256(balance, 'balance', frame.view, frame.value)
    const result = handle.functions.state_manager_set_balance(
      handle.number,
      frame.address,
      frame.value,
    )
    handle.check(result, 'setBalance', 'account')
  }

  setNonce(address: AddressLike, nonce: bigint): void {
    const handle = this.#handle
    const { frame } = handle
    frame.writeAddress(address)
    writeUint64(nonce, 'nonce', frame.view, frame.value)
    const result = handle.functions.state_manager_set_nonce(
      handle.number,
      frame.address,
      frame.value,
    )
    handle.check(result, 'setNonce', 'account')
  }

  setStorage(address: AddressLike, slot: SlotLike, value: ValueLike): void {
    const handle = this.#handle
    const { frame } = handle
    frame.writeAddress(address)
    frame.writeSlot(slot)
    if (typeof value === 'bigint') writeUint256(value, 'value', frame.view, frame.value)
    else writePadded(value, WORD_BYTES, 'value', frame.bytes, frame.value)
    const result = handle.functions.state_manager_set_storage(
      handle.number,
      frame.address,
      frame.slot,
      frame.value,
    )
    handle.check(result, 'setStorage', 'account')
  }

  setCode(address: AddressLike, code: Hex | Uint8Array): void {
    const handle = this.#handle
    const { frame } = handle
    const bytes = isBytes(code) ? code : toBytes(code, 'code')
    const length = byteLengthOf(bytes)
    requireCodeLength(length)
    const buffer = frame.reserve(length)
    frame.bytes.set(bytes, buffer)
    frame.writeAddress(address)
    const result = handle.functions.state_manager_set_code(
      handle.number,
      frame.address,
      buffer,
      length,
    )
    handle.check(result, 'setCode', 'account')
  }

  deleteAccount(address: AddressLike): void {
    const handle = this.#handle
    const { frame } = handle
    frame.writeAddress(address)
    const result = handle.functions.state_manager_delete_account(handle.number, frame.address)
    handle.check(result, 'deleteAccount', 'account')
  }

  clearStorage(address: AddressLike): void {
    const handle = this.#handle
    const { frame } = handle
    frame.writeAddress(address)
    const result = handle.functions.state_manager_clear_storage(handle.number, frame.address)
    handle.check(result, 'clearStorage', 'account')
  }
}

function requireCodeLength(length: number): void {
  if (length <= STATE_MANAGER_MAX_CODE_BYTES) return
  throw new LimitExceededError(`code is longer than ${STATE_MANAGER_MAX_CODE_BYTES} bytes`, {
    details: `got ${length} bytes`,
  })
}
