/**
 * The part of a state manager that is about the trie: roots, proofs and witnesses.
 */

import type { Hex } from '../encoding/hex.ts'
import type { AddressLike, SlotLike } from '../ffi/arguments.ts'
import { RpcPendingError } from '../ffi/status.ts'
import { keyOf, WHOLE_STATE } from '../fork/fetch/waiting-reads.ts'
import type { EthProof } from '../rpc/rpc-client.ts'
import { stateRootOf, storageRootOf } from './attempts.ts'
import { LocalState } from './local-state.ts'
import type { ManagerParts } from './options.ts'
import { proofAttempt, readRooted } from './proofs.ts'
import type { CollectedWitness, ExecutionWitness } from './witness.ts'
import { collectWitness, loadWitness } from './witness.ts'

/** Roots, proofs and witnesses of the local state; `StateManager` has the rest. */
export abstract class ProvenState extends LocalState {
  readonly #parts: ManagerParts

  protected constructor(parts: ManagerParts) {
    super(parts)
    this.#parts = parts
  }

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
   * @throws as {@link ProvenState.getStateRoot}
   */
  async getStorageRoot(address: AddressLike): Promise<Hex> {
    return await readRooted(this, this.#parts, { attempt: storageRootOf, key: keyOf(address) })
  }

  /** As `getStorageRoot`, without fetching; undefined if that takes what is not known. */
  peekStorageRoot(address: AddressLike): Hex | undefined {
    try {
      return this.#parts.core.roots.storageRoot(address, 'peek')
    } catch (error) {
      if (error instanceof RpcPendingError) return undefined
      throw error
    }
  }

  /**
   * An account and slots of it with their proofs (EIP-1186) under {@link ProvenState.getStateRoot},
   * as of one moment. For an absent account fields and hashes are those of nothing.
   *
   * @param slots At most 16,384.
   * @throws as {@link ProvenState.getStateRoot}
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
   * @throws as {@link ProvenState.getStateRoot}
   */
  async collectWitness(): Promise<CollectedWitness> {
    return await collectWitness(this, this.#parts)
  }
}
