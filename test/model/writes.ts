/** One write, applied to a state manager or to its model: both take the same calls. */

import type { Hex } from 'viem'

import { ADDRESSES, CODES, NONCES, SLOTS, VALUES, type Write } from './operations.ts'

/** The writes that return nothing, and that a test need not remember. */
export type PlainWrite = Exclude<Write, { op: 'snapshot' | 'revertToSnapshot' }>

export interface WriteTarget {
  setBalance(address: Hex, balance: bigint): void
  setNonce(address: Hex, nonce: bigint): void
  setCode(address: Hex, code: Hex): void
  setStorage(address: Hex, slot: Hex, value: bigint): void
  deleteAccount(address: Hex): void
  clearStorage(address: Hex): void
  checkpoint(): void
  commit(): void
  revert(): void
  clearForkCache(): void
  clearCaches(): void
}

export function applyWrite(target: WriteTarget, write: PlainWrite): void {
  if (!('account' in write)) {
    target[write.op]()
    return
  }
  const address = ADDRESSES[write.account] as Hex
  switch (write.op) {
    case 'setBalance':
      target.setBalance(address, VALUES[write.value] as bigint)
      break
    case 'setNonce':
      target.setNonce(address, NONCES[write.value] as bigint)
      break
    case 'setCode':
      target.setCode(address, CODES[write.code] as Hex)
      break
    case 'setStorage':
      target.setStorage(address, SLOTS[write.slot] as Hex, VALUES[write.value] as bigint)
      break
    case 'deleteAccount':
    case 'clearStorage':
      target[write.op](address)
  }
}

/** The code of the error that `action` throws; undefined if it throws none. */
export function refusalOf(action: () => void): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    if (typeof code !== 'string') throw error
    return code
  }
}
