/**
 * Sets the fields of an account as EthereumJS does: all at once, including hashes that follow from
 * code and slots.
 *
 * Invariant: fields are written together or, after an error, not at all. It waits only for an
 * account that must be known and was never read.
 */

import type { AccountFields } from '@ethereumjs/common'
import { InvalidInputError } from '../diagnostics/errors.ts'
import { toBytes, toHex } from '../encoding/hex.ts'
import type { AccountBytes } from '../ffi/manager-reads.ts'
import type { StateManager } from '../state/state-manager.ts'
import { isNoCode, isNoStorage, isSame } from './fork-account.ts'

const NO_CODE = new Uint8Array()
const BALANCE_BITS = 256n
const NONCE_BITS = 64n

/**
 * Sets fields. An absent account is created, even without any field.
 *
 * @throws InvalidInputError for a code hash that is not that of the account's code, for a storage
 *   root other than the present one and that of the empty trie, or for a number out of range.
 */
export async function setAccountFields(
  state: StateManager,
  address: Uint8Array,
  fields: AccountFields,
): Promise<void> {
  const { codeHash, storageRoot } = fields
  const before = state.peekAccountBytes(address)
  const needsCode = codeHash !== undefined && !isNoCode(codeHash)
  const needsRoot = storageRoot !== undefined && !isNoStorage(storageRoot)
  if ((before !== undefined || !needsCode) && !needsRoot) {
    write(state, address, { before, fields })
    return
  }
  const at = address.slice()
  const copies = {
    ...fields,
    ...(codeHash && { codeHash: codeHash.slice() }),
    ...(storageRoot && { storageRoot: storageRoot.slice() }),
  }
  const now = needsRoot ? await state.getStorageRoot(at) : undefined
  const wanted = copies.storageRoot
  if (now !== undefined && wanted !== undefined && !isSame(toBytes(now, 'root'), wanted)) {
    throw new InvalidInputError('the storage root of an account cannot be set', {
      address: toHex(at),
      hint: 'put the slots with putStorage()',
    })
  }
  const found = (await state.getAccountBytes(at)) ?? null
  write(state, at, { before: found, fields: copies })
}
/** The fields to write, and the account before them; undefined if it need not be known. */
interface Writing {
  readonly before: AccountBytes | null | undefined
  readonly fields: AccountFields
}

function write(state: StateManager, at: Uint8Array, { before, fields }: Writing): void {
  const { nonce, balance, codeHash, storageRoot } = fields
  const takesCode = codeHash !== undefined && !(before && isSame(codeHash, before.codeHash))
  if (takesCode && !isNoCode(codeHash)) throw foreignCode(at)
  requireUint(balance, BALANCE_BITS, at)
  requireUint(nonce, NONCE_BITS, at)
  if (storageRoot !== undefined && isNoStorage(storageRoot)) state.clearStorage(at)
  if (nonce !== undefined && nonce !== before?.nonce) state.setNonce(at, nonce)
  if (balance !== undefined && balance !== before?.balance) state.setBalance(at, balance)
  if (takesCode && before !== null) state.setCode(at, NO_CODE)
  if (before === null && nonce === undefined && balance === undefined) state.setNonce(at, 0n)
}

function requireUint(value: bigint | undefined, bits: bigint, address: Uint8Array): void {
  if (value === undefined || value >> bits === 0n) return
  throw new InvalidInputError(`a field must be from 0 to 2^${bits} - 1`, {
    address: toHex(address),
    details: `got ${value}`,
  })
}

function foreignCode(address: Uint8Array): InvalidInputError {
  return new InvalidInputError('the code hash is not that of the code of the account', {
    address: toHex(address),
    hint: 'put the code with putCode(), which sets the code hash',
  })
}
