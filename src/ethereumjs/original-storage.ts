/**
 * The values that slots had when a transaction began, for the gas of SSTORE (EIP-1283, EIP-2200).
 *
 * By the convention of EthereumJS, the original value of a slot is its value at the first request
 * after `clear()`. The EVM requests it before it writes the slot, and clears at the end of a
 * transaction.
 */

import type { Address } from '@ethereumjs/util'
import { copyBytes, toHex } from '../encoding/hex.ts'

type ReadStorage = (address: Address, key: Uint8Array) => Promise<Uint8Array>

/** Original values by account and slot. */
export class OriginalStorage {
  readonly #read: ReadStorage
  readonly #values = new Map<string, Uint8Array>()

  constructor(read: ReadStorage) {
    this.#read = read
  }

  /**
   * The original value without leading zeros, as a copy.
   *
   * @param key The slot, 32 bytes.
   * @throws as reading the slot does; then nothing is kept.
   */
  async get(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const name = toHex(address.bytes) + toHex(key)
    const known = this.#values.get(name)
    if (known !== undefined) return copyBytes(known)
    const value = await this.#read(address, key)
    const first = this.#values.get(name)
    if (first !== undefined) return copyBytes(first)
    this.#values.set(name, copyBytes(value))
    return value
  }

  /** Forgets all values: the transaction has ended. */
  clear(): void {
    if (this.#values.size > 0) this.#values.clear()
  }
}
