/**
 * The trie nodes of one fork backend in the core: adds trie nodes, and answers requests for them. A
 * generation that is over is no error.
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
import { statusError } from './status.ts'
import type { TrieNodeList } from './trie-node-list.ts'
import { writeTrieNodes } from './trie-node-list.ts'

/** Adds and finds trie nodes of the pinned block. */
export class ForkTrieNodes {
  readonly #handle: ForkHandle

  constructor(handle: ForkHandle) {
    this.#handle = handle
  }

  /**
   * Adds a trie node that is never evicted. Returns its hash, or undefined if the generation is
   * over.
   *
   * @throws InvalidInputError if it is not a trie node in canonical RLP.
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
    this.#handle.check(result, 'finding a trie node')
    return frame.view.getUint32(frame.length, true) === 1
  }

  /**
   * Closes a request for a proof or a trie node. Returns `missing` if the requested trie nodes are
   * not known; the request then stays open.
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
   * Rebuilds the trie node of a `trieNode` request from a proof of the changed key at a later
   * block, and checks it against its hash. Returns whether that succeeded.
   */
  rebuildSibling({ id, generation }: RequestName, proof: TrieNodeList): boolean {
    const { frame, functions, number } = this.#handle
    const { pointer, byteLength } = writeTrieNodes(frame, proof)
    const status = frame.settle(
      functions.fork_backend_rebuild_sibling(number, generation, id, pointer, byteLength),
    )
    if (status === STATE_MANAGER_SUCCESS) return true
    if (status === STATE_MANAGER_ERROR_MISSING_TRIE_NODE) return false
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return false
    throw statusError(status, 'recovering a trie node')
  }
}
