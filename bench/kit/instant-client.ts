/** A client of a chain that answers at once, from nothing: values follow from their slots. */

import type { BlockHeader, EthProof, Hex, RpcClient } from '../../src/index.ts'

const zeros = (bytes: number): Hex => `0x${'00'.repeat(bytes)}`
const HEADER: BlockHeader = {
  number: 1n,
  hash: `0x${'11'.repeat(32)}`,
  stateRoot: `0x${'22'.repeat(32)}`,
  parentHash: zeros(32),
  timestamp: 1n,
}
/** Of storage that is not empty: else no slot would be asked for. */
const STORAGE_HASH: Hex = `0x${'33'.repeat(32)}`
/** Digits of a slot that its value has. */
const VALUE_DIGITS = 24

/** The value of a slot: its first 12 bytes as a number. */
export function chainValue(slot: Hex): bigint {
  return BigInt(slot.slice(0, 2 + VALUE_DIGITS))
}

/** Accounts without code, whose slots all hold something; there are no proofs. */
export class InstantClient implements RpcClient {
  async getProof(address: Hex, slots: readonly Hex[]): Promise<EthProof> {
    const storageProof = slots.map((key) => ({ key, value: chainValue(key), proof: [] }))
    return {
      address,
      balance: 1n,
      nonce: 1n,
      codeHash: zeros(32),
      storageHash: STORAGE_HASH,
      accountProof: [],
      storageProof,
    }
  }

  async getCode(): Promise<Hex> {
    return '0x'
  }

  async getBlock(): Promise<BlockHeader> {
    return HEADER
  }

  async getChainId(): Promise<bigint> {
    return 1n
  }
}
