/** Reads bytes from a stream of chunks, whatever the lengths of the chunks. */

import { concatBytes } from './bytes.ts'
import { crc32c } from './crc32c.ts'
import { InvalidExportError } from './errors.ts'

/** The chunks of a file: a stream, an array of them, or a single one. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | Uint8Array

/** Reads a stream from its start. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #chunk: Uint8Array = new Uint8Array(0)
  #taken = 0
  #checksum = 0

  constructor(source: ByteSource) {
    if (source instanceof Uint8Array) this.#chunks = [source][Symbol.iterator]()
    else if (Symbol.asyncIterator in source) this.#chunks = source[Symbol.asyncIterator]()
    else this.#chunks = source[Symbol.iterator]()
  }

  /** Bytes taken so far. */
  get taken(): number {
    return this.#taken
  }

  /** CRC-32C of the bytes taken so far. */
  get checksum(): number {
    return this.#checksum
  }

  /** @throws InvalidExportError if there are fewer bytes left. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    let missing = length
    while (missing > 0) {
      if (this.#chunk.length === 0 && !(await this.#next())) {
        throw new InvalidExportError('the file is truncated', {
          details: `after ${this.#taken + length - missing} bytes`,
        })
      }
      const part = this.#chunk.subarray(0, missing)
      this.#chunk = this.#chunk.subarray(part.length)
      parts.push(part)
      missing -= part.length
    }
    const bytes = concatBytes(...parts)
    this.#taken += length
    this.#checksum = crc32c(bytes, this.#checksum)
    return bytes
  }

  /** Whether all bytes were taken. */
  async isAtEnd(): Promise<boolean> {
    return this.#chunk.length === 0 && !(await this.#next())
  }

  /** Releases the source if the rest of it is not needed. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #next(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next()
      if (done === true) return false
      this.#chunk = value
    }
    return true
  }
}
