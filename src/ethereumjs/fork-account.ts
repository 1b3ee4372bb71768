/**
 * Accounts as EthereumJS holds them, made of what the core says.
 *
 * Every account is a new object with arrays of its own, so nothing that is done to it reaches the
 * state. The storage root of an account whose slots were written is not kept anywhere: it is worked
 * out when somebody asks the account for it.
 */

import { Account } from '@ethereumjs/util'
import { EMPTY_CODE_HASH, EMPTY_ROOT } from '../encoding/constants.ts'
import type { Hex } from '../encoding/hex.ts'
import { toBytes } from '../encoding/hex.ts'
import type { AccountBytes } from '../ffi/manager-reads.ts'
import { RpcPendingError } from '../ffi/status.ts'

const EMPTY_CODE_HASH_BYTES = toBytes(EMPTY_CODE_HASH, 'hash')
const EMPTY_ROOT_BYTES = toBytes(EMPTY_ROOT, 'root')

/** Root of the present storage, without fetching; undefined if that is not enough. */
export type PeekStorageRoot = () => Hex | undefined

/** An account whose storage root is worked out when it is first asked for. */
class WrittenAccount extends Account {
  readonly #peekRoot: PeekStorageRoot

  constructor({ nonce, balance, codeHash }: AccountBytes, peekRoot: PeekStorageRoot) {
    super(nonce, balance, null, codeHash)
    this.#peekRoot = peekRoot
  }

  /**
   * Root of the storage as it is when this is first read, 32 bytes.
   *
   * @throws RpcPendingError if it takes nodes of the trie that are not known yet; awaiting
   * `getStorageRoot()` of the state manager fetches them.
   */
  override get storageRoot(): Uint8Array {
    if (this._storageRoot === null) {
      const root = this.#peekRoot()
      if (root === undefined) {
        throw new RpcPendingError('the storage root takes nodes that are not known yet', {
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
 * The account as a new object.
 *
 * @param peekRoot Needed if the account does not have its storage root.
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

/** Whether two byte arrays hold the same. */
export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) return false
  }
  return true
}
