/**
 * Typed checks of proofs by one fork backend in the core.
 *
 * The core checks a proof of one key, and keeps the trie nodes of a valid proof. It does not add
 * the proven fact; the caller does that next. The result `stale` means that the generation is over,
 * which is no error.
 */

import type { Hex } from '../encoding/hex.ts'
import { WORD_BYTES, writeFixed } from '../encoding/hex.ts'
import { writeUint256 } from '../encoding/integer.ts'
import type { Status } from './abi.gen.ts'
import {
  ACCOUNT_FIELDS_BYTES,
  PROOF_OUTCOME_DEPTH,
  PROOF_OUTCOME_FAULT,
  PROOF_OUTCOME_PRESENCE,
  STATE_MANAGER_ERROR_PROOF_INVALID,
  STATE_MANAGER_ERROR_STALE_REQUEST,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { AccountFact, Presence } from './account-fact.ts'
import { presenceNamed, writeAccountFact } from './account-fact.ts'
import type { ForkHandle } from './fork-handle.ts'
import type { ProofFailure } from './proof-faults.ts'
import { faultNamed } from './proof-faults.ts'
import { statusError } from './status.ts'
import type { TrieNodeList } from './trie-node-list.ts'
import { writeTrieNodes } from './trie-node-list.ts'

/** The result of checking the proof of an account. */
export type AccountCheck =
  | { readonly presence: Presence }
  | { readonly failure: ProofFailure }
  | 'stale'

/** The result of checking the proof of a slot. */
export type StorageCheck = 'proven' | { readonly failure: ProofFailure } | 'stale'

/** Checks proofs under the state root of the pinned block. */
export class ForkProofs {
  readonly #handle: ForkHandle

  constructor(handle: ForkHandle) {
    this.#handle = handle
  }

  /**
   * Checks the proof of an account under the state root, and the claimed fields against its leaf.
   *
   * @throws InvalidHexError or InvalidInputError if an argument is malformed.
   * @throws RpcPendingError before the state root is set.
   */
  checkAccount(
    generation: number,
    address: Hex,
    claim: AccountFact,
    proof: TrieNodeList,
  ): AccountCheck {
    const { frame, functions, number } = this.#handle
    const list = writeTrieNodes(frame, proof)
    writeAccountFact(frame, claim)
    frame.writeAddress(address)
    const outcome = frame.struct + ACCOUNT_FIELDS_BYTES
    const result = functions.fork_backend_check_account(
      number,
      generation,
      frame.address,
      frame.struct,
      list.pointer,
      list.byteLength,
      outcome,
    )
    const status = frame.settle(result)
    if (status !== STATE_MANAGER_SUCCESS) return this.#refusal(status, outcome)
    const presence = frame.view.getUint32(outcome + PROOF_OUTCOME_PRESENCE, true)
    return { presence: presenceNamed(presence) }
  }

  /**
   * Checks the proof of a slot's value under a proven storage root. A zero root means an empty
   * trie.
   *
   * @throws InvalidHexError or InvalidInputError if an argument is malformed.
   */
  checkStorage(
    generation: number,
    storageRoot: Hex,
    slot: Hex,
    claim: bigint,
    proof: TrieNodeList,
  ): StorageCheck {
    const { frame, functions, number } = this.#handle
    const list = writeTrieNodes(frame, proof)
    writeFixed(storageRoot, WORD_BYTES, 'storage root', frame.bytes, frame.hash)
    frame.writeSlot(slot)
    writeUint256(claim, 'value', frame.view, frame.value)
    const result = functions.fork_backend_check_storage(
      number,
      generation,
      frame.hash,
      frame.slot,
      frame.value,
      list.pointer,
      list.byteLength,
      frame.struct,
    )
    const status = frame.settle(result)
    return status === STATE_MANAGER_SUCCESS ? 'proven' : this.#refusal(status, frame.struct)
  }

  #refusal(status: Status, outcome: number): 'stale' | { readonly failure: ProofFailure } {
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return 'stale'
    if (status !== STATE_MANAGER_ERROR_PROOF_INVALID) throw statusError(status, 'checking a proof')
    const { view } = this.#handle.frame
    const fault = faultNamed(view.getUint32(outcome + PROOF_OUTCOME_FAULT, true))
    return { failure: { fault, depth: view.getUint32(outcome + PROOF_OUTCOME_DEPTH, true) } }
  }
}
