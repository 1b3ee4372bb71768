/**
 * Makes accounts of EthereumJS from those of the core.
 *
 * Every account is a new object with its own arrays, so changing it does not change the state. The
 * storage root of an account with written slots is not stored: it is computed when it is first read
 * from the account.
 */

import { Account } from '@ethereumjs/util'
import { EMPTY_CODE_HASH, EMPTY_ROOT } from '../encoding/constants.ts'
import type { Hex } from '../encoding/hex.ts'
import { toBytes } from '../encoding/hex.ts'
import type { AccountBytes } from '../ffi/manager-reads.ts'
import { RpcPendingError } from '../ffi/status.ts'

const EMPTY_CODE_HASH_BYTES = toBytes(EMPTY_CODE_HASH, 'hash')
const EMPTY_ROOT_BYTES = toBytes(EMPTY_ROOT, 'root')

/** The present storage root, without fetching; undefined if that is not possible. */
export type PeekStorageRoot = () => Hex | undefined

/** An account whose storage root is computed when it is first read. */
class WrittenAccount extends Account {
  readonly #peekRoot: PeekStorageRoot

  constructor({ nonce, balance, codeHash }: AccountBytes, peekRoot: PeekStorageRoot) {
    super(nonce, balance, null, codeHash)
    this.#peekRoot = peekRoot
  }

  /**
   * The storage root as of the first read of this property, 32 bytes.
   *
   * @throws RpcPendingError if it needs trie nodes that are still unknown; awaiting
   *   `getStorageRoot()` of the state manager fetches them.
   */
  override get storageRoot(): Uint8Array {
    if (this._storageRoot === null) {
      const root = this.#peekRoot()
      if (root === undefined) {
        throw new RpcPendingError('the storage root needs trie nodes that are still unknown', {
          hint: 'await getStorageRoot(address) of the state manager',
        })
      }
      this._storageRoot = toBytes(root, 'storage root')
    }
    return this._storageRoot
  }

  override set storageRoot(root: Uint8Array) {
    this._storageRoot = root
  }
}

/**
 * Makes a new account object.
 *
 * @param peekRoot Needed if `found` has no storage root.
 */
export function makeAccount(found: AccountBytes, peekRoot: PeekStorageRoot = () => undefined) {
  const { nonce, balance, storageRoot, codeHash } = found
  if (storageRoot === undefined) return new WrittenAccount(found, peekRoot)
  return new Account(nonce, balance, storageRoot, codeHash)
}

export function isNoCode(codeHash: Uint8Array): boolean {
  return isSame(codeHash, EMPTY_CODE_HASH_BYTES)
}

export function isNoStorage(storageRoot: Uint8Array): boolean {
  return isSame(storageRoot, EMPTY_ROOT_BYTES)
}

/** Whether two byte arrays have the same content. */
export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) return false
  }
  return true
}
