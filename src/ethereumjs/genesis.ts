/** Writes state from lists: the accounts of a genesis block, or an EIP-7928 block access list. */

import type { StateManagerInterface } from '@ethereumjs/common'
import type { BALJSONBlockAccessList, PrefixedHexString } from '@ethereumjs/util'
import {
  Account,
  createAccount,
  createAddressFromString,
  hexToBigInt,
  hexToBytes,
  setLengthLeft,
  toBytes,
} from '@ethereumjs/util'

/** Balance, code, slots with their values (32 bytes each), and nonce. */
export type GenesisAccount = readonly [
  balance: PrefixedHexString,
  code?: PrefixedHexString,
  storage?: readonly (readonly [slot: PrefixedHexString, value: PrefixedHexString])[],
  nonce?: PrefixedHexString,
]

/** Accounts of a genesis block: address to balance, or to balance, code, storage and nonce. */
export type GenesisState = Readonly<Record<PrefixedHexString, PrefixedHexString | GenesisAccount>>

/** Writes the accounts of a genesis block. */
export async function putGenesis(into: StateManagerInterface, genesis: GenesisState) {
  for (const [key, entry] of Object.entries(genesis)) {
    const address = createAddressFromString(key)
    const [balance, code, storage = [], nonce] = typeof entry === 'string' ? [entry] : entry
    await into.putAccount(address, createAccount({ balance, ...(nonce && { nonce }) }))
    if (code !== undefined) await into.putCode(address, toBytes(code))
    for (const [slot, value] of storage) {
      await into.putStorage(address, toBytes(slot), toBytes(value))
    }
  }
}

/**
 * Writes the changes in the access list of a block (EIP-7928): the last value of each field and
 * slot. An account that ends up empty is deleted (EIP-161).
 */
export async function putAccessList(into: StateManagerInterface, list: BALJSONBlockAccessList) {
  for (const entry of list) {
    const address = createAddressFromString(entry.address)
    const balance = entry.balanceChanges.at(-1)?.postBalance
    const nonce = entry.nonceChanges.at(-1)?.postNonce
    const code = entry.codeChanges.at(-1)?.newCode
    const slots = entry.storageChanges.map(({ slot, slotChanges }) => ({
      slot,
      value: slotChanges.at(-1)?.postValue,
    }))
    const isRead = [balance, nonce, code].every((change) => change === undefined)
    if (isRead && slots.length === 0) continue
    if (code !== undefined) await into.putCode(address, hexToBytes(code))
    await into.modifyAccountFields(address, {
      ...(balance !== undefined && { balance: hexToBigInt(balance) }),
      ...(nonce !== undefined && { nonce: hexToBigInt(nonce) }),
    })
    for (const { slot, value } of slots) {
      if (value === undefined) continue
      await into.putStorage(address, wordOf(slot), wordOf(value))
    }
    const account = (await into.getAccount(address)) ?? new Account()
    if (account.isEmpty() && slots.length === 0) await into.deleteAccount(address)
  }
}

function wordOf(hex: PrefixedHexString): Uint8Array {
  return setLengthLeft(hexToBytes(hex), 32)
}
