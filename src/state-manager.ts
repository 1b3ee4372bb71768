/**
 * The state manager: what users of this package hold.
 *
 * It ties a manager in the core to a fork, if there is one. Reads that hit are answered in the same
 * turn; reads that miss wait in the fork's miss loop. Writes, checkpoints and snapshots are
 * synchronous and never fetch. It holds no state of its own and decodes nothing: both are the
 * core's and the boundary's.
 *
 * Ownership: a manager frees its memory in the core when it is destroyed, or some time after it was
 * garbage collected.
 */

import type { Hex } from './encoding/hex.ts'
import { toHex } from './encoding/hex.ts'
import { DestroyedError, InvalidInputError } from './errors.ts'
import type { ManagerCore, ValueLike } from './ffi/core.ts'
import type { Account, AddressLike, SlotLike } from './ffi/core-reads.ts'
import { RpcPendingError } from './ffi/status.ts'
import type { ForkBlockTag } from './fork/block-target.ts'
import type { Fork, PinnedBlock } from './fork/fork.ts'
import type { Attempt, ReadKey } from './fork/waiting-reads.ts'
import { keyOf } from './fork/waiting-reads.ts'
import {
  accountOf,
  balanceOf,
  codeOf,
  nonceOf,
  storageBytesOf,
  storageOf,
} from './state/attempts.ts'
import type { Metrics } from './state/metrics.ts'
import { metricsOf } from './state/metrics.ts'
import type { BranchOptions, StateManagerOptions } from './state/options.ts'
import { ManagerParts, makeParts, PARTS } from './state/options.ts'

/** Frees what a manager held that nobody can reach any more. */
const abandoned = new FinalizationRegistry<ManagerParts>((parts) => parts.release())

/**
 * EVM state: in memory, or forked from a chain at one block, with local writes on top.
 *
 * Addresses are 20 bytes and slots 32 bytes, as `0x` hex or bytes; a slot may also be a bigint.
 * `get` asks the chain for what is unknown, `peek` never does. Bytes returned are copies.
 *
 * Every method throws, or rejects with: `InvalidInputError` or `InvalidHexError` for a malformed
 * argument, `DestroyedError` after `destroy()`, `OutOfMemoryError`. A `get` rejects also with:
 * `RpcError` if the chain cannot be read, `PinError`, `BlockMovedError`, `ReadCancelledError` if
 * the fork's cache is cleared or another block is pinned meanwhile, `AbortedError`.
 *
 * @example
 * using state = new StateManager({ rpcClient: 'http://127.0.0.1:8545', forkBlockTag: 19_000_000 })
 * const balance = await state.getBalance('0xd8da6bf26964af9d7eed9e03e53415d37aa96045')
 * state.checkpoint()
 * state.setBalance('0xd8da6bf26964af9d7eed9e03e53415d37aa96045', balance + 1n)
 * state.revert()
 */
export class StateManager {
  readonly #parts: ManagerParts
  readonly #core: ManagerCore

  /**
   * Makes no call to the chain: the first read does, or {@link StateManager.pinned}.
   *
   * @throws InvalidInputError or InvalidHexError if an option is not what it should be.
   * @throws EngineLoadError if the bundled core cannot be loaded.
   */
  constructor(options: StateManagerOptions = {}) {
    this.#parts = makeParts(options)
    this.#core = this.#parts.core
    abandoned.register(this, this.#parts, this)
  }

  // Reads. An absent account reads as balance 0, nonce 0, no code and zero slots.

  /** Balance in wei. */
  async getBalance(address: AddressLike): Promise<bigint> {
    return this.#core.balance(address, 'get') ?? this.#wait(balanceOf, keyOf(address))
  }

  /** Nonce: transactions sent by an account, or contracts made by a contract. */
  async getNonce(address: AddressLike): Promise<bigint> {
    return this.#core.nonce(address, 'get') ?? this.#wait(nonceOf, keyOf(address))
  }

  /** Value of a storage slot, 32 bytes of hex. */
  async getStorage(address: AddressLike, slot: SlotLike): Promise<Hex> {
    return this.#core.storage(address, slot, 'get') ?? this.#wait(storageOf, keyOf(address, slot))
  }

  /** Value of a storage slot, 32 bytes. */
  async getStorageBytes(address: AddressLike, slot: SlotLike): Promise<Uint8Array> {
    const value = this.#core.storageBytes(address, slot, 'get')
    return value ?? this.#wait(storageBytesOf, keyOf(address, slot))
  }

  /** Code as hex; `0x` for none. An EIP-7702 designator is code like any other. */
  async getCode(address: AddressLike): Promise<Hex> {
    return toHex(await this.getCodeBytes(address))
  }

  /** Code as bytes; empty for none. */
  async getCodeBytes(address: AddressLike): Promise<Uint8Array> {
    const key = keyOf(address)
    return codeOf(this.#core, key) ?? this.#wait(codeOf, key)
  }

  /** All fields of an account; undefined if it is absent, which an empty account is not. */
  async getAccount(address: AddressLike): Promise<Account | undefined> {
    const account = this.#core.account(address, 'get')
    if (account !== undefined) return account ?? undefined
    return (await this.#wait(accountOf, keyOf(address))) ?? undefined
  }

  /** As `getBalance`, without fetching; undefined for unknown. */
  peekBalance(address: AddressLike): bigint | undefined {
    return this.#core.balance(address, 'peek')
  }

  /** As `getNonce`, without fetching; undefined for unknown. */
  peekNonce(address: AddressLike): bigint | undefined {
    return this.#core.nonce(address, 'peek')
  }

  /** As `getStorage`, without fetching; undefined for unknown. */
  peekStorage(address: AddressLike, slot: SlotLike): Hex | undefined {
    return this.#core.storage(address, slot, 'peek')
  }

  /** As `getStorageBytes`, without fetching; undefined for unknown. */
  peekStorageBytes(address: AddressLike, slot: SlotLike): Uint8Array | undefined {
    return this.#core.storageBytes(address, slot, 'peek')
  }

  /** As `getCode`, without fetching; undefined for unknown. */
  peekCode(address: AddressLike): Hex | undefined {
    const code = this.peekCodeBytes(address)
    return code === undefined ? undefined : toHex(code)
  }

  /** As `getCodeBytes`, without fetching; undefined for unknown. */
  peekCodeBytes(address: AddressLike): Uint8Array | undefined {
    const codeHash = this.#core.codeHash(address, 'peek')
    return codeHash && this.#core.codeByHash(address, codeHash, 'peek')
  }

  /** Without fetching: the account, null if it is absent, undefined if a field is unknown. */
  peekAccount(address: AddressLike): Account | null | undefined {
    return this.#core.account(address, 'peek')
  }

  // Writes. They stay local, never fetch, and win over answers that are still under way. Each makes
  // an absent account exist, and leaves its other fields as they are, unknown ones included.

  /** @param balance In wei, below 2^256. */
  setBalance(address: AddressLike, balance: bigint): void {
    this.#core.setBalance(address, balance)
  }

  /** @param nonce Below 2^64 (EIP-2681). */
  setNonce(address: AddressLike, nonce: bigint): void {
    this.#core.setNonce(address, nonce)
  }

  /** @param value At most 32 bytes, padded with zeros before them, or a bigint below 2^256. */
  setStorage(address: AddressLike, slot: SlotLike, value: ValueLike): void {
    this.#core.setStorage(address, slot, value)
  }

  /**
   * Sets the code, and with it the code hash.
   *
   * @throws LimitExceededError if it is longer than 16 MiB.
   */
  setCode(address: AddressLike, code: Hex | Uint8Array): void {
    this.#core.setCode(address, code)
  }

  /** Makes the account absent and its storage zero, whatever the chain holds. O(1). */
  deleteAccount(address: AddressLike): void {
    this.#core.deleteAccount(address)
  }

  /** Makes every slot zero, whatever the chain holds; an absent account stays absent. O(1). */
  clearStorage(address: AddressLike): void {
    this.#core.clearStorage(address)
  }

  // Checkpoints are scopes on a stack; snapshots are points in time with an id.

  /** Opens a checkpoint. O(1). @throws LimitExceededError at a depth of 2^20. */
  checkpoint(): void {
    this.#core.checkpoint()
  }

  /** Closes the innermost checkpoint, keeping its writes. O(1). @throws NoCheckpointError */
  commit(): void {
    this.#core.commit()
  }

  /**
   * Closes the innermost checkpoint and undoes the writes since. O(writes). Snapshots taken inside
   * it die; what was fetched stays cached.
   *
   * @throws NoCheckpointError
   */
  revert(): void {
    this.#core.revert()
  }

  /** Open checkpoints. */
  get checkpointDepth(): number {
    return this.#core.checkpointDepth()
  }

  /**
   * Marks this point in time. O(1).
   *
   * @returns An id that no other snapshot ever has.
   * @throws LimitExceededError when 2^20 are live.
   */
  snapshot(): bigint {
    return this.#core.snapshot()
  }

  /**
   * Restores the state and the checkpoint depth of a snapshot. It and all later ones die.
   *
   * @throws InvalidSnapshotError if the id is used up, or of another manager; nothing changes.
   */
  revertToSnapshot(id: bigint): void {
    this.#core.revertToSnapshot(id)
  }

  // The whole.

  /**
   * An independent manager that starts from the present state, without checkpoints or snapshots.
   * O(1). Neither sees later writes of the other; both share the fork. Destroy each.
   */
  branch(): StateManager {
    const { core, fork } = this.#parts
    const parts = new ManagerParts(core.branch(), fork?.retain())
    return new StateManager({ [PARTS]: parts } as BranchOptions)
  }

  /**
   * Drops local writes, checkpoints, snapshots, and the fork's cache, for all managers over it.
   * Reads that wait are rejected with a `ReadCancelledError`; the block stays pinned.
   */
  clearCaches(): void {
    this.#core.clearCaches()
    this.#parts.fork?.cleared('the caches were cleared')
  }

  /**
   * Drops the fork's cache only, for all managers over it. Reads that wait are rejected with a
   * `ReadCancelledError`; the block stays pinned and local writes stay.
   */
  clearForkCache(): void {
    this.#requireLive('clearForkCache')
    this.#parts.fork?.clear('the fork cache was cleared')
  }

  /**
   * The block that is forked; resolves it if no read did yet.
   *
   * @throws PinError if that fails; the next call tries again.
   * @throws InvalidInputError if nothing is forked.
   */
  async pinned(): Promise<PinnedBlock> {
    return await this.#requireFork('pinned').pinned()
  }

  /**
   * Forks another block from now on, for all managers over the fork. What was cached is dropped,
   * reads that wait are rejected with a `ReadCancelledError`; local writes stay.
   *
   * @throws as {@link StateManager.pinned}; later reads try to resolve the new block again.
   */
  async repin(block: ForkBlockTag): Promise<PinnedBlock> {
    return await this.#requireFork('repin').repin(block)
  }

  /** Sizes and counters of this manager and its fork. */
  metrics(): Metrics {
    return metricsOf(this.#parts)
  }

  /**
   * Frees its memory. Reads that wait are rejected with a `DestroyedError`; branches live on. Again
   * does nothing.
   */
  destroy(): void {
    if (this.#core.isDestroyed) return
    abandoned.unregister(this)
    this.#parts.fork?.cancelReads(
      this,
      (place) => new DestroyedError('the manager was destroyed while the read waited', place),
    )
    this.#parts.release()
  }

  /** {@link StateManager.destroy}, for `using`. */
  [Symbol.dispose](): void {
    this.destroy()
  }

  #wait<Value>(attempt: Attempt<Value>, key: ReadKey): Promise<Value> {
    const { core, fork } = this.#parts
    if (fork === undefined) throw new RpcPendingError('a value is unknown and nothing is forked')
    return fork.read({ reader: this, core, attempt, key })
  }

  #requireLive(operation: string): void {
    if (!this.#core.isDestroyed) return
    throw new DestroyedError(`${operation}: the state manager was destroyed`)
  }

  #requireFork(operation: string): Fork {
    this.#requireLive(operation)
    const { fork } = this.#parts
    if (fork !== undefined) return fork
    throw new InvalidInputError(`${operation}: nothing is forked`, {
      hint: 'make the manager with `rpcClient` or `fork`',
    })
  }
}
