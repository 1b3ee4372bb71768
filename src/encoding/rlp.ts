/**
 * RLP of flat lists of byte strings, which is what a block header is.
 *
 * Decoding is strict: it accepts exactly what encoding produces, so one header has one encoding.
 * Nested lists are not supported; the core handles tries.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'

const STRING = 0x80
const LIST = 0xc0
/** The length of a payload up to this many bytes is part of the first byte. */
const MAX_SHORT_BYTES = 55
/** Most bytes in a length. A longer length would not fit in memory. */
const MAX_LENGTH_BYTES = 4

/** Encodes a list of byte strings. */
export function encodeRlpList(items: readonly Uint8Array[]): Uint8Array {
  const heads = items.map(headOfString)
  const payloadBytes = items.reduce((sum, item, at) => sum + sizeOf(item, heads[at]), 0)
  const head = headOf(LIST, payloadBytes)
  const encoded = new Uint8Array(head.length + payloadBytes)
  encoded.set(head)
  let end = head.length
  items.forEach((item, at) => {
    const itemHead = heads[at] as Uint8Array
    encoded.set(itemHead, end)
    encoded.set(item, end + itemHead.length)
    end += sizeOf(item, itemHead)
  })
  return encoded
}

/**
 * Decodes a list of byte strings that contains no lists. The strings are copies.
 *
 * @param what Name of the value, for the message.
 * @throws InvalidInputError if the value is anything else, or not in its canonical encoding.
 */
export function decodeRlpList(encoded: Uint8Array, what: string): readonly Uint8Array[] {
  const list = readItem(encoded, 0, what)
  if (!list.isList || list.end !== encoded.length) throw malformed(what, 'it is not one list')
  const items: Uint8Array[] = []
  let at = list.start
  while (at < list.end) {
    const item = readItem(encoded, at, what)
    if (item.isList || item.end > list.end) throw malformed(what, `item ${items.length} is wrong`)
    items.push(encoded.slice(item.start, item.end))
    at = item.end
  }
  return items
}

/** Encodes an unsigned integer as RLP does: big-endian without leading zeros, and empty for 0. */
export function minimalBytes(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0)
  const digits = value.toString(16)
  const padded = digits.padStart(digits.length + (digits.length % 2), '0')
  return Uint8Array.from(padded.match(/../g) as string[], (pair) => Number.parseInt(pair, 16))
}

function headOfString(item: Uint8Array): Uint8Array {
  const isItself = item.length === 1 && (item[0] as number) < STRING
  return isItself ? new Uint8Array(0) : headOf(STRING, item.length)
}

function headOf(kind: number, payloadBytes: number): Uint8Array {
  if (payloadBytes <= MAX_SHORT_BYTES) return Uint8Array.of(kind + payloadBytes)
  const length = minimalBytes(BigInt(payloadBytes))
  return Uint8Array.of(kind + MAX_SHORT_BYTES + length.length, ...length)
}

function sizeOf(item: Uint8Array, head: Uint8Array | undefined): number {
  return item.length + (head?.length ?? 0)
}

interface Item {
  readonly isList: boolean
  /** Offsets of the start and the end of its payload. */
  readonly start: number
  readonly end: number
}

function readItem(encoded: Uint8Array, at: number, what: string): Item {
  const first = encoded[at]
  if (first === undefined) throw malformed(what, 'it ends too early')
  if (first < STRING) return { isList: false, start: at, end: at + 1 }
  const isList = first >= LIST
  const size = first - (isList ? LIST : STRING)
  const lengthBytes = Math.max(0, size - MAX_SHORT_BYTES)
  const start = at + 1 + lengthBytes
  const payloadBytes = lengthBytes === 0 ? size : readLength(encoded.subarray(at + 1, start), what)
  const end = start + payloadBytes
  if (end > encoded.length) throw malformed(what, 'it ends too early')
  const isItself = !isList && payloadBytes === 1 && (encoded[start] as number) < STRING
  const isShort = lengthBytes > 0 && payloadBytes <= MAX_SHORT_BYTES
  if (isItself || isShort) throw malformed(what, 'a length is not in its shortest form')
  return { isList, start, end }
}

function readLength(bytes: Uint8Array, what: string): number {
  if (bytes.length > MAX_LENGTH_BYTES) throw malformed(what, 'a length is too large')
  if (bytes[0] === 0) throw malformed(what, 'a length is not in its shortest form')
  return bytes.reduce((length, byte) => length * 256 + byte, 0)
}

function malformed(what: string, details: string): InvalidInputError {
  return new InvalidInputError(`${what} is not the RLP of a list of strings`, { details })
}
