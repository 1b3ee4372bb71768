/**
 * One try of each read at the core, as the miss loop repeats it.
 *
 * Code takes two facts, the account's code hash and the code under it, and each may have to be
 * fetched. The hash found in one round is kept for the next, so that the read ends even where the
 * cache has room for one fact only; a local write in between wins over it.
 */

import type { Hex } from '../encoding/hex.ts'
import type { Account, SlotLike } from '../ffi/core-reads.ts'
import type { Attempt } from '../fork/waiting-reads.ts'

export const balanceOf: Attempt<bigint> = (core, { address }) => core.balance(address, 'get')

export const nonceOf: Attempt<bigint> = (core, { address }) => core.nonce(address, 'get')

export const storageOf: Attempt<Hex> = (core, { address, slot }) =>
  core.storage(address, slot as SlotLike, 'get')

export const storageBytesOf: Attempt<Uint8Array> = (core, { address, slot }) =>
  core.storageBytes(address, slot as SlotLike, 'get')

/** Null for an absent account. */
export const accountOf: Attempt<Account | null> = (core, { address }) =>
  core.account(address, 'get')

export const codeOf: Attempt<Uint8Array> = (core, key) => {
  const intent = key.codeHash === undefined ? 'get' : 'peek'
  const codeHash = core.codeHash(key.address, intent) ?? key.codeHash
  if (codeHash === undefined) return undefined
  key.codeHash = codeHash
  return core.codeByHash(key.address, codeHash, 'get')
}
