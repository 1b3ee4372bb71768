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

import type { Hex } from '../encoding/hex.ts'
import { toHex } from '../encoding/hex.ts'
import { DestroyedError, InvalidInputError } from '../errors.ts'
import type { AddressLike, SlotLike, ValueLike } from '../ffi/arguments.ts'
import type { Engine } from '../ffi/engine.ts'
import type { ManagerCore } from '../ffi/manager-core.ts'
import type { Account, AccountBytes, ManagerReads } from '../ffi/manager-reads.ts'
import type { ManagerWrites } from '../ffi/manager-writes.ts'
import { RpcPendingError } from '../ffi/status.ts'
import type { ForkBlockTag } from '../fork/block/block-target.ts'
import type { TrustOptions } from '../fork/block/verify-options.ts'
import type { Attempt, ReadKey } from '../fork/fetch/waiting-reads.ts'
import { keyOf, WHOLE_STATE } from '../fork/fetch/waiting-reads.ts'
import type { Fork, PinnedBlock } from '../fork/fork.ts'
import type { PrefetchedCall } from '../fork/prefetch/prefetcher.ts'
import type { TouchLog } from '../fork/prefetch/touch-log.ts'
import type { CallRequest, EthProof, RpcPriority } from '../rpc/rpc-client.ts'
import {
  accountBytesOf,
  accountOf,
  balanceOf,
  codeOf,
  nonceOf,
  stateRootOf,
  storageBytesOf,
  storageOf,
  storageRootOf,
} from './attempts.ts'
import type { AccountDiff } from './dump/diff.ts'
import { diffState } from './dump/diff.ts'
import { dumpPieces, dumpState, loadState } from './dump/dump.ts'
import type { StateDump } from './dump/dump-format.ts'
import type { Metrics } from './metrics/metrics.ts'
import { metricsOf } from './metrics/metrics.ts'
import type { StateManagerOptions } from './options.ts'
import { makeParts } from './options.ts'
import { ManagerParts, readPartsWith } from './parts.ts'
import type { PrefetchContext, PrefetchEntry } from './prefetch/prefetch.ts'
import { prefetchEntries } from './prefetch/prefetch.ts'
import type { PrefetchCallOptions, WatchedCall } from './prefetch/prefetch-call.ts'
import { NO_PREFETCH, prefetchForCall } from './prefetch/prefetch-call.ts'
import { proofAttempt, readRooted } from './proofs.ts'
import type { CollectedWitness, ExecutionWitness } from './witness.ts'
import { collectWitness, loadWitness } from './witness.ts'

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
  readonly #reads: ManagerReads
  readonly #writes: ManagerWrites
  /** The call that was read ahead last. */
  #watched: WatchedCall | undefined
  /** Where what it reads is noted; on branches, that of the parent. */
  #log: TouchLog | undefined

  static {
    readPartsWith((manager) => (#parts in manager ? manager.#parts : undefined))
  }

  /**
   * Makes no call to the chain: the first read does, or {@link StateManager.pinned}.
   *
   * @throws InvalidInputError or InvalidHexError if an option is not what it should be.
   * @throws EngineLoadError if the bundled core cannot be loaded.
   */
  constructor(options?: StateManagerOptions)
  constructor(given: StateManagerOptions | ManagerParts = {}) {
    this.#parts = given instanceof ManagerParts ? given : makeParts(given)
    this.#core = this.#parts.core
    this.#reads = this.#core.reads
    this.#writes = this.#core.writes
    abandoned.register(this, this.#parts, this)
  }

  /** The build of the core it lives in, and branches with it. */
  get ffi(): Engine {
    return this.#core.engine
  }

  // Reads. An absent account reads as balance 0, nonce 0, no code and zero slots.

  /** Balance in wei. */
  async getBalance(address: AddressLike): Promise<bigint> {
    this.#log?.touch(address)
    return this.#reads.balance(address, 'get') ?? this.#wait(balanceOf, keyOf(address))
  }

  /** Nonce: transactions sent by an account, or contracts made by a contract. */
  async getNonce(address: AddressLike): Promise<bigint> {
    this.#log?.touch(address)
    return this.#reads.nonce(address, 'get') ?? this.#wait(nonceOf, keyOf(address))
  }

  /** Value of a storage slot, 32 bytes of hex. */
  async getStorage(address: AddressLike, slot: SlotLike): Promise<Hex> {
    this.#log?.touch(address, slot)
    return this.#reads.storage(address, slot, 'get') ?? this.#wait(storageOf, keyOf(address, slot))
  }

  /** Value of a storage slot, 32 bytes. */
  async getStorageBytes(address: AddressLike, slot: SlotLike): Promise<Uint8Array> {
    this.#log?.touch(address, slot)
    const value = this.#reads.storageBytes(address, slot, 'get')
    return value ?? this.#wait(storageBytesOf, keyOf(address, slot))
  }

  /** Code as hex; `0x` for none. An EIP-7702 designator is code like any other. */
  async getCode(address: AddressLike): Promise<Hex> {
    return toHex(await this.getCodeBytes(address))
  }

  /** Code as bytes; empty for none. */
  async getCodeBytes(address: AddressLike): Promise<Uint8Array> {
    this.#log?.touch(address)
    const key = keyOf(address)
    return codeOf(this.#core, key) ?? this.#wait(codeOf, key)
  }

  /** All fields of an account; undefined if it is absent, which an empty account is not. */
  async getAccount(address: AddressLike): Promise<Account | undefined> {
    this.#log?.touch(address)
    const account = this.#reads.account(address, 'get')
    if (account !== undefined) return account ?? undefined
    return (await this.#wait(accountOf, keyOf(address))) ?? undefined
  }

  /** As `getAccount`, with the hashes as bytes. */
  async getAccountBytes(address: AddressLike): Promise<AccountBytes | undefined> {
    this.#log?.touch(address)
    const account = this.#reads.accountBytes(address, 'get')
    if (account !== undefined) return account ?? undefined
    return (await this.#wait(accountBytesOf, keyOf(address))) ?? undefined
  }

  /** As `getBalance`, without fetching; undefined for unknown. */
  peekBalance(address: AddressLike): bigint | undefined {
    this.#log?.touch(address)
    return this.#reads.balance(address, 'peek')
  }

  /** As `getNonce`, without fetching; undefined for unknown. */
  peekNonce(address: AddressLike): bigint | undefined {
    this.#log?.touch(address)
    return this.#reads.nonce(address, 'peek')
  }

  /** As `getStorage`, without fetching; undefined for unknown. */
  peekStorage(address: AddressLike, slot: SlotLike): Hex | undefined {
    this.#log?.touch(address, slot)
    return this.#reads.storage(address, slot, 'peek')
  }

  /** As `getStorageBytes`, without fetching; undefined for unknown. */
  peekStorageBytes(address: AddressLike, slot: SlotLike): Uint8Array | undefined {
    this.#log?.touch(address, slot)
    return this.#reads.storageBytes(address, slot, 'peek')
  }

  /** As `getCode`, without fetching; undefined for unknown. */
  peekCode(address: AddressLike): Hex | undefined {
    const code = this.peekCodeBytes(address)
    return code === undefined ? undefined : toHex(code)
  }

  /** As `getCodeBytes`, without fetching; undefined for unknown. */
  peekCodeBytes(address: AddressLike): Uint8Array | undefined {
    this.#log?.touch(address)
    const codeHash = this.#reads.codeHash(address, 'peek')
    return codeHash && this.#reads.codeByHash(address, codeHash, 'peek')
  }

  /** Without fetching: the account, null if it is absent, undefined if a field is unknown. */
  peekAccount(address: AddressLike): Account | null | undefined {
    this.#log?.touch(address)
    return this.#reads.account(address, 'peek')
  }

  /** As `peekAccount`, with the hashes as bytes. */
  peekAccountBytes(address: AddressLike): AccountBytes | null | undefined {
    this.#log?.touch(address)
    return this.#reads.accountBytes(address, 'peek')
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
   * As {@link StateManager.dump} for many writes: small dumps, to be loaded one after the other.
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

  // Roots and proofs of the local state, and witnesses.

  /**
   * The root of the state with all local writes, 32 bytes: what a full node would compute. Only
   * what was written since the last root is hashed. Over a fork, the trie nodes that it needs are
   * fetched.
   *
   * Accounts without balance, nonce and code count like others: whether they are removed (EIP-161)
   * is up to who executes, with `deleteAccount`.
   *
   * @throws MissingTrieNodeError if a write deleted something whose sibling cannot be obtained. A
   *   root is never made up.
   * @throws NoStateRootError if the node tells no state root of the pinned block; ProofError; and
   *   as a `get`.
   */
  async getStateRoot(): Promise<Hex> {
    return await readRooted(this, this.#parts, { attempt: stateRootOf, key: WHOLE_STATE })
  }

  /**
   * The root of the storage of an account with all local writes, 32 bytes; of an empty trie for an
   * absent account.
   *
   * @throws as {@link StateManager.getStateRoot}
   */
  async getStorageRoot(address: AddressLike): Promise<Hex> {
    return await readRooted(this, this.#parts, { attempt: storageRootOf, key: keyOf(address) })
  }

  /** As `getStorageRoot`, without fetching; undefined if that takes what is not known. */
  peekStorageRoot(address: AddressLike): Hex | undefined {
    try {
      return this.#core.roots.storageRoot(address, 'peek')
    } catch (error) {
      if (error instanceof RpcPendingError) return undefined
      throw error
    }
  }

  /**
   * An account and slots of it with their proofs (EIP-1186) under {@link StateManager.getStateRoot},
   * as of one moment. For an absent account fields and hashes are those of nothing.
   *
   * @param slots At most 16,384.
   * @throws as {@link StateManager.getStateRoot}
   */
  async getProof(address: AddressLike, slots: readonly SlotLike[] = []): Promise<EthProof> {
    const attempt = proofAttempt(slots)
    return await readRooted(this, this.#parts, { attempt, key: keyOf(address) })
  }

  /**
   * Takes trie nodes and codes of the pinned block, for all managers over the fork: what they show
   * is not asked of the chain any more. They are kept until the fork's cache is cleared.
   *
   * @throws InvalidInputError or InvalidHexError if the witness is malformed, its last header is
   *   not that of the pinned block, or nothing is forked; PinError.
   */
  async loadWitness(witness: ExecutionWitness): Promise<void> {
    await loadWitness(this.#parts, witness)
  }

  /**
   * The trie nodes and codes that show all that was read of the chain since the fork was made, its
   * cache was cleared or another block was pinned, and that the root after the local writes needs:
   * enough to run the same again with `witness`.
   *
   * @throws LimitExceededError if part of what was read has left the cache.
   * @throws as {@link StateManager.getStateRoot}
   */
  async collectWitness(): Promise<CollectedWitness> {
    return await collectWitness(this, this.#parts)
  }

  // Reading ahead. What it brings is cached like anything that was read.

  /**
   * Reads accounts with their code, and slots, in one round of requests and one more for code. What
   * is known already, or written locally, is not asked for. Of more than `maxCacheSize` keys the
   * first are dropped again.
   *
   * @param list In the shape of EIP-2930, with `slots` or `storageKeys`.
   * @throws as a `get`, once all have ended; what came is cached.
   */
  async prefetch(list: readonly PrefetchEntry[]): Promise<void> {
    const fetched = await prefetchEntries(list, this.#prefetching())
    this.#parts.fork?.prefetcher.noteFetched(fetched)
  }

  /**
   * Reads ahead what a call will touch, so that an EVM's reads hit. Then notes what this manager and
   * its branches read, until the next such call, for a later call of the same function of the same
   * code. Only keys are guessed: local writes and arguments may lead elsewhere, at the cost of a
   * request.
   *
   * @throws as a `get`. That the node cannot tell is no error: see `source` and `refusals`.
   */
  async prefetchCall(
    call: CallRequest,
    options: PrefetchCallOptions = {},
  ): Promise<PrefetchedCall> {
    this.#requireLive('prefetchCall')
    this.#endWatch()
    const { fork } = this.#parts
    if (fork === undefined) return NO_PREFETCH
    const watched = await prefetchForCall(call, options, { ...this.#prefetching(), fork })
    this.#watched = watched
    this.#log = watched.log
    return watched.result
  }

  // The whole.

  /**
   * An independent manager that starts from the present state, without checkpoints or snapshots.
   * O(1). Neither sees later writes of the other; both share the fork. Destroy each.
   */
  branch(): StateManager {
    const branch = managerOver(this.#parts.branch())
    branch.#log = this.#log
    return branch
  }

  /**
   * What local writes changed, each with its value before, sorted by address and slot. Before is
   * the pinned block, and what is unknown of it is fetched; in memory it is nothing. Values written
   * as they were before are left out.
   *
   * @throws as a `get`.
   */
  async diff(): Promise<readonly AccountDiff[]> {
    return await diffState(this, this.#parts)
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
   * reads that wait are rejected with a `ReadCancelledError`; local writes stay. What was trusted of
   * the block before is not trusted of this one.
   *
   * @throws InvalidInputError if something was trusted before, and nothing is of this block.
   * @throws as {@link StateManager.pinned}; later reads try to resolve the new block again.
   */
  async repin(block: ForkBlockTag, options?: TrustOptions): Promise<PinnedBlock> {
    return await this.#requireFork('repin').repin(block, options)
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
    this.#endWatch()
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

  #wait<Value>(
    attempt: Attempt<Value>,
    key: ReadKey,
    priority: RpcPriority = 'urgent',
  ): Promise<Value> {
    const { core, fork } = this.#parts
    if (fork === undefined) throw new RpcPendingError('a value is unknown and nothing is forked')
    return fork.read({ reader: this, core, attempt, key, priority })
  }

  #prefetching(): PrefetchContext {
    return { core: this.#core, wait: (attempt, key) => this.#wait(attempt, key, 'prefetch') }
  }

  #endWatch(): void {
    this.#watched?.finish()
    this.#watched = undefined
    this.#log = undefined
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

/** A manager made of parts, which it takes over. For the layers above; not part of the public API. */
export function managerOver(parts: ManagerParts): StateManager {
  const Over = StateManager as unknown as new (parts: ManagerParts) => StateManager
  return new Over(parts)
}
