/**
 * Hashes of the blocks before the pinned one, for BLOCKHASH.
 *
 * The hash of a block is the parent hash in the header of the next block, whose own hash is the
 * parent hash in the header after it, and so on up to the pinned block. So the pinned block's hash
 * proves all of them, wherever the headers come from. A header that does not link up is not used.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { BlockHeader } from '../../rpc/rpc-client.ts'
import { BlockMovedError } from '../errors.ts'
import { isHash, lowerCase } from './hash.ts'
import { encodeHeader } from './header.ts'

/** The most blocks to look back; BLOCKHASH knows 256. */
export const MAX_ANCESTORS = 256

/** Where headers come from, and how they are verified. */
export interface HeaderSource {
  /** As `RpcClient.getBlock`. */
  getBlock(number: bigint): Promise<BlockHeader | null>
  /** @throws HeaderError if the fields of the header do not hash to its hash. */
  verify(header: BlockHeader): void
}

/** The chain of hashes that ends in one block. */
export class Ancestors {
  readonly #number: bigint
  readonly #source: HeaderSource
  /** The hash of the pinned block, of its parent, and so on. */
  readonly #hashes: Hex[]
  /** The header of the pinned block's parent, and so on; the hash of each is in `#hashes`. */
  readonly #headers: BlockHeader[] = []
  #extending: Promise<unknown> = Promise.resolve()
  /** Whether the block may be of Prague or later, when hashes are kept in the state (EIP-2935). */
  readonly mayBeInState: boolean

  /** @param block The header of the pinned block, already verified. */
  constructor({ number, hash, parentHash, fields }: BlockHeader, source: HeaderSource) {
    this.#number = number
    this.mayBeInState = fields === undefined || fields['requestsHash'] !== undefined
    this.#hashes = [lowerCase(hash)]
    if (isHash(parentHash)) this.#hashes.push(lowerCase(parentHash))
    this.#source = source
  }

  /** The hash of a block; undefined if headers must be fetched for it. */
  peekHash(number: bigint): Hex | undefined {
    return this.#hashes[Number(this.#number - number)]
  }

  /**
   * The hash of a block, 32 bytes. The headers it needs are fetched together.
   *
   * @param number At most {@link MAX_ANCESTORS} below that of the block, and not above it.
   * @throws BlockMovedError if the headers do not lead to the block; HeaderError; what the client
   * rejects with.
   */
  async hashOf(number: bigint): Promise<Hex> {
    const known = this.peekHash(number)
    if (known !== undefined) return known
    const depth = Number(this.#number - number)
    const extended = this.#extending.then(() => this.#extend(depth))
    this.#extending = extended.catch(() => undefined)
    return await extended
  }

  /** Adds headers from elsewhere, as far as they link up. @throws HeaderError */
  add(headers: readonly BlockHeader[]): void {
    const byNumber = new Map(headers.map((header) => [header.number, header]))
    for (;;) {
      const depth = this.#hashes.length - 1
      const header = byNumber.get(this.#number - BigInt(depth))
      if (depth === 0 || header === undefined || !this.#linksAt(depth, header)) return
      this.#take(header)
    }
  }

  /** RLP of the headers that were used, the earliest first, without the pinned block's own. */
  headerRlps(): readonly Uint8Array[] {
    const { length } = this.#headers
    const end = this.#headers.findIndex(({ fields }) => fields === undefined)
    const encodable = this.#headers.slice(0, end < 0 ? length : end)
    return encodable.reverse().map(({ fields = {} }) => encodeHeader(fields))
  }

  async #extend(depth: number): Promise<Hex> {
    const first = this.#hashes.length - 1
    const depths = Array.from({ length: Math.max(0, depth - first) }, (_, at) => first + at)
    const headers = await Promise.all(
      depths.map((at) => this.#source.getBlock(this.#number - BigInt(at))),
    )
    for (const [index, header] of headers.entries()) {
      const at = depths[index] as number
      if (!this.#linksAt(at, header)) throw this.#moved(at, header)
      this.#take(header)
    }
    return this.#hashes[depth] as Hex
  }

  #linksAt(depth: number, header: BlockHeader | null): header is BlockHeader {
    if (header?.number !== this.#number - BigInt(depth) || !isHash(header.parentHash)) return false
    return isHash(header.hash) && lowerCase(header.hash) === this.#hashes[depth]
  }

  #take(header: BlockHeader): void {
    this.#source.verify(header)
    if (this.#hashes.length > 1) this.#headers.push(header)
    this.#hashes.push(lowerCase(header.parentHash))
  }

  #moved(depth: number, header: BlockHeader | null): BlockMovedError {
    const number = this.#number - BigInt(depth)
    return new BlockMovedError(`block ${number} is not an ancestor of the pinned block`, {
      block: this.#hashes[depth] as Hex,
      details:
        header === null
          ? 'the node has no such block'
          : 'the node has another block at that number',
      hint: 'call repin() to fork a block of the chain as it is now',
    })
  }
}
