/**
 * Roots, proofs and witnesses of one state manager in the core. They include all local writes.
 *
 * Like every read, each returns `undefined` if the value is unknown: trie nodes are missing. After
 * a `get`, {@link ManagerHandle.pending} is the last of the requests for them.
 */

import type { Hex } from '../encoding/hex.ts'
import { toHex, WORD_BYTES } from '../encoding/hex.ts'
import type { CoreFunctions } from './abi.gen.ts'
import {
  STATE_MANAGER_ERROR_BUFFER_TOO_SMALL,
  WITNESS_INFO_CODE_BYTES,
  WITNESS_INFO_INCOMPLETE,
  WITNESS_INFO_TRIE_NODE_BYTES,
} from './abi.gen.ts'
import type { AddressLike, Intent, SlotLike } from './arguments.ts'
import type { ManagerHandle } from './manager-handle.ts'
import { readListItems } from './trie-node-list.ts'

/** What is needed to repeat an execution without a chain. */
export interface CoreWitness {
  /** Trie nodes of the block as RLP, without duplicates. */
  readonly nodes: readonly Uint8Array[]
  readonly codes: readonly Uint8Array[]
  /** False if facts were evicted since the fork was created, so some reads may be missing. */
  readonly isComplete: boolean
}

/** Enough for nearly every proof, so that one call suffices. */
const PROOF_BUFFER_BYTES = 16_384
/** Bytes of a witness copied at a time. */
const WITNESS_CHUNK_BYTES = 1 << 20

type ProofFunction = 'state_manager_get_account_proof_sync' | 'state_manager_get_storage_proof_sync'

/** Computes roots, proofs and witnesses of a state manager. */
export class ManagerRoots {
  readonly #handle: ManagerHandle

  constructor(handle: ManagerHandle) {
    this.#handle = handle
  }

  /** Root of the state trie, 32 bytes. @throws RpcPendingError */
  stateRoot(intent: Intent): Hex | undefined {
    const handle = this.#handle
    const { frame, functions } = handle
    const request = handle.requestPointer(intent)
    const result = functions.state_manager_get_state_root_sync(handle.number, frame.hash, request)
    if (handle.isUnknown(result, 'computing the state root', 'state')) return undefined
    return toHex(frame.bytes, frame.hash, frame.hash + WORD_BYTES)
  }

  /** Root of an account's storage trie, 32 bytes; the empty root if the account is absent. */
  storageRoot(address: AddressLike, intent: Intent): Hex | undefined {
    const handle = this.#handle
    const { frame, functions } = handle
    frame.writeAddress(address)
    const request = handle.requestPointer(intent)
    const result = functions.state_manager_get_storage_root_sync(
      handle.number,
      frame.address,
      frame.hash,
      request,
    )
    if (handle.isUnknown(result, 'computing a storage root', 'account')) return undefined
    return toHex(frame.bytes, frame.hash, frame.hash + WORD_BYTES)
  }

  /** The trie nodes from the state root to an account, or to where its path ends (EIP-1186). */
  accountProof(address: AddressLike, intent: Intent): Uint8Array[] | undefined {
    const { frame } = this.#handle
    return this.#proof('state_manager_get_account_proof_sync', intent, () => {
      frame.writeAddress(address)
      return [frame.address]
    })
  }

  /** The trie nodes from the storage root to a slot; none if there is no storage (EIP-1186). */
  storageProof(address: AddressLike, slot: SlotLike, intent: Intent): Uint8Array[] | undefined {
    const { frame } = this.#handle
    return this.#proof('state_manager_get_storage_proof_sync', intent, () => {
      frame.writeAddress(address)
      frame.writeSlot(slot)
      return [frame.address, frame.slot]
    })
  }

  #proof(
    name: ProofFunction & keyof CoreFunctions,
    intent: Intent,
    write: () => readonly number[],
  ): Uint8Array[] | undefined {
    const handle = this.#handle
    const { frame, functions } = handle
    const call = functions[name] as (...args: number[]) => number
    const request = handle.requestPointer(intent)
    let bufferBytes = PROOF_BUFFER_BYTES
    for (;;) {
      const buffer = frame.reserve(bufferBytes)
      const key = write()
      const status = frame.settle(
        call(handle.number, ...key, buffer, bufferBytes, frame.length, request),
      )
      const place = key.length > 1 ? 'slot' : 'account'
      if (status !== STATE_MANAGER_ERROR_BUFFER_TOO_SMALL) {
        if (handle.isUnknown(status, 'creating a proof', place)) return undefined
        const length = frame.view.getUint32(frame.length, true)
        return readListItems(frame.bytes.subarray(buffer, buffer + length))
      }
      bufferBytes = frame.view.getUint32(frame.length, true)
    }
  }

  /**
   * Collects the trie nodes of the block that are needed for all facts of the fork, all local
   * writes and the roots that were computed, and the codes.
   */
  collectWitness(intent: Intent): CoreWitness | undefined {
    const handle = this.#handle
    const { frame, functions } = handle
    const request = handle.requestPointer(intent)
    const result = functions.state_manager_collect_witness_sync(
      handle.number,
      frame.struct,
      request,
    )
    if (handle.isUnknown(result, 'collecting a witness', 'state')) return undefined
    const trieNodeBytes = frame.counter(WITNESS_INFO_TRIE_NODE_BYTES)
    const byteLength = trieNodeBytes + frame.counter(WITNESS_INFO_CODE_BYTES)
    const isComplete = frame.counter(WITNESS_INFO_INCOMPLETE) === 0
    const bytes = new Uint8Array(byteLength)
    for (let at = 0; at < byteLength; at += WITNESS_CHUNK_BYTES) this.#readWitness(bytes, at)
    frame.settle(functions.state_manager_drop_witness(handle.number))
    return {
      nodes: readListItems(bytes.subarray(0, trieNodeBytes)),
      codes: readListItems(bytes.subarray(trieNodeBytes)),
      isComplete,
    }
  }

  #readWitness(bytes: Uint8Array, at: number): void {
    const handle = this.#handle
    const { frame, functions } = handle
    const chunk = Math.min(WITNESS_CHUNK_BYTES, bytes.length - at)
    const buffer = frame.reserve(chunk)
    const result = functions.state_manager_read_witness(
      handle.number,
      at,
      buffer,
      chunk,
      frame.length,
    )
    handle.check(result, 'reading a witness', 'state')
    bytes.set(frame.bytes.subarray(buffer, buffer + chunk), at)
  }
}
