/**
 * Encodings of values: hex here, and integers, RLP and constants in the modules beside it. This
 * module converts between hex and bytes, and checks everything that a caller passes as hex or
 * bytes.
 *
 * Invariants: results never alias their arguments. Inputs are checked once, here, so nothing below
 * this module checks a length again. Only hex with a lower-case `0x` is accepted: decimal, binary
 * and unprefixed strings are errors and are never guessed at. Digits may have either case; the
 * checksum in the case of an address (EIP-55) is not verified. None of the caller's code runs in
 * here: whether a value is bytes, and how many, is read from internal slots, so a Proxy or a false
 * `length` is harmless.
 *
 * Text goes through one scratch buffer, because looking digits up in bytes is faster than reading a
 * string character by character. `TextEncoder` fills the buffer in one call on every runtime.
 */

import { InvalidHexError, InvalidInputError } from '../diagnostics/errors.ts'

/** `0x`-prefixed hexadecimal text; compatible with the `Hex` types of viem and ox. */
export type Hex = `0x${string}`

/** Length of an address in bytes. */
export const ADDRESS_BYTES = 20
/** Length in bytes of a storage slot, a storage value, a hash or a 256-bit integer. */
export const WORD_BYTES = 32

/** Longest text that goes through the scratch buffer. Longer texts get a buffer of their own. */
const SCRATCH_CHARS = 130
/** Room for the extra bytes of one non-ASCII character, so that it is always written whole. */
const UTF8_SLACK = 4
const LOW_BYTE_FIRST = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

const kindOfTypedArray = typedArrayGetter<string | undefined>(Symbol.toStringTag)
const lengthOfTypedArray = typedArrayGetter<number>('length')
const scratch = new Uint8Array(SCRATCH_CHARS + UTF8_SLACK)
const scratchPairs = new Uint16Array(scratch.buffer)
const encoder = new TextEncoder()
const decodeAscii = chooseDecoder()
/**
 * Maps two characters, read as one 16-bit number, to the byte they stand for; -1 if they are not
 * digits.
 */
const BYTE_OF_PAIR = buildByteOfPair()
/** The inverse: maps a byte to its two characters as one 16-bit number. */
const PAIR_OF_BYTE = buildPairOfByte()
const PREFIX_PAIR = pairOf('0x')

/**
 * A getter that reads internal slots of its receiver and ignores what the receiver defines itself.
 */
function typedArrayGetter<Value>(name: PropertyKey): (this: unknown) => Value {
  const { get } = Object.getOwnPropertyDescriptor(
    Object.getPrototypeOf(Uint8Array.prototype),
    name,
  ) as { readonly get: (this: unknown) => Value }
  return get
}

function pairOf(text: string): number {
  const [first, second] = [text.charCodeAt(0), text.charCodeAt(1)]
  return LOW_BYTE_FIRST ? first | (second << 8) : (first << 8) | second
}

function buildPairOfByte(): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => pairOf(byte.toString(16).padStart(2, '0')))
}

function buildByteOfPair(): Int16Array {
  const bytes = new Int16Array(65_536).fill(-1)
  const digits = '0123456789abcdefABCDEF'
  for (const high of digits) {
    for (const low of digits) bytes[pairOf(high + low)] = Number.parseInt(high + low, 16)
  }
  return bytes
}

type AsciiDecoder = (bytes: Uint8Array, end: number) => string

interface BufferLike {
  latin1Slice(start: number, end: number): string
}

/**
 * Node.js, Bun and Deno decode latin1 several times faster with `Buffer` than with `TextDecoder`.
 */
function chooseDecoder(): AsciiDecoder {
  const { Buffer: runtimeBuffer } = globalThis as {
    Buffer?: { readonly prototype: Partial<BufferLike> }
  }
  const latin1Slice = runtimeBuffer?.prototype?.latin1Slice
  if (latin1Slice !== undefined) {
    return (bytes, end) => latin1Slice.call(bytes as unknown as BufferLike, 0, end)
  }
  const decoder = new TextDecoder()
  return (bytes, end) => decoder.decode(bytes.subarray(0, end))
}

/**
 * Writes the bytes of `hex` to `target` at `offset`. Returns false if `hex` is not `0x` and an even
 * number of digits; the target then holds garbage.
 */
function writeDigits(hex: string, target: Uint8Array, offset: number): boolean {
  const chars = hex.length
  if (chars < 2 || (chars & 1) !== 0) return false
  let pairs = scratchPairs
  if (chars <= SCRATCH_CHARS) {
    encoder.encodeInto(hex, scratch)
  } else {
    const text = new Uint8Array(chars + UTF8_SLACK)
    encoder.encodeInto(hex, text)
    pairs = new Uint16Array(text.buffer)
  }
  if (pairs[0] !== PREFIX_PAIR) return false
  const count = chars >> 1
  let seen = 0
  for (let index = 1; index < count; index++) {
    const byte = BYTE_OF_PAIR[pairs[index] as number] as number
    seen |= byte
    target[offset + index - 1] = byte
  }
  return seen >= 0
}

/**
 * Whether a value is a `Uint8Array`, including a subclass or one of another realm. Unlike
 * `instanceof` and `constructor`, this cannot be deceived: a Proxy does not count.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return kindOfTypedArray.call(value) === 'Uint8Array'
}

/** The number of bytes, whatever a subclass reports. */
export function byteLengthOf(bytes: Uint8Array): number {
  return lengthOfTypedArray.call(bytes)
}

/**
 * Returns a copy of bytes, and any other value as it is. Does not call `slice()`, which a subclass
 * may override.
 */
export function copyBytes<Value>(value: Value): Value | Uint8Array {
  if (!isBytes(value)) return value
  const copy = new Uint8Array(byteLengthOf(value))
  copy.set(value)
  return copy
}

/**
 * Writes a fixed-length value to `target` at `offset`. After an error the target holds garbage.
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
    if (value.length !== 2 + length * 2 || !writeDigits(value, target, offset)) {
      throw badHex(value, what, `0x followed by ${length * 2} digits`)
    }
    return
  }
  if (!isBytes(value)) throw neitherHexNorBytes(value, what)
  const given = byteLengthOf(value)
  if (given !== length) {
    throw new InvalidInputError(`${what} must be ${length} bytes, got ${given}`)
  }
  target.set(value, offset)
}

/**
 * Writes a value of at most `length` bytes to the end of `target[offset, offset + length)` and
 * fills the rest with zeros. An empty value is zero.
 *
 * @param what Name of the argument, for the message.
 * @throws InvalidHexError if a string is not `0x` and an even number of digits, or is too long.
 * @throws InvalidInputError if bytes are too long, or the value is neither.
 */
export function writePadded(
  value: Hex | Uint8Array,
  length: number,
  what: string,
  target: Uint8Array,
  offset: number,
): void {
  const isText = typeof value === 'string'
  if (!isText && !isBytes(value)) throw neitherHexNorBytes(value, what)
  const given = isText ? (value.length - 2) >> 1 : byteLengthOf(value)
  if (isText && (given < 0 || given > length)) {
    throw badHex(value, what, `0x followed by at most ${length * 2} digits`)
  }
  if (given > length) {
    throw new InvalidInputError(`${what} must be at most ${length} bytes, got ${given}`)
  }
  const start = offset + length - given
  if (!isText) {
    target.set(value, start)
  } else if (!writeDigits(value, target, start)) {
    throw badHex(value, what, '0x followed by an even number of digits')
  }
  target.fill(0, offset, start)
}

/**
 * Converts hex of any even length to bytes; copies a value that is bytes already.
 *
 * @param what Name of the argument, for the message.
 * @throws InvalidHexError on a missing `0x`, an odd number of digits, or a character that is not a
 *   digit.
 * @throws InvalidInputError if the value is neither a string nor bytes.
 */
export function toBytes(value: Hex | Uint8Array, what: string): Uint8Array {
  if (typeof value !== 'string') {
    if (isBytes(value)) return copyBytes(value)
    throw neitherHexNorBytes(value, what)
  }
  const bytes = new Uint8Array(Math.max(0, (value.length - 2) >> 1))
  if (!writeDigits(value, bytes, 0)) {
    throw badHex(value, what, '0x followed by an even number of digits')
  }
  return bytes
}

/** Lower-case `0x` hex of `bytes[start, end)`. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): Hex {
  const chars = 2 + (end - start) * 2
  const text = chars <= SCRATCH_CHARS ? scratch : new Uint8Array(chars)
  const pairs = chars <= SCRATCH_CHARS ? scratchPairs : new Uint16Array(text.buffer)
  pairs[0] = PREFIX_PAIR
  for (let index = start, at = 1; index < end; index++, at++) {
    pairs[at] = PAIR_OF_BYTE[bytes[index] as number] as number
  }
  return decodeAscii(text, chars) as Hex
}

function badHex(value: string, what: string, shape: string): InvalidHexError {
  const shown = value.length > 80 ? `${value.slice(0, 77)}...` : value
  return new InvalidHexError(`${what} must be ${shape} of hex`, {
    details: `got ${JSON.stringify(shown)} (${value.length} characters)`,
  })
}

function neitherHexNorBytes(value: unknown, what: string): InvalidInputError {
  const shown = value === null ? 'null' : typeof value
  return new InvalidInputError(`${what} must be 0x hex or a Uint8Array`, {
    details: `got ${shown}`,
  })
}
