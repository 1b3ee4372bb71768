/**
 * Hashes of the blocks before the pinned one, for BLOCKHASH.
 *
 * A hash is taken from the header of the block after it, as its parent; that header has the hash
 * that the one after it names, and so on up to the pinned block. So the pinned block's hash vouches
 * for all of them, however the headers were come by. Nothing that does not link up is used.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { BlockHeader } from '../../rpc/rpc-client.ts'
import { BlockMovedError } from './errors.ts'
import { encodeHeader } from './header.ts'

/** Blocks that are looked back at most: BLOCKHASH knows 256. */
export const MAX_ANCESTORS = 256

/** How to come by headers, and whether one is what it says. */
export interface HeaderSource {
  /** As `RpcClient.getBlock`. */
  getBlock(number: bigint): Promise<BlockHeader | null>
  /** @throws HeaderError if the header does not have the hash that it names. */
  judge(header: BlockHeader): void
}

/** The chain of hashes that ends in one block. */
export class Ancestors {
  readonly #number: bigint
  readonly #source: HeaderSource
  /** That of the block itself, of its parent, and so on. */
  readonly #hashes: Hex[]
  /** Of the block's parent, and so on, each of a hash that is known. */
  readonly #headers: BlockHeader[] = []
  #extending: Promise<unknown> = Promise.resolve()
  /** Whether the block may be of Prague or later, when hashes are kept in the state (EIP-2935). */
  readonly mayBeInState: boolean

  /** @param block Its header, which was judged already. */
  constructor({ number, hash, parentHash, fields }: BlockHeader, source: HeaderSource) {
    this.#number = number
    this.mayBeInState = fields === undefined || fields['requestsHash'] !== undefined
    this.#hashes = [lowerCase(hash)]
    if (isHash(parentHash)) this.#hashes.push(lowerCase(parentHash))
    this.#source = source
  }

  /** The hash of a block, if it takes no header that is not here. */
  peekHash(number: bigint): Hex | undefined {
    return this.#hashes[Number(this.#number - number)]
  }

  /**
   * The hash of a block, 32 bytes; headers that it takes are fetched together.
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

  /** Takes headers from elsewhere, as far as they link up. @throws HeaderError */
  add(headers: readonly BlockHeader[]): void {
    const byNumber = new Map(headers.map((header) => [header.number, header]))
    for (;;) {
      const depth = this.#hashes.length - 1
      const header = byNumber.get(this.#number - BigInt(depth))
      if (depth === 0 || header === undefined || !this.#linksAt(depth, header)) return
      this.#take(header)
    }
  }

  /** RLP of the headers that were used, the earliest first; without the block's own. */
  headerRlps(): readonly Uint8Array[] {
    const { length } = this.#headers
    const end = this.#headers.findIndex(({ fields }) => fields === undefined)
    const told = this.#headers.slice(0, end < 0 ? length : end)
    return told.reverse().map(({ fields = {} }) => encodeHeader(fields))
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
    this.#source.judge(header)
    if (this.#hashes.length > 1) this.#headers.push(header)
    this.#hashes.push(lowerCase(header.parentHash))
  }

  #moved(depth: number, header: BlockHeader | null): BlockMovedError {
    const number = this.#number - BigInt(depth)
    return new BlockMovedError(`block ${number} is not the one that the pinned block builds on`, {
      block: this.#hashes[depth] as Hex,
      details: header === null ? 'the node has no such block' : 'the node has another block there',
      hint: 'call repin() to fork a block of the chain as it is now',
    })
  }
}

function isHash(text: unknown): text is Hex {
  return typeof text === 'string' && /^0x[0-9a-f]{64}$/i.test(text)
}

function lowerCase(text: Hex): Hex {
  return text.toLowerCase() as Hex
}
