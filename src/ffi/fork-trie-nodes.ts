/**
 * The trie nodes of one fork backend in the core: nodes that come in, and answers to requests for
 * nodes. That a generation is over is no error.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { toBytes, toHex, WORD_BYTES, writeFixed } from '../encoding/hex.ts'
import {
  STATE_MANAGER_ERROR_MISSING_TRIE_NODE,
  STATE_MANAGER_ERROR_PROOF_INVALID,
  STATE_MANAGER_ERROR_STALE_REQUEST,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { ForkHandle } from './fork-handle.ts'
import type { RequestName } from './fork-request.ts'
import type { NodeList } from './node-list.ts'
import { writeNodes } from './node-list.ts'
import { statusError } from './status.ts'

/** Adds and looks for trie nodes of the pinned block. */
export class ForkTrieNodes {
  readonly #handle: ForkHandle

  constructor(handle: ForkHandle) {
    this.#handle = handle
  }

  /**
   * Adds a trie node that is never evicted: its hash, or undefined if the generation is over.
   *
   * @throws InvalidInputError if it is no trie node in canonical RLP.
   */
  insert(generation: number, node: Hex | Uint8Array): Hex | undefined {
    const { frame, functions, number } = this.#handle
    const bytes = toBytes(node, 'trie node')
    const pointer = frame.reserve(bytes.length)
    frame.bytes.set(bytes, pointer)
    const status = frame.settle(
      functions.fork_backend_insert_trie_node(
        number,
        generation,
        pointer,
        bytes.length,
        frame.hash,
      ),
    )
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return undefined
    if (status === STATE_MANAGER_ERROR_PROOF_INVALID) {
      throw new InvalidInputError(
        'a trie node must be canonical RLP of a branch, leaf or extension',
      )
    }
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'adding a trie node')
    return toHex(frame.bytes, frame.hash, frame.hash + WORD_BYTES)
  }

  /** Whether the trie node with this hash is known. */
  has(hash: Hex): boolean {
    const { frame, functions, number } = this.#handle
    writeFixed(hash, WORD_BYTES, 'hash', frame.bytes, frame.hash)
    const result = functions.fork_backend_has_trie_node(number, frame.hash, frame.length)
    this.#handle.check(result, 'looking for a trie node')
    return frame.view.getUint32(frame.length, true) === 1
  }

  /**
   * Closes a request for a proof or a trie node. `missing`, which leaves it open, if what it asks
   * for is not known.
   */
  provide({ id, generation }: RequestName): 'taken' | 'dropped' | 'missing' {
    const { frame, functions, number } = this.#handle
    const status = frame.settle(functions.fork_backend_provide_trie_nodes(number, generation, id))
    if (status === STATE_MANAGER_SUCCESS) return 'taken'
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return 'dropped'
    if (status === STATE_MANAGER_ERROR_MISSING_TRIE_NODE) return 'missing'
    throw statusError(status, 'adding trie nodes')
  }

  /**
   * Makes the trie node of a `node` request from a proof of the changed key at a later block; it is
   * known by its hash. True if it was made.
   */
  rebuildSibling({ id, generation }: RequestName, proof: NodeList): boolean {
    const { frame, functions, number } = this.#handle
    const { pointer, byteLength } = writeNodes(frame, proof)
    const status = frame.settle(
      functions.fork_backend_rebuild_sibling(number, generation, id, pointer, byteLength),
    )
    if (status === STATE_MANAGER_SUCCESS) return true
    if (status === STATE_MANAGER_ERROR_MISSING_TRIE_NODE) return false
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return false
    throw statusError(status, 'recovering a trie node')
  }
}
