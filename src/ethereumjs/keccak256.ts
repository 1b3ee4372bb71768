/**
 * keccak256 of the core, for EthereumJS to hash with: its own in JavaScript takes a good part of
 * the time of a block.
 */

import { isBytes } from '../encoding/hex.ts'
import { InvalidInputError } from '../errors.ts'
import type { Engine } from '../ffi/engine.ts'
import { frameOf } from '../ffi/frame.ts'
import { defaultEngine } from '../ffi/wasm.ts'

/**
 * A hash function for `customCrypto` of a `Common`.
 *
 * @param ffi Default: the bundled WebAssembly.
 * @returns 32 bytes for any bytes; it throws an InvalidInputError for anything else.
 * @example
 * const common = new Common({ chain: Mainnet, customCrypto: { keccak256: coreKeccak256() } })
 */
export function coreKeccak256(ffi: Engine = defaultEngine()): (data: Uint8Array) => Uint8Array {
  const frame = frameOf(ffi)
  return (data) => {
    if (isBytes(data)) return frame.keccak256Bytes(data)
    throw new InvalidInputError('what is hashed must be bytes', { details: `got ${typeof data}` })
  }
}
