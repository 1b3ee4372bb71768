/**
 * The blocks that BLOCKHASH refers to, before and after the pinned block.
 *
 * Hashes of blocks up to the pinned one come from the storage of the EIP-2935 contract, read at the
 * pinned block like any state, or else from headers that link up to the pinned hash. Hashes of
 * later blocks are those registered with `putBlock()`, or those that executed blocks wrote into
 * that contract. An unknown hash is an error, never zero.
 */

import { ForkStateError, InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { isBytes, toBytes, toHex } from '../encoding/hex.ts'
import { MAX_ANCESTORS } from '../fork/block/ancestors.ts'
import { chainOf, unwrittenPartsOf } from '../state/parts.ts'
import type { StateManager } from '../state/state-manager.ts'
import { managerOver } from '../state/state-manager.ts'

/** Maximum of registered blocks; the oldest are forgotten first. */
export const MAX_PUT_BLOCKS = 8_192

/** The EIP-2935 contract, which keeps the hashes of the last 8,191 blocks, and its code. */
const HISTORY_ADDRESS = '0x0000f90827f1c53a10cb7a02335b175320002935'
const HISTORY_CODE_HASH = '0x6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d'
const HISTORY_BLOCKS = 8_191n

/** The part of a block that BLOCKHASH needs. */
export interface HashedBlock {
  /** 32 bytes. */
  hash(): Uint8Array
}

/** Options of a {@link ForkBlockchain}. */
export interface ForkBlockchainOptions {
  /** The state that blocks are executed on. */
  readonly state: StateManager
  /** Known hashes by block number; they are not checked. */
  readonly hashes?: Readonly<Record<string, Hex>> | undefined
}

/** The hash of this block is unknown and cannot be obtained. */
export class UnknownBlockError extends ForkStateError {
  override readonly code = 'UNKNOWN_BLOCK'
}

/**
 * The chain for `createVM({ blockchain })` and `createEVM({ blockchain })`.
 *
 * @example
 * const blockchain = new ForkBlockchain({ state })
 * const vm = await createVM({ common, stateManager: new ForkStateManager({ state }), blockchain })
 */
export class ForkBlockchain {
  readonly #state: StateManager
  readonly #hashes = new Map<bigint, Hex>()

  constructor({ state, hashes = {} }: ForkBlockchainOptions) {
    this.#state = state
    for (const [number, hash] of Object.entries(hashes)) {
      this.#hashes.set(BigInt(number), toHex(hashBytes(hash)))
    }
  }

  /**
   * A block by its number; it has nothing but its hash.
   *
   * @throws UnknownBlockError if it comes after the pinned block and was not registered, or is more
   *   than 256 blocks before it.
   * @throws BlockMovedError, HeaderError or RpcError if the chain cannot be read.
   */
  async getBlock(number: number | bigint): Promise<HashedBlock> {
    const hash = hashBytes(await this.#hashOf(BigInt(number)))
    return { hash: () => hash.slice() }
  }

  /**
   * Registers a block that was built or executed on the state.
   *
   * @param block As of `@ethereumjs/block`: with a `header.number`.
   */
  async putBlock(block: HashedBlock): Promise<void> {
    const { header } = block as { readonly header?: { readonly number?: unknown } }
    if (typeof header?.number !== 'bigint') {
      throw new InvalidInputError('the block has no number', {
        hint: 'pass a block of @ethereumjs/block',
      })
    }
    this.#hashes.delete(header.number)
    this.#hashes.set(header.number, toHex(hashBytes(block.hash())))
    const [oldest] = this.#hashes.keys()
    if (this.#hashes.size > MAX_PUT_BLOCKS && oldest !== undefined) this.#hashes.delete(oldest)
  }

  /** An independent chain that knows the same blocks. */
  shallowCopy(): ForkBlockchain {
    const copy = new ForkBlockchain({ state: this.#state })
    for (const [number, hash] of this.#hashes) copy.#hashes.set(number, hash)
    return copy
  }

  async #hashOf(number: bigint): Promise<Hex> {
    const put = this.#hashes.get(number)
    if (put !== undefined) return put
    const chain = chainOf(this.#state)
    if (chain === undefined) return await this.#localHash(number)
    const pinned = await chain.ready()
    if (number > pinned.number) {
      // The contract reuses its slots every 8,191 blocks: the chain's value is the hash of an earlier
      // block. A witness without a header has no block number.
      if (pinned.number > 0n && !this.#isWritten(number)) throw unknownBlock(number)
      return await this.#localHash(number)
    }
    const depth = pinned.number - number
    if (depth > BigInt(MAX_ANCESTORS)) throw unknownBlock(number)
    const ancestors = await chain.ancestors()
    const known = ancestors.peekHash(number)
    if (known !== undefined) return known
    const proven = ancestors.mayBeInState ? await this.#provenHash(number) : undefined
    return proven ?? (await ancestors.hashOf(number))
  }

  /** The hash that the history contract holds in the local state. */
  async #localHash(number: bigint): Promise<Hex> {
    const hash = await historyHash(this.#state, number)
    if (hash === undefined) throw unknownBlock(number)
    return hash
  }

  /** Whether the contract's slot of a block was written locally. */
  #isWritten(number: bigint): boolean {
    const slot = number % HISTORY_BLOCKS
    // A value that is known without fetching was written locally, or read before.
    const local = this.#state.peekStorage(HISTORY_ADDRESS, slot)
    using chain = managerOver(unwrittenPartsOf(this.#state))
    return local !== undefined && local !== chain.peekStorage(HISTORY_ADDRESS, slot)
  }

  /** The hash in the contract at the pinned block; undefined if it cannot be read. */
  async #provenHash(number: bigint): Promise<Hex | undefined> {
    using chain = managerOver(unwrittenPartsOf(this.#state))
    return await historyHash(chain, number).catch(() => undefined)
  }
}

/** Undefined if the contract does not exist, or does not hold that block. */
async function historyHash(state: StateManager, number: bigint): Promise<Hex | undefined> {
  const slot = number % HISTORY_BLOCKS
  const [account, value] = await Promise.all([
    state.getAccount(HISTORY_ADDRESS),
    state.getStorage(HISTORY_ADDRESS, slot),
  ])
  if (account?.codeHash !== HISTORY_CODE_HASH || BigInt(value) === 0n) return undefined
  return value
}

function hashBytes(hash: Hex | Uint8Array): Uint8Array {
  const bytes = toBytes(hash, 'block hash')
  if (bytes.length === 32 && (isBytes(hash) || typeof hash === 'string')) return bytes
  throw new InvalidInputError('a block hash must be 32 bytes', { details: `got ${bytes.length}` })
}

function unknownBlock(number: bigint): UnknownBlockError {
  return new UnknownBlockError('the hash of this block is unknown', {
    block: String(number),
    hint: 'register later blocks with putBlock(); BLOCKHASH reaches back 256 blocks',
  })
}
