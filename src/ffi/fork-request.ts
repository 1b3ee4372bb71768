/** Requests of the core for what it needs from the chain. */

import type { Hex } from '../encoding/hex.ts'
import { ADDRESS_BYTES, toHex, WORD_BYTES } from '../encoding/hex.ts'
import {
  FORK_REQUEST_ACCOUNT,
  FORK_REQUEST_ACCOUNT_PROOF,
  FORK_REQUEST_ADDRESS,
  FORK_REQUEST_CHANGED_SLOT,
  FORK_REQUEST_CODE,
  FORK_REQUEST_GENERATION,
  FORK_REQUEST_ID,
  FORK_REQUEST_KIND,
  FORK_REQUEST_PATH,
  FORK_REQUEST_PATH_NIBBLES,
  FORK_REQUEST_SLOT,
  FORK_REQUEST_STORAGE,
  FORK_REQUEST_STORAGE_PROOF,
  FORK_REQUEST_TRIE,
  FORK_REQUEST_TRIE_NODE,
  FORK_TRIE_STORAGE,
} from './abi.gen.ts'
import type { Frame } from './frame.ts'

/** Names an open request. */
export interface RequestName {
  readonly id: number
  readonly generation: number
}

/** One request of the core. */
export interface CoreRequest extends RequestName {
  readonly kind: 'account' | 'storage' | 'code' | 'accountProof' | 'storageProof' | 'trieNode'
  /** 20 bytes. */
  readonly address: Hex
  /**
   * 32 bytes: the slot of a request for storage, the code hash of one for code, the hash of the
   * trie node of one for a trie node; zero for other kinds.
   */
  readonly word: Hex
  /** Only for kind `trieNode`. */
  readonly trieNode?: TrieNodePlace
}

/** The place of a requested trie node, which is the sibling of a leaf that is being deleted. */
export interface TrieNodePlace {
  /** The trie. `address` of the request is the deleted account, or the owner of the storage. */
  readonly trie: 'accounts' | 'storage'
  /** The slot that is set to zero; only in a storage trie. */
  readonly slot?: Hex
  /** Nibbles from the root of the trie to the trie node, as hex digits without 0x. */
  readonly path: string
}

const KINDS: Readonly<Record<number, CoreRequest['kind']>> = {
  [FORK_REQUEST_ACCOUNT]: 'account',
  [FORK_REQUEST_STORAGE]: 'storage',
  [FORK_REQUEST_CODE]: 'code',
  [FORK_REQUEST_ACCOUNT_PROOF]: 'accountProof',
  [FORK_REQUEST_STORAGE_PROOF]: 'storageProof',
  [FORK_REQUEST_TRIE_NODE]: 'trieNode',
}

/** The request at `frame.struct`. */
export function readRequest({ bytes, view, struct }: Frame): CoreRequest {
  const hexAt = (offset: number, length: number): Hex =>
    toHex(bytes, struct + offset, struct + offset + length)
  const request = {
    id: view.getUint32(struct + FORK_REQUEST_ID, true),
    generation: view.getUint32(struct + FORK_REQUEST_GENERATION, true),
    kind: kindOf(view.getUint32(struct + FORK_REQUEST_KIND, true)),
    address: hexAt(FORK_REQUEST_ADDRESS, ADDRESS_BYTES),
    word: hexAt(FORK_REQUEST_SLOT, WORD_BYTES),
  }
  if (request.kind !== 'trieNode') return request
  const nibbles = view.getUint32(struct + FORK_REQUEST_PATH_NIBBLES, true)
  const path = hexAt(FORK_REQUEST_PATH, WORD_BYTES).slice(2, 2 + nibbles)
  const isStorage = view.getUint32(struct + FORK_REQUEST_TRIE, true) === FORK_TRIE_STORAGE
  const trieNode: TrieNodePlace = isStorage
    ? { trie: 'storage', slot: hexAt(FORK_REQUEST_CHANGED_SLOT, WORD_BYTES), path }
    : { trie: 'accounts', path }
  return { ...request, trieNode }
}

function kindOf(kind: number): CoreRequest['kind'] {
  const name = KINDS[kind]
  if (name === undefined)
    throw new RangeError(`the core returned a request of unknown kind ${kind}`)
  return name
}
