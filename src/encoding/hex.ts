/**
 * Hex, bytes and bigint conversions, and the validation of everything a caller passes in.
 *
 * Invariants: every function here is pure; results never alias their arguments. Inputs are checked
 * once, here, so nothing below this module checks a length again. Only `0x`-prefixed hex is taken:
 * decimal, binary and unprefixed strings are errors, never guessed at.
 */

import { InvalidHexError, InvalidInputError } from '../errors.ts'

/** `0x`-prefixed hexadecimal text; compatible with the `Hex` types of viem and ox. */
export type Hex = `0x${string}`

const DIGIT_VALUES = buildDigitValues()
const BYTE_TEXT = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function buildDigitValues(): Int8Array {
  const values = new Int8Array(128).fill(-1)
  for (let value = 0; value < 16; value++) {
    const digit = value.toString(16)
    values[digit.charCodeAt(0)] = value
    values[digit.toUpperCase().charCodeAt(0)] = value
  }
  return values
}

function digitAt(text: string, index: number): number {
  const charCode = text.charCodeAt(index)
  return charCode < 128 ? (DIGIT_VALUES[charCode] as number) : -1
}

/** Writes the bytes of `hex` (digits from `2`) to `target` at `offset`; false on a bad digit. */
function writeDigits(hex: string, target: Uint8Array, offset: number): boolean {
  const count = (hex.length - 2) >> 1
  for (let index = 0; index < count; index++) {
    const high = digitAt(hex, 2 + index * 2)
    const low = digitAt(hex, 3 + index * 2)
    if (high < 0 || low < 0) return false
    target[offset + index] = (high << 4) | low
  }
  return true
}

function hasPrefix(text: string): boolean {
  return text.charCodeAt(0) === 48 && (text.charCodeAt(1) | 32) === 120
}

/**
 * Writes a fixed-length value to `target` at `offset`.
 *
 * @param what Name of the argument, for the message.
 * @throws InvalidHexError if a string is not `0x` hex of exactly `length` bytes.
 * @throws InvalidInputError if bytes have another length, or the value is neither.
 */
export function writeFixed(
  value: Hex | Uint8Array,
  length: number,
  what: string,
  target: Uint8Array,
  offset: number,
): void {
  if (typeof value === 'string') {
    if (value.length !== 2 + length * 2 || !hasPrefix(value)) throw badHex(value, length, what)
    if (!writeDigits(value, target, offset)) throw badHex(value, length, what)
    return
  }
  if (!(value instanceof Uint8Array)) {
    throw new InvalidInputError(`${what} must be 0x hex or a Uint8Array`, {
      details: `got ${describe(value)}`,
    })
  }
  if (value.length !== length) {
    throw new InvalidInputError(`${what} must be ${length} bytes, got ${value.length}`)
  }
  target.set(value, offset)
}

/**
 * Bytes of hex of any even length, or a copy of bytes.
 *
 * @throws InvalidHexError on a missing `0x`, odd number of digits, or a character that is no digit.
 * @throws InvalidInputError if the value is neither a string nor bytes.
 */
export function toBytes(value: Hex | Uint8Array, what: string): Uint8Array {
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (typeof value !== 'string') {
    throw new InvalidInputError(`${what} must be 0x hex or a Uint8Array`, {
      details: `got ${describe(value)}`,
    })
  }
  if (!hasPrefix(value) || value.length % 2 !== 0) throw badHex(value, undefined, what)
  const bytes = new Uint8Array((value.length - 2) >> 1)
  if (!writeDigits(value, bytes, 0)) throw badHex(value, undefined, what)
  return bytes
}

/** Lower-case `0x` hex of `bytes[start, end)`. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): Hex {
  let text = '0x'
  for (let index = start; index < end; index++) text += BYTE_TEXT[bytes[index] as number]
  return text as Hex
}

/** Big-endian unsigned integer of `bytes[offset, offset + length)`. */
export function readBigInt(bytes: Uint8Array, offset: number, length: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, length)
  let value = 0n
  for (let at = 0; at < length; at += 8) {
    const limb = view.getBigUint64(at)
    if (value !== 0n) value = (value << 64n) | limb
    else if (limb !== 0n) value = limb
  }
  return value
}

/**
 * Writes an unsigned integer big-endian into `length` bytes (a multiple of 8) of `target`.
 *
 * @throws InvalidInputError if the value is not a bigint, negative, or too large.
 */
export function writeBigInt(
  value: bigint,
  length: number,
  what: string,
  target: Uint8Array,
  offset: number,
): void {
  if (typeof value !== 'bigint') {
    throw new InvalidInputError(`${what} must be a bigint`, { details: `got ${describe(value)}` })
  }
  if (value < 0n || value >> BigInt(length * 8) !== 0n) {
    throw new InvalidInputError(`${what} must be between 0 and 2^${length * 8} - 1`, {
      details: `got ${value}`,
    })
  }
  const view = new DataView(target.buffer, target.byteOffset + offset, length)
  let rest = value
  for (let at = length - 8; at >= 0; at -= 8) {
    view.setBigUint64(at, rest & 0xffff_ffff_ffff_ffffn)
    rest >>= 64n
  }
}

function badHex(value: string, length: number | undefined, what: string): InvalidHexError {
  const shape = length === undefined ? 'an even number of digits' : `${length * 2} digits`
  const shown = value.length > 80 ? `${value.slice(0, 77)}...` : value
  return new InvalidHexError(`${what} must be 0x followed by ${shape} of hex`, {
    details: `got ${JSON.stringify(shown)} (${value.length} characters)`,
  })
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value
}
