/** Searches for a key whose hash begins with given nibbles. */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { type ADDRESS_BYTES, toHex, WORD_BYTES, writeFixed } from '../encoding/hex.ts'
import { writeUint64 } from '../encoding/integer.ts'
import { STATE_MANAGER_SUCCESS } from './abi.gen.ts'
import type { Engine } from './engine.ts'
import { frameOf } from './frame.ts'
import { statusError } from './status.ts'

/** A path of nibbles, as hex digits without 0x. */
const PATH = /^[0-9a-f]{0,64}$/
const PATH_CHARS = WORD_BYTES * 2

/** The keys to try. */
export interface PreimageSearch {
  /** The nibbles that keccak256 of the key begins with, as hex digits without 0x. */
  readonly path: string
  readonly keyBytes: typeof ADDRESS_BYTES | typeof WORD_BYTES
  /** The first key to try; keys are big-endian numbers. */
  readonly first: bigint
  /** How many keys to try. */
  readonly tries: number
}

/**
 * Finds a key whose keccak256 begins with a path; undefined if none of the keys tried does.
 *
 * @throws LimitExceededError if `tries` exceeds `FORKSTATE_MAX_PREIMAGE_TRIES`.
 */
export function findPreimage(
  engine: Engine,
  { path, keyBytes, first, tries }: PreimageSearch,
): { readonly key: Hex; readonly counter: bigint } | undefined {
  const frame = frameOf(engine)
  if (!PATH.test(path)) throw new InvalidInputError(`not a path of nibbles: ${path}`)
  const packed: Hex = `0x${path.padEnd(PATH_CHARS, '0')}`
  writeFixed(packed, WORD_BYTES, 'path', frame.bytes, frame.slot)
  writeUint64(first, 'first', frame.view, frame.id)
  const status = frame.settle(
    engine.functions.forkstate_find_preimage(
      frame.slot,
      path.length,
      keyBytes,
      frame.id,
      tries,
      frame.value,
      frame.length,
    ),
  )
  if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'searching for a key')
  if (frame.view.getUint32(frame.length, true) === 0) return undefined
  const counterAt = frame.value + keyBytes - 8
  return {
    key: toHex(frame.bytes, frame.value, frame.value + keyBytes),
    counter: frame.view.getBigUint64(counterAt),
  }
}
