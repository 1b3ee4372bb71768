/**
 * Converts between bigint and unsigned big-endian integers of 8 and 32 bytes.
 *
 * Invariants: every value is checked against its range before it is written, so a value never
 * wraps. A JavaScript number is not accepted where a bigint is expected.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'

/**
 * Reads the 32-byte integer at `offset`. Limbs that are zero cost nothing; most values fit in one
 * limb.
 */
export function readUint256(view: DataView, offset: number): bigint {
  const highAndMiddle =
    view.getInt32(offset) |
    view.getInt32(offset + 4) |
    view.getInt32(offset + 8) |
    view.getInt32(offset + 12) |
    view.getInt32(offset + 16) |
    view.getInt32(offset + 20)
  const lowest = view.getBigUint64(offset + 24)
  if (highAndMiddle === 0) return lowest
  const low = (view.getBigUint64(offset + 16) << 64n) | lowest
  const high = (view.getBigUint64(offset) << 64n) | view.getBigUint64(offset + 8)
  return high === 0n ? low : (high << 128n) | low
}

/** Whether the 32 bytes at `offset` are all zero. */
export function isZeroWord(view: DataView, offset: number): boolean {
  let seen = 0
  for (let at = offset; at < offset + 32; at += 4) seen |= view.getInt32(at)
  return seen === 0
}

/**
 * Writes an integer into 32 bytes at `offset`.
 *
 * @param what Name of the argument, for the message.
 * @throws InvalidInputError if the value is not a bigint, negative, or 2^256 or more.
 */
export function writeUint256(value: bigint, what: string, view: DataView, offset: number): void {
  requireUint(value, 256n, what)
  view.setBigUint64(offset + 24, BigInt.asUintN(64, value))
  const upper = value >> 64n
  if (upper === 0n) {
    view.setBigUint64(offset + 16, 0n)
    view.setBigUint64(offset + 8, 0n)
    view.setBigUint64(offset, 0n)
    return
  }
  view.setBigUint64(offset + 16, BigInt.asUintN(64, upper))
  const top = upper >> 64n
  view.setBigUint64(offset + 8, BigInt.asUintN(64, top))
  view.setBigUint64(offset, top >> 64n)
}

/**
 * Writes an integer into 8 bytes at `offset`.
 *
 * @param what Name of the argument, for the message.
 * @throws InvalidInputError if the value is not a bigint, negative, or 2^64 or more.
 */
export function writeUint64(value: bigint, what: string, view: DataView, offset: number): void {
  requireUint(value, 64n, what)
  view.setBigUint64(offset, value)
}

function requireUint(value: bigint, bits: 64n | 256n, what: string): void {
  if (typeof value !== 'bigint') {
    throw new InvalidInputError(`${what} must be a bigint`, { details: `got ${typeof value}` })
  }
  if (value < 0n || value >> bits !== 0n) {
    const shown = value.toString().slice(0, 100)
    throw new InvalidInputError(`${what} must be from 0 to 2^${bits} - 1`, {
      details: `got ${shown}`,
    })
  }
}
