/**
 * One attempt of each read at the core; the miss loop repeats it until the value is known.
 *
 * Reading code needs two facts, the account's code hash and the code with that hash, and each may
 * have to be fetched. The hash found in one round is kept for the next, so that the read ends even
 * if the cache has room for only one fact. A local write in between takes precedence.
 */

import type { Hex } from '../encoding/hex.ts'
import type { SlotLike } from '../ffi/arguments.ts'
import type { Account, AccountBytes } from '../ffi/manager-reads.ts'
import type { CoreWitness } from '../ffi/manager-roots.ts'
import type { Attempt } from '../fork/fetch/waiting-reads.ts'

export const balanceOf: Attempt<bigint> = (core, { address }) => core.reads.balance(address, 'get')

export const nonceOf: Attempt<bigint> = (core, { address }) => core.reads.nonce(address, 'get')

export const storageOf: Attempt<Hex> = (core, { address, slot }) =>
  core.reads.storage(address, slot as SlotLike, 'get')

export const storageBytesOf: Attempt<Uint8Array> = (core, { address, slot }) =>
  core.reads.storageBytes(address, slot as SlotLike, 'get')

/** Null for an absent account. */
export const accountOf: Attempt<Account | null> = (core, { address }) =>
  core.reads.account(address, 'get')

/** Null for an absent account. */
export const accountBytesOf: Attempt<AccountBytes | null> = (core, { address }) =>
  core.reads.accountBytes(address, 'get')

export const codeOf: Attempt<Uint8Array> = (core, key) => {
  const { address, codeHash: before } = key
  // First: a new lookup of the hash may evict the code from the cache.
  const code = before && core.reads.codeByHash(address, before, 'peek')
  const codeHash = core.reads.codeHash(address, before === undefined ? 'get' : 'peek') ?? before
  if (codeHash === undefined) return undefined
  key.codeHash = codeHash
  if (code !== undefined && isSame(codeHash, before)) return code
  return core.reads.codeByHash(address, codeHash, 'get')
}

function isSame(bytes: Uint8Array, others: Uint8Array | undefined): boolean {
  return bytes === others || bytes.every((byte, at) => byte === others?.[at])
}

/** The state root with local writes. */
export const stateRootOf: Attempt<Hex> = (core) => core.roots.stateRoot('get')

/** The storage root of an account; that of the empty trie for an absent one. */
export const storageRootOf: Attempt<Hex> = (core, { address }) =>
  core.roots.storageRoot(address, 'get')

/** The trie nodes and codes that prove every read, and that the root after the writes needs. */
export const witnessOf: Attempt<CoreWitness> = (core) => core.roots.collectWitness('get')
