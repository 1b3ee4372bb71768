/**
 * The part of a state manager that is about local writes alone: it never fetches and never waits.
 */

import type { Hex } from '../encoding/hex.ts'
import type { AddressLike, SlotLike, ValueLike } from '../ffi/arguments.ts'
import type { ManagerCore } from '../ffi/manager-core.ts'
import type { ManagerWrites } from '../ffi/manager-writes.ts'
import { dumpPieces, dumpState, loadState } from './dump/dump.ts'
import type { StateDump } from './dump/dump-format.ts'
import type { ManagerParts } from './options.ts'

/** What a manager is made of; for adapters. Not part of the public API. */
export let partsOf: (state: LocalState) => ManagerParts

/** Writes, checkpoints, snapshots and dumps; `StateManager` has the rest. */
export abstract class LocalState {
  readonly #parts: ManagerParts
  readonly #core: ManagerCore
  readonly #writes: ManagerWrites

  static {
    partsOf = (state) => state.#parts
  }

  protected constructor(parts: ManagerParts) {
    this.#parts = parts
    this.#core = parts.core
    this.#writes = parts.core.writes
  }

  // Writes. They stay local, never fetch, and win over answers that are still under way. Each makes
  // an absent account exist, and leaves its other fields as they are, unknown ones included.

  /** @param balance In wei, below 2^256. */
  setBalance(address: AddressLike, balance: bigint): void {
    this.#writes.setBalance(address, balance)
  }

  /** @param nonce Below 2^64 (EIP-2681). */
  setNonce(address: AddressLike, nonce: bigint): void {
    this.#writes.setNonce(address, nonce)
  }

  /** @param value At most 32 bytes, padded with zeros before them, or a bigint below 2^256. */
  setStorage(address: AddressLike, slot: SlotLike, value: ValueLike): void {
    this.#writes.setStorage(address, slot, value)
  }

  /**
   * Sets the code, and with it the code hash.
   *
   * @throws LimitExceededError if it is longer than `STATE_MANAGER_MAX_CODE_BYTES`.
   */
  setCode(address: AddressLike, code: Hex | Uint8Array): void {
    this.#writes.setCode(address, code)
  }

  /** Makes the account absent and its storage zero, whatever the chain holds. O(1). */
  deleteAccount(address: AddressLike): void {
    this.#writes.deleteAccount(address)
  }

  /** Makes every slot zero, whatever the chain holds; an absent account stays absent. O(1). */
  clearStorage(address: AddressLike): void {
    this.#writes.clearStorage(address)
  }

  // Checkpoints are scopes on a stack; snapshots are points in time with an id.

  /**
   * Opens a checkpoint. O(1).
   *
   * @throws LimitExceededError at a depth of `STATE_MANAGER_MAX_CHECKPOINT_DEPTH`.
   */
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
   * @throws LimitExceededError when `STATE_MANAGER_MAX_SNAPSHOTS` are live.
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

  // Dumps hold local writes and nothing of the chain.

  /**
   * Local writes as an object that JSON can hold, accounts and slots sorted. O(writes).
   *
   * @example
   * writeFileSync('state.json', JSON.stringify(state.dump()))
   * other.load(JSON.parse(readFileSync('state.json', 'utf8')))
   */
  dump(): StateDump {
    return dumpState(this.#core)
  }

  /**
   * As {@link LocalState.dump} for many writes: small dumps, to be loaded one after the other.
   * They hold the writes as they are when the first is taken, whatever is written later. Take all,
   * or leave the loop with `break`, which frees what is held for it.
   */
  dumpStream(): Generator<StateDump, void> {
    return dumpPieces(this.#parts)
  }

  /**
   * Writes a dump on top of what is there: all of it, or nothing if it throws. It is undone like
   * any write. What the dump leaves out stays as it is, unknown if it is unknown.
   *
   * @throws InvalidInputError, InvalidHexError or LimitExceededError if the dump is malformed.
   */
  load(dump: StateDump): void {
    loadState(this.#core, dump)
  }
}
