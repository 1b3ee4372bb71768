/**
 * Typed calls of one state manager in the core: its life, writes, checkpoints and counters, on top
 * of the reads in `core-reads.ts`, the lists in `core-changes.ts` and the roots in `core-roots.ts`.
 *
 * Ownership: the creator of a `ManagerCore` destroys it; every later call throws `DestroyedError`.
 * It knows nothing of fetching.
 */

import type { Hex } from '../encoding/hex.ts'
import { byteLengthOf, isBytes, toBytes, WORD_BYTES, writePadded } from '../encoding/hex.ts'
import { writeUint64, writeUint256 } from '../encoding/integer.ts'
import { InvalidInputError } from '../errors.ts'
import type { ManagerStats } from './abi.gen.ts'
import {
  decodeManagerStats,
  MANAGER_CONFIG_SEED,
  MANAGER_STATS_CHECKPOINT_DEPTH,
  STATE_MANAGER_ERROR_INVALID_SNAPSHOT,
  STATE_MANAGER_MAX_CODE_BYTES,
  STATE_MANAGER_NULL_HANDLE,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { AddressLike, SlotLike } from './core-reads.ts'
import { destroyedError } from './core-reads.ts'
import { CoreRoots } from './core-roots.ts'
import type { Engine } from './engine.ts'
import type { ForkCore } from './fork-core.ts'
import { frameOf, writeSeed } from './frame.ts'
import { LimitExceededError, statusError } from './status.ts'

export type { ManagerStats }

/** A storage value; less than 32 bytes are padded with zeros before them. */
export type ValueLike = Hex | Uint8Array | bigint

const MAX_SNAPSHOT_ID = 2n ** 64n - 1n

/** One state manager in the core. */
export class ManagerCore extends CoreRoots {
  /** Makes a manager over an empty state. */
  static create(engine: Engine): ManagerCore {
    const frame = frameOf(engine)
    writeSeed(frame, MANAGER_CONFIG_SEED)
    const { state_manager_create } = engine.functions
    return ManagerCore.#adopt(engine, state_manager_create(frame.struct, frame.handle))
  }

  /** Makes a manager over a fork. */
  static createWithFork(fork: ForkCore): ManagerCore {
    const { engine } = fork
    const frame = frameOf(engine)
    writeSeed(frame, MANAGER_CONFIG_SEED)
    const { state_manager_create_with_fork } = engine.functions
    const result = state_manager_create_with_fork(frame.struct, fork.handle, frame.handle)
    return ManagerCore.#adopt(engine, result)
  }

  static #adopt(engine: Engine, result: number): ManagerCore {
    const frame = frameOf(engine)
    const status = frame.settle(result)
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'making a state manager')
    return new ManagerCore(engine, frame.view.getUint32(frame.handle, true))
  }

  /** An independent manager that starts from this one's present state. */
  branch(): ManagerCore {
    this.#check(this.functions.state_manager_branch(this.handle, this.frame.handle), 'branch')
    return new ManagerCore(this.engine, this.frame.view.getUint32(this.frame.handle, true))
  }

  /** Destroys it; again does nothing. */
  destroy(): void {
    if (this.isDestroyed) return
    const handle = this.handle
    this.handle = STATE_MANAGER_NULL_HANDLE
    this.frame.settle(this.functions.state_manager_destroy(handle))
  }

  // Writes.

  setBalance(address: AddressLike, balance: bigint): void {
    const frame = this.frame
    frame.writeAddress(address)
    writeUint256(balance, 'balance', frame.view, frame.value)
    this.#checkAt(
      this.functions.state_manager_set_balance(this.handle, frame.address, frame.value),
      'setBalance',
    )
  }

  setNonce(address: AddressLike, nonce: bigint): void {
    const frame = this.frame
    frame.writeAddress(address)
    writeUint64(nonce, 'nonce', frame.view, frame.value)
    this.#checkAt(
      this.functions.state_manager_set_nonce(this.handle, frame.address, frame.value),
      'setNonce',
    )
  }

  setStorage(address: AddressLike, slot: SlotLike, value: ValueLike): void {
    const frame = this.frame
    frame.writeAddress(address)
    frame.writeSlot(slot)
    if (typeof value === 'bigint') writeUint256(value, 'value', frame.view, frame.value)
    else writePadded(value, WORD_BYTES, 'value', frame.bytes, frame.value)
    this.#checkAt(
      this.functions.state_manager_set_storage(this.handle, frame.address, frame.slot, frame.value),
      'setStorage',
    )
  }

  setCode(address: AddressLike, code: Hex | Uint8Array): void {
    const frame = this.frame
    const bytes = isBytes(code) ? code : toBytes(code, 'code')
    const length = byteLengthOf(bytes)
    requireCodeLength(length)
    const buffer = frame.reserve(length)
    frame.bytes.set(bytes, buffer)
    frame.writeAddress(address)
    this.#checkAt(
      this.functions.state_manager_set_code(this.handle, frame.address, buffer, length),
      'setCode',
    )
  }

  deleteAccount(address: AddressLike): void {
    this.frame.writeAddress(address)
    this.#checkAt(
      this.functions.state_manager_delete_account(this.handle, this.frame.address),
      'deleteAccount',
    )
  }

  clearStorage(address: AddressLike): void {
    this.frame.writeAddress(address)
    this.#checkAt(
      this.functions.state_manager_clear_storage(this.handle, this.frame.address),
      'clearStorage',
    )
  }

  // Checkpoints and snapshots.

  checkpoint(): void {
    this.#check(this.functions.state_manager_checkpoint(this.handle), 'checkpoint')
  }

  commit(): void {
    this.#check(this.functions.state_manager_commit(this.handle), 'commit')
  }

  revert(): void {
    this.#check(this.functions.state_manager_revert(this.handle), 'revert')
  }

  snapshot(): bigint {
    const frame = this.frame
    this.#check(this.functions.state_manager_snapshot(this.handle, frame.id), 'snapshot')
    return frame.view.getBigUint64(frame.id)
  }

  revertToSnapshot(id: bigint): void {
    if (typeof id !== 'bigint') {
      throw new InvalidInputError('a snapshot id must be a bigint', { details: `got ${typeof id}` })
    }
    const details = `snapshot ${id}`
    if (id < 0n || id > MAX_SNAPSHOT_ID) {
      throw statusError(STATE_MANAGER_ERROR_INVALID_SNAPSHOT, 'revertToSnapshot', { details })
    }
    const frame = this.frame
    frame.view.setBigUint64(frame.id, id)
    const result = this.functions.state_manager_revert_to_snapshot(this.handle, frame.id)
    this.#check(result, 'revertToSnapshot', details)
  }

  // Caches and counters.

  /** Drops local writes, checkpoints, snapshots, and the facts and requests of the fork. */
  clearCaches(): void {
    this.#check(this.functions.state_manager_clear_caches(this.handle), 'clearCaches')
  }

  /** How many checkpoints are open. */
  checkpointDepth(): number {
    this.#readStats()
    return this.frame.counter(MANAGER_STATS_CHECKPOINT_DEPTH)
  }

  stats(): ManagerStats {
    this.#readStats()
    return decodeManagerStats(this.frame.view, this.frame.struct)
  }

  #readStats(): void {
    const result = this.functions.state_manager_stats(this.handle, this.frame.struct)
    this.#check(result, 'reading metrics')
  }

  #check(result: number, operation: string, details?: string): void {
    if (result === STATE_MANAGER_SUCCESS) return
    const status = this.frame.settle(result)
    if (status === STATE_MANAGER_SUCCESS) return
    if (this.isDestroyed) throw destroyedError(operation)
    throw statusError(status, operation, details === undefined ? {} : { details })
  }

  #checkAt(result: number, operation: string): void {
    if (result === STATE_MANAGER_SUCCESS) return
    const status = this.frame.settle(result)
    if (status !== STATE_MANAGER_SUCCESS) throw this.errorAt(status, operation)
  }
}

function requireCodeLength(length: number): void {
  if (length <= STATE_MANAGER_MAX_CODE_BYTES) return
  throw new LimitExceededError(`code is longer than ${STATE_MANAGER_MAX_CODE_BYTES} bytes`, {
    details: `got ${length} bytes`,
  })
}
