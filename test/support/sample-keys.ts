/** Addresses and slots for tests, never the same twice in one file. */

import { type Hex, keccak256, numberToHex } from 'viem'

let count = 0

/** A new address. */
export function freshAddress(): Hex {
  count += 1
  return keccak256(numberToHex(count, { size: 32 })).slice(0, 42) as Hex
}

/** The 32-byte slot or word of a number. */
export function word(value: number | bigint): Hex {
  return numberToHex(value, { size: 32 })
}
