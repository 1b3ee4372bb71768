/**
 * The core's keccak256 for EthereumJS, whose own JavaScript implementation takes a good part of the
 * run time of a block.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import { isBytes } from '../encoding/hex.ts'
import type { Engine } from '../ffi/engine.ts'
import { frameOf } from '../ffi/frame.ts'
import { defaultEngine } from '../ffi/wasm.ts'

/**
 * A hash function for `customCrypto` of a `Common`.
 *
 * @param ffi Default: the bundled WebAssembly.
 * @returns A function from bytes to 32 bytes; it throws InvalidInputError for anything but bytes.
 * @example
 * const common = new Common({ chain: Mainnet, customCrypto: { keccak256: coreKeccak256() } })
 */
export function coreKeccak256(ffi: Engine = defaultEngine()): (data: Uint8Array) => Uint8Array {
  const frame = frameOf(ffi)
  return (data) => {
    if (isBytes(data)) return frame.keccak256Bytes(data)
    throw new InvalidInputError('only bytes can be hashed', { details: `got ${typeof data}` })
  }
}
