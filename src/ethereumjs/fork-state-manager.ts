/**
 * The adapter for EthereumJS: `StateManagerInterface` of `@ethereumjs/common` 10 over a
 * `StateManager`, which holds all the state.
 *
 * Invariants: values in and out are copies. A read that hits is answered without waiting; a write
 * waits only if it must know an account that was never read. Written values win over answers that
 * arrive later.
 *
 * It contains no EVM: the VM decides what a block changes, and which empty accounts are removed
 * (EIP-161).
 */

import type {
  AccountFields,
  Proof,
  StateManagerInterface,
  StorageDump,
  StorageRange,
} from '@ethereumjs/common'
import type { Account, Address, BALJSONBlockAccessList } from '@ethereumjs/util'
import { bigIntToHex } from '@ethereumjs/util'
import { InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { toBytes, toHex } from '../encoding/hex.ts'
import { frameOf } from '../ffi/frame.ts'
import type { AccountBytes } from '../ffi/manager-reads.ts'
import { NoStateRootError, ProofError } from '../fork/errors.ts'
import type { StateManager } from '../state/state-manager.ts'
import { setAccountFields } from './account-fields.ts'
import { isNoCode, isNoStorage, isSame, makeAccount } from './fork-account.ts'
import type { GenesisState } from './genesis.ts'
import { putAccessList, putGenesis } from './genesis.ts'
import { OriginalStorage } from './original-storage.ts'
import { RootHistory, unknownRoot } from './root-history.ts'
import { dumpStorage, dumpStorageRange } from './storage-dump.ts'

/** Options of a {@link ForkStateManager}. */
export interface ForkStateManagerOptions {
  /** Holds the state, forked or in memory. Whoever created it destroys it. */
  readonly state: StateManager
  /**
   * Which states `setStateRoot` can return to. `none`: only the present one. `all`: also the
   * initial state, and each state whose root was requested with no checkpoint open or just before
   * the outermost checkpoint was committed; then the undo records of all writes are kept. Default
   * `none`.
   */
  readonly rootHistory?: 'none' | 'all' | undefined
}

const WORD_BYTES = 32
/** The value of `#outside` while no checkpoint of this adapter is open. */
const OUTSIDE = Number.POSITIVE_INFINITY

/**
 * State for `createVM({ stateManager })` and `createEVM({ stateManager })`.
 *
 * Errors are those of `StateManager`: a value that cannot be fetched rejects, and so does the run
 * of the VM. It cannot be used after `state` was destroyed.
 *
 * @example
 * const state = new StateManager({ rpcClient: 'http://127.0.0.1:8545' })
 * const vm = await createVM({ common, stateManager: new ForkStateManager({ state }) })
 */
export class ForkStateManager implements StateManagerInterface {
  /** Values of slots before the transaction, for the gas of SSTORE. */
  readonly originalStorageCache: StateManagerInterface['originalStorageCache']
  readonly #state: StateManager
  /** The depth outside the outermost checkpoint that was opened here. */
  #outside = OUTSIDE
  /** The depth after the latest checkpoint, commit or revert here. */
  #depth = 0
  readonly #history: RootHistory | undefined
  /** Whether the root was requested inside a checkpoint, where it cannot be remembered yet. */
  #asksForRoot = false
  #lacksStorageRoots = false

  constructor({ state, rootHistory = 'none' }: ForkStateManagerOptions) {
    this.#state = state
    this.#history = rootHistory === 'all' ? new RootHistory(state) : undefined
    this.originalStorageCache = new OriginalStorage((address, key) => this.getStorage(address, key))
  }

  /** The manager that holds the state. Its writes are visible here, and vice versa. */
  get state(): StateManager {
    return this.#state
  }

  // Accounts.

  /** A new object each time; undefined for an absent account. */
  async getAccount(address: Address): Promise<Account | undefined> {
    const { bytes } = address
    const known = this.#state.peekAccountBytes(bytes)
    if (known === null) return undefined
    if (known?.storageRoot !== undefined) return makeAccount(known)
    const at = bytes.slice()
    const found = known ?? (await this.#state.getAccountBytes(at))
    if (found === undefined || found.storageRoot !== undefined) return found && makeAccount(found)
    // The EVM reads the storage root of what may become a contract (EIP-7610). If it cannot be
    // obtained, reading it from the account throws.
    const mayBecomeContract = found.nonce === 0n && isNoCode(found.codeHash)
    if (mayBecomeContract && this.#peekStorageRoot(at) === undefined) {
      await this.#fetchStorageRoot(at)
    }
    return makeAccount(found, () => this.#peekStorageRoot(at))
  }

  #peekStorageRoot(at: Uint8Array): Hex | undefined {
    return this.#state.peekStorageRoot(at)
  }

  /** Gives up after the first failure: some nodes serve no proofs. */
  async #fetchStorageRoot(at: Uint8Array): Promise<void> {
    if (this.#lacksStorageRoots) return
    try {
      await this.#state.getStorageRoot(at)
    } catch (error) {
      const isUnproven = error instanceof ProofError && error.check === 'unavailable'
      if (!isUnproven && !(error instanceof NoStateRootError)) throw error
      this.#lacksStorageRoots = true
    }
  }

  /**
   * Sets nonce, balance and code hash; undefined deletes the account. The storage root is ignored:
   * it follows from the slots.
   *
   * @throws InvalidInputError if the code hash is not that of the account's code; put the code.
   */
  async putAccount(address: Address, account?: Account): Promise<void> {
    if (account === undefined) {
      await this.deleteAccount(address)
      return
    }
    const { nonce, balance, codeHash } = account
    await setAccountFields(this.#state, address.bytes, { nonce, balance, codeHash })
  }

  /** Makes the account absent and all its slots zero, whatever the chain holds. */
  async deleteAccount(address: Address): Promise<void> {
    if (this.#state.peekAccountBytes(address.bytes) === null) return
    this.#state.deleteAccount(address.bytes)
  }

  /**
   * Sets fields; an absent account is created. A code size is ignored. A storage root is accepted
   * only if it is the present one, or that of the empty trie, which clears the storage.
   *
   * @throws InvalidInputError for another code hash than that of the account's code, or another
   *   storage root.
   */
  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    await setAccountFields(this.#state, address.bytes, fields)
  }

  // Code.

  /** Sets the code and the code hash. */
  async putCode(address: Address, value: Uint8Array): Promise<void> {
    this.#state.setCode(address.bytes, value)
  }

  /** The code; empty for none. */
  async getCode(address: Address): Promise<Uint8Array> {
    return this.#state.peekCodeBytes(address.bytes) ?? this.#state.getCodeBytes(address.bytes)
  }

  /** Length of the code in bytes. */
  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length
  }

  // Storage.

  /**
   * The value without leading zeros; empty for zero.
   *
   * @param key 32 bytes.
   */
  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const { bytes } = address
    const known = this.#state.peekStorageBytes(bytes, key)
    return stripped(known ?? (await this.#state.getStorageBytes(bytes, key)))
  }

  /**
   * Sets a slot. Makes an absent account exist.
   *
   * @param key 32 bytes.
   * @param value At most 32 bytes; empty, or only zeros, for zero.
   */
  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#state.setStorage(address.bytes, key, value)
  }

  /** Makes all slots zero, whatever the chain holds. */
  async clearStorage(address: Address): Promise<void> {
    if (hasNoStorage(this.#state.peekAccountBytes(address.bytes))) return
    this.#state.clearStorage(address.bytes)
  }

  // Checkpoints.

  async checkpoint(): Promise<void> {
    const depth = this.#state.checkpointDepth
    if (depth <= this.#outside) this.#outside = depth
    this.#state.checkpoint()
    this.#depth = depth + 1
  }

  /** @throws NoCheckpointError */
  async commit(): Promise<void> {
    this.#state.commit()
    this.#leave()
    if (!this.#asksForRoot || this.#state.checkpointDepth > 0) return
    this.#asksForRoot = false
    // The commit is done; a state whose root cannot be obtained is not remembered.
    await this.#root().catch(() => undefined)
  }

  /** @throws NoCheckpointError */
  async revert(): Promise<void> {
    this.#state.revert()
    this.#leave()
    if (this.#state.checkpointDepth === 0) this.#asksForRoot = false
  }

  #leave(): void {
    this.#depth--
    if (this.#depth > this.#outside) return
    this.#outside = OUTSIDE
    this.originalStorageCache.clear()
  }

  // Roots and proofs.

  /**
   * State root with all writes, 32 bytes, whether or not checkpoints are open.
   *
   * @throws MissingTrieNodeError if it needs a trie node that cannot be obtained.
   */
  async getStateRoot(): Promise<Uint8Array> {
    return toBytes(await this.#root(), 'state root')
  }

  /** Storage root of an account with all writes, 32 bytes. */
  async getStorageRoot(address: Address): Promise<Uint8Array> {
    return toBytes(await this.#state.getStorageRoot(address.bytes), 'storage root')
  }

  /** An account and slots of it with their proofs under the present state root (EIP-1186). */
  async getProof(address: Address, slots: readonly Uint8Array[] = []): Promise<Proof> {
    const proof = await this.#state.getProof(address.bytes, slots)
    return {
      ...proof,
      balance: bigIntToHex(proof.balance),
      nonce: bigIntToHex(proof.nonce),
      accountProof: [...proof.accountProof],
      storageProof: proof.storageProof.map((slot) => ({
        key: slot.key,
        value: bigIntToHex(slot.value),
        proof: [...slot.proof],
      })),
    }
  }

  /**
   * Returns to the state with this root: the present one, or with `rootHistory: 'all'` an earlier
   * one.
   *
   * @throws UnknownStateRootError if that state is not remembered.
   * @throws InvalidInputError if it is an earlier one and a checkpoint is open.
   */
  async setStateRoot(root: Uint8Array): Promise<void> {
    const wanted = toHex(root)
    if (wanted === (await this.#root())) return
    if (this.#history === undefined) throw unknownRoot(wanted)
    if (this.#state.checkpointDepth > 0) {
      throw new InvalidInputError('a checkpoint is open', { hint: 'commit or revert it first' })
    }
    await this.#history.goBack(wanted)
    this.originalStorageCache.clear()
  }

  /** Whether `setStateRoot` can return to the state with this root. */
  async hasStateRoot(root: Uint8Array): Promise<boolean> {
    const wanted = toHex(root)
    if (wanted === (await this.#root())) return true
    return (await this.#history?.has(wanted)) ?? false
  }

  async #root(): Promise<Hex> {
    const base = await this.#history?.base()
    const root = await this.#state.getStateRoot()
    if (this.#history === undefined || base === undefined) return root
    if (this.#state.checkpointDepth === 0) this.#history.add(root, base)
    else this.#asksForRoot = true
    return root
  }

  // The state as a whole.

  /**
   * The slots of an account that are not zero: keccak256 of the slot to the RLP of the value, as
   * hex.
   *
   * @throws UnknownStorageError if the account has storage on the chain that was not cleared.
   */
  async dumpStorage(address: Address): Promise<StorageDump> {
    return await dumpStorage(this.#state, address.bytes)
  }

  /**
   * As {@link ForkStateManager.dumpStorage}, from one hashed slot on, with the slots themselves.
   *
   * @throws UnknownStorageError, or InvalidInputError if the limit is not a count.
   */
  async dumpStorageRange(address: Address, startKey: bigint, limit: number): Promise<StorageRange> {
    return await dumpStorageRange(this.#state, address.bytes, { startKey, limit })
  }

  /** Writes the accounts of a genesis block. */
  async generateCanonicalGenesis(genesis: GenesisState): Promise<void> {
    await putGenesis(this, genesis)
  }

  /**
   * Writes the changes in the access list of a block (EIP-7928), without running the block.
   *
   * @throws InvalidInputError if the state then has another root; the writes stay.
   */
  async consumeBAL(list: BALJSONBlockAccessList, expectedStateRoot?: Uint8Array): Promise<void> {
    await putAccessList(this, list)
    if (expectedStateRoot === undefined) return
    const root = await this.getStateRoot()
    if (isSame(root, expectedStateRoot)) return
    throw new InvalidInputError('the access list gives another state root', {
      details: `expected ${toHex(expectedStateRoot)}, got ${toHex(root)}`,
    })
  }

  /** keccak256 of an address, 32 bytes: its key in the state trie. */
  getAppliedKey(address: Uint8Array): Uint8Array {
    return frameOf(this.#state.ffi).keccak256Bytes(address)
  }

  /** Drops what was read from the chain; writes stay. */
  clearCaches(): void {
    this.originalStorageCache.clear()
    this.#lacksStorageRoots = false
    this.#state.clearForkCache()
  }

  /**
   * An independent state manager that starts from the present state, without checkpoints. O(1).
   * Destroy its `state`, or leave that to the garbage collector.
   */
  shallowCopy(): ForkStateManager {
    const rootHistory = this.#history === undefined ? 'none' : 'all'
    return new ForkStateManager({ state: this.#state.branch(), rootHistory })
  }
}

function hasNoStorage(account: AccountBytes | null | undefined): boolean {
  if (account === null) return true
  return account?.storageRoot !== undefined && isNoStorage(account.storageRoot)
}

function stripped(word: Uint8Array): Uint8Array {
  let start = 0
  while (start < WORD_BYTES && word[start] === 0) start++
  return start === 0 ? word : word.slice(start)
}
