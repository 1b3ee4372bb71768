/**
 * The state manager: the object that users of this package hold.
 *
 * It is a facade: each method hands over to the part that does the work, and is documented here. It
 * connects a manager in the core to a fork, if there is one. Reads that hit are answered in the
 * same turn; reads that miss wait in the fork's miss loop. Writes, checkpoints and snapshots are
 * synchronous and never fetch. It holds no state and decodes nothing itself.
 *
 * Ownership: a manager frees its memory in the core when it is destroyed, or some time after it was
 * garbage collected.
 */

import { DestroyedError, InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { toHex } from '../encoding/hex.ts'
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

/** Frees the parts of managers that were garbage collected without `destroy()`. */
const abandoned = new FinalizationRegistry<ManagerParts>((parts) => parts.release())

/**
 * EVM state: in memory, or forked from a chain at one block, with local writes on top.
 *
 * Addresses are 20 bytes and slots 32 bytes, as `0x` hex or bytes; a slot may also be a bigint. A
 * `get` fetches unknown values from the chain, a `peek` never does. Returned bytes are copies.
 *
 * Every method can throw, or reject with, `InvalidInputError` or `InvalidHexError` for a malformed
 * argument, `DestroyedError` after `destroy()`, and `OutOfMemoryError`. A `get` can also reject
 * with `RpcError` if the chain cannot be read, `PinError`, `BlockMovedError`, `AbortedError`, and
 * `ReadCancelledError` if the fork's cache is cleared or another block is pinned meanwhile.
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
  /** The call that `prefetchCall` read ahead last. */
  #watched: WatchedCall | undefined
  /** Notes the reads of that call; a branch shares the log of its parent. */
  #log: TouchLog | undefined

  static {
    readPartsWith((manager) => (#parts in manager ? manager.#parts : undefined))
  }

  /**
   * Sends nothing to the chain: the first read does, or {@link StateManager.pinned}.
   *
   * @throws InvalidInputError or InvalidHexError if an option is invalid.
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

  /** The build of the core that the manager and its branches live in. */
  get ffi(): Engine {
    return this.#core.engine
  }

  // Reads. An absent account has balance 0, nonce 0, no code, and only zero slots.

  /** Balance in wei. */
  async getBalance(address: AddressLike): Promise<bigint> {
    this.#log?.touch(address)
    return this.#reads.balance(address, 'get') ?? this.#wait(balanceOf, keyOf(address))
  }

  /** Nonce: transactions sent by an account, or contracts created by a contract. */
  async getNonce(address: AddressLike): Promise<bigint> {
    this.#log?.touch(address)
    return this.#reads.nonce(address, 'get') ?? this.#wait(nonceOf, keyOf(address))
  }

  /** Value of a storage slot: 32 bytes as hex. */
  async getStorage(address: AddressLike, slot: SlotLike): Promise<Hex> {
    this.#log?.touch(address, slot)
    return this.#reads.storage(address, slot, 'get') ?? this.#wait(storageOf, keyOf(address, slot))
  }

  /** Value of a storage slot: 32 bytes, big-endian. */
  async getStorageBytes(address: AddressLike, slot: SlotLike): Promise<Uint8Array> {
    this.#log?.touch(address, slot)
    const value = this.#reads.storageBytes(address, slot, 'get')
    return value ?? this.#wait(storageBytesOf, keyOf(address, slot))
  }

  /** Code as hex; `0x` for none. An EIP-7702 delegation designator counts as code. */
  async getCode(address: AddressLike): Promise<Hex> {
    return toHex(await this.getCodeBytes(address))
  }

  /** Code as bytes; empty for none. */
  async getCodeBytes(address: AddressLike): Promise<Uint8Array> {
    this.#log?.touch(address)
    const key = keyOf(address)
    return codeOf(this.#core, key) ?? this.#wait(codeOf, key)
  }

  /** All fields of an account; undefined if it is absent. An empty account is not absent. */
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

  /** As `getBalance`, without fetching; undefined if it is unknown. */
  peekBalance(address: AddressLike): bigint | undefined {
    this.#log?.touch(address)
    return this.#reads.balance(address, 'peek')
  }

  /** As `getNonce`, without fetching; undefined if it is unknown. */
  peekNonce(address: AddressLike): bigint | undefined {
    this.#log?.touch(address)
    return this.#reads.nonce(address, 'peek')
  }

  /** As `getStorage`, without fetching; undefined if it is unknown. */
  peekStorage(address: AddressLike, slot: SlotLike): Hex | undefined {
    this.#log?.touch(address, slot)
    return this.#reads.storage(address, slot, 'peek')
  }

  /** As `getStorageBytes`, without fetching; undefined if it is unknown. */
  peekStorageBytes(address: AddressLike, slot: SlotLike): Uint8Array | undefined {
    this.#log?.touch(address, slot)
    return this.#reads.storageBytes(address, slot, 'peek')
  }

  /** As `getCode`, without fetching; undefined if it is unknown. */
  peekCode(address: AddressLike): Hex | undefined {
    const code = this.peekCodeBytes(address)
    return code === undefined ? undefined : toHex(code)
  }

  /** As `getCodeBytes`, without fetching; undefined if it is unknown. */
  peekCodeBytes(address: AddressLike): Uint8Array | undefined {
    this.#log?.touch(address)
    const codeHash = this.#reads.codeHash(address, 'peek')
    return codeHash && this.#reads.codeByHash(address, codeHash, 'peek')
  }

  /** The account, without fetching; null if it is absent, undefined if a field is unknown. */
  peekAccount(address: AddressLike): Account | null | undefined {
    this.#log?.touch(address)
    return this.#reads.account(address, 'peek')
  }

  /** As `peekAccount`, with the hashes as bytes. */
  peekAccountBytes(address: AddressLike): AccountBytes | null | undefined {
    this.#log?.touch(address)
    return this.#reads.accountBytes(address, 'peek')
  }

  // Writes. They stay local, never fetch, and win over answers that arrive later. Each write makes
  // an absent account exist and leaves the other fields unchanged, unknown ones included.

  /** Sets the balance. @param balance In wei, below 2^256. */
  setBalance(address: AddressLike, balance: bigint): void {
    this.#writes.setBalance(address, balance)
  }

  /** Sets the nonce. @param nonce Below 2^64 (EIP-2681). */
  setNonce(address: AddressLike, nonce: bigint): void {
    this.#writes.setNonce(address, nonce)
  }

  /**
   * Sets a storage slot.
   *
   * @param value At most 32 bytes, left-padded with zeros, or a bigint below 2^256.
   */
  setStorage(address: AddressLike, slot: SlotLike, value: ValueLike): void {
    this.#writes.setStorage(address, slot, value)
  }

  /**
   * Sets the code and the code hash.
   *
   * @throws LimitExceededError if it is longer than `STATE_MANAGER_MAX_CODE_BYTES`.
   */
  setCode(address: AddressLike, code: Hex | Uint8Array): void {
    this.#writes.setCode(address, code)
  }

  /** Makes the account absent and all its slots zero, whatever the chain holds. O(1). */
  deleteAccount(address: AddressLike): void {
    this.#writes.deleteAccount(address)
  }

  /** Makes all slots zero, whatever the chain holds; an absent account stays absent. O(1). */
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
   * it become invalid; fetched values stay cached.
   *
   * @throws NoCheckpointError
   */
  revert(): void {
    this.#core.revert()
  }

  /** The number of open checkpoints. */
  get checkpointDepth(): number {
    return this.#core.checkpointDepth()
  }

  /**
   * Marks this point in time. O(1).
   *
   * @returns An id that is never used again.
   * @throws LimitExceededError if `STATE_MANAGER_MAX_SNAPSHOTS` are live.
   */
  snapshot(): bigint {
    return this.#core.snapshot()
  }

  /**
   * Restores the state and the checkpoint depth of a snapshot. The snapshot and all later ones
   * become invalid.
   *
   * @throws InvalidSnapshotError if the id is invalid or belongs to another manager; nothing
   *   changes.
   */
  revertToSnapshot(id: bigint): void {
    this.#core.revertToSnapshot(id)
  }

  // Dumps hold the local writes and nothing of the chain.

  /**
   * The local writes as a JSON-serializable object, with accounts and slots sorted. O(writes).
   *
   * @example
   * writeFileSync('state.json', JSON.stringify(state.dump()))
   * other.load(JSON.parse(readFileSync('state.json', 'utf8')))
   */
  dump(): StateDump {
    return dumpState(this.#core)
  }

  /**
   * As {@link StateManager.dump}, for many writes: small dumps, to be loaded one after the other.
   * Together they hold the writes as of when the first is taken. Take all of them, or leave the
   * loop with `break`, which frees the branch that the dumps are read from.
   */
  dumpStream(): Generator<StateDump, void> {
    return dumpPieces(this.#parts)
  }

  /**
   * Writes a dump on top of the present state: all of it, or nothing if it throws. It can be undone
   * like any write. Values that the dump leaves out do not change; unknown ones stay unknown.
   *
   * @throws InvalidInputError, InvalidHexError or LimitExceededError if the dump is malformed.
   */
  load(dump: StateDump): void {
    loadState(this.#core, dump)
  }

  // Roots, proofs and witnesses of the local state.

  /**
   * The state root with all local writes, 32 bytes: what a full node would compute. Only what was
   * written since the last root is hashed. Over a fork, missing trie nodes are fetched.
   *
   * Empty accounts are part of the state. An executor that follows EIP-161 removes them with
   * `deleteAccount`.
   *
   * @throws MissingTrieNodeError if a deletion needs a sibling trie node that cannot be obtained. A
   *   root is never guessed.
   * @throws NoStateRootError if the node reports no state root for the pinned block; ProofError;
   *   and as a `get`.
   */
  async getStateRoot(): Promise<Hex> {
    return await readRooted(this, this.#parts, { attempt: stateRootOf, key: WHOLE_STATE })
  }

  /**
   * The storage root of an account with all local writes, 32 bytes. An absent account has the root
   * of the empty trie.
   *
   * @throws as {@link StateManager.getStateRoot}
   */
  async getStorageRoot(address: AddressLike): Promise<Hex> {
    return await readRooted(this, this.#parts, { attempt: storageRootOf, key: keyOf(address) })
  }

  /** As `getStorageRoot`, without fetching; undefined if a trie node for it is unknown. */
  peekStorageRoot(address: AddressLike): Hex | undefined {
    try {
      return this.#core.roots.storageRoot(address, 'peek')
    } catch (error) {
      if (error instanceof RpcPendingError) return undefined
      throw error
    }
  }

  /**
   * An account and slots of it with their proofs (EIP-1186) under {@link
   * StateManager.getStateRoot}, all of the same moment. An absent account has zero fields and the
   * hashes of empty code and an empty trie.
   *
   * @param slots At most 16,384.
   * @throws as {@link StateManager.getStateRoot}
   */
  async getProof(address: AddressLike, slots: readonly SlotLike[] = []): Promise<EthProof> {
    const attempt = proofAttempt(slots)
    return await readRooted(this, this.#parts, { attempt, key: keyOf(address) })
  }

  /**
   * Adds trie nodes and codes of the pinned block, for all managers over the fork. Values that they
   * prove are no longer fetched. They are kept until the fork's cache is cleared.
   *
   * @throws InvalidInputError or InvalidHexError if the witness is malformed, its last header is
   *   not that of the pinned block, or nothing is forked; PinError.
   */
  async loadWitness(witness: ExecutionWitness): Promise<void> {
    await loadWitness(this.#parts, witness)
  }

  /**
   * The trie nodes and codes that prove every value read from the chain, and that the state root
   * with the local writes needs: enough to run the same again with the option `witness`. It covers
   * the time since the fork was made, its cache was cleared, or another block was pinned.
   *
   * @throws LimitExceededError if a value that was read has since left the cache.
   * @throws as {@link StateManager.getStateRoot}
   */
  async collectWitness(): Promise<CollectedWitness> {
    return await collectWitness(this, this.#parts)
  }

  // Reading ahead. The values are cached like those of any read.

  /**
   * Reads accounts with their code, and slots, in one round of requests and one more for code.
   * Values that are known or written locally are not fetched. Of more than `maxCacheSize` keys, the
   * first are evicted again.
   *
   * @param list In the shape of EIP-2930, with `slots` or `storageKeys`.
   * @throws as a `get`, after all reads have ended; the values that arrived are cached.
   */
  async prefetch(list: readonly PrefetchEntry[]): Promise<void> {
    const fetched = await prefetchEntries(list, this.#prefetching())
    this.#parts.fork?.prefetcher.noteFetched(fetched)
  }

  /**
   * Reads ahead the values that a call will touch, so that an EVM's reads hit. It then notes what
   * this manager and its branches read, until the next such call, and predicts later calls of the
   * same function of the same code from that. Only keys are predicted, never values: a wrong
   * prediction costs a request.
   *
   * @throws as a `get`. It is no error that the node cannot predict the call: see `source` and
   *   `refusals`.
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

  // The manager as a whole, and its fork.

  /**
   * An independent manager that starts from the present state, without checkpoints or snapshots.
   * O(1). Neither sees later writes of the other; both share the fork. Destroy both.
   */
  branch(): StateManager {
    const branch = managerOver(this.#parts.branch())
    branch.#log = this.#log
    return branch
  }

  /**
   * The changes that local writes made, each with the value before and after, sorted by address and
   * slot. The value before is that of the pinned block, which is fetched if it is unknown; in
   * memory it is that of an empty state. Values that were written unchanged are left out.
   *
   * @throws as a `get`.
   */
  async diff(): Promise<readonly AccountDiff[]> {
    return await diffState(this, this.#parts)
  }

  /**
   * Drops this manager's local writes, checkpoints and snapshots, and the fork's cache for all
   * managers over it. Pending reads reject with `ReadCancelledError`; the block stays pinned.
   */
  clearCaches(): void {
    this.#core.clearCaches()
    this.#parts.fork?.cleared('the caches were cleared')
  }

  /**
   * Drops only the fork's cache, for all managers over it. Pending reads reject with
   * `ReadCancelledError`; the block stays pinned and local writes stay.
   */
  clearForkCache(): void {
    this.#requireLive('clearForkCache')
    this.#parts.fork?.clear('the fork cache was cleared')
  }

  /**
   * The forked block. Resolves it if no read has done so yet.
   *
   * @throws PinError if that fails; the next call tries again.
   * @throws InvalidInputError if nothing is forked.
   */
  async pinned(): Promise<PinnedBlock> {
    return await this.#requireFork('pinned').pinned()
  }

  /**
   * Forks another block from now on, for all managers over the fork. Cached data is reused only
   * where it is provably unchanged. Pending reads reject with `ReadCancelledError`; local writes
   * stay. A trusted hash or root of the previous block does not apply to the new one.
   *
   * @param options What to trust of the new block.
   * @throws InvalidInputError if the previous block had a trusted hash or root and the new one has
   *   neither.
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
   * Frees the manager's memory. Pending reads reject with `DestroyedError`; branches live on. A
   * second call does nothing.
   */
  destroy(): void {
    if (this.#core.isDestroyed) return
    this.#endWatch()
    abandoned.unregister(this)
    this.#parts.fork?.cancelReads(
      this,
      (place) => new DestroyedError('the state manager was destroyed during the read', place),
    )
    this.#parts.release()
  }

  /** As {@link StateManager.destroy}, for `using`. */
  [Symbol.dispose](): void {
    this.destroy()
  }

  #wait<Value>(
    attempt: Attempt<Value>,
    key: ReadKey,
    priority: RpcPriority = 'urgent',
  ): Promise<Value> {
    const { core, fork } = this.#parts
    if (fork === undefined) throw new RpcPendingError('the value is unknown and nothing is forked')
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
      hint: 'create the manager with `rpcClient` or `fork`',
    })
  }
}

/** A manager over given parts, which it takes over. For the layers above; not public. */
export function managerOver(parts: ManagerParts): StateManager {
  const Over = StateManager as unknown as new (parts: ManagerParts) => StateManager
  return new Over(parts)
}
