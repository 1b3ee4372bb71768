/** Decodes the reason of a reverted call, if it is Solidity's `Error(string)`. */

/** First four bytes of keccak256 of `Error(string)`. */
const ERROR_SELECTOR = [0x08, 0xc3, 0x79, 0xa0]
const SELECTOR_BYTES = 4
const WORD_BYTES = 32
const MAX_SHOWN_BYTES = 1_024

/** The reason; undefined if the data is anything else, or malformed. */
export function decodeReason(returned: Uint8Array): string | undefined {
  if (!ERROR_SELECTOR.every((byte, at) => returned[at] === byte)) return undefined
  const data = returned.subarray(SELECTOR_BYTES)
  const offset = readSize(data, 0)
  if (offset === undefined) return undefined
  const length = readSize(data, offset)
  if (length === undefined) return undefined
  const text = data.subarray(offset + WORD_BYTES, offset + WORD_BYTES + length)
  if (text.length < length) return undefined
  return new TextDecoder().decode(text.subarray(0, MAX_SHOWN_BYTES))
}

/** Reads a word that is a size within the data. */
function readSize(data: Uint8Array, at: number): number | undefined {
  const word = data.subarray(at, at + WORD_BYTES)
  if (word.length < WORD_BYTES) return undefined
  const size = word.reduce((sum, byte) => sum * 256 + byte, 0)
  return size <= data.length ? size : undefined
}
