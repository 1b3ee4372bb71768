/**
 * The blocks that an EVM asks for: BLOCKHASH on top of the pinned block.
 *
 * Blocks up to the pinned one are those of its chain: their hashes come from the storage of the
 * contract of EIP-2935, read at the pinned block like any state, or else from headers that link up
 * to the pinned hash. Blocks after it are those that were put, or whose hash a block that was
 * executed on the state left in that contract. A hash that is not known is an error, never zero.
 */

import type { Hex } from '../encoding/hex.ts'
import { isBytes, toBytes, toHex } from '../encoding/hex.ts'
import { ForkStateError, InvalidInputError } from '../errors.ts'
import { MAX_ANCESTORS } from '../fork/block/ancestors.ts'
import { chainOf, unwrittenPartsOf } from '../state/parts.ts'
import type { StateManager } from '../state/state-manager.ts'
import { managerOver } from '../state/state-manager.ts'

/** Blocks that were put, at most: those put first are forgotten. */
export const MAX_PUT_BLOCKS = 8_192

/** Where EIP-2935 keeps the hashes of the last 8,191 blocks, and the code there. */
const HISTORY_ADDRESS = '0x0000f90827f1c53a10cb7a02335b175320002935'
const HISTORY_CODE_HASH = '0x6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d'
const HISTORY_BLOCKS = 8_191n

/** What BLOCKHASH wants of a block. */
export interface HashedBlock {
  /** 32 bytes. */
  hash(): Uint8Array
}

/** What a {@link ForkBlockchain} is made of. */
export interface ForkBlockchainOptions {
  /** The state that blocks are executed on. */
  readonly state: StateManager
  /** Hashes that are known already, by block number; they are not checked. */
  readonly hashes?: Readonly<Record<string, Hex>> | undefined
}

/** No hash of this block is known, and there is no way to come by it. */
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
   * A block by its number; only its hash is known.
   *
   * @throws UnknownBlockError if it comes after the pinned block and was not put, or more than 256
   * before it.
   * @throws BlockMovedError, HeaderError, RpcError if the chain cannot be asked.
   */
  async getBlock(number: number | bigint): Promise<HashedBlock> {
    const hash = hashBytes(await this.#hashOf(BigInt(number)))
    return { hash: () => hash.slice() }
  }

  /**
   * Makes a block known that was built or executed on the state.
   *
   * @param block As of `@ethereumjs/block`: with a `header.number`.
   */
  async putBlock(block: HashedBlock): Promise<void> {
    const { header } = block as { readonly header?: { readonly number?: unknown } }
    if (typeof header?.number !== 'bigint') {
      throw new InvalidInputError('the block does not say its number', {
        hint: 'put a block of @ethereumjs/block',
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
      // The contract's slots are used again every 8,191 blocks: what the chain has there is the
      // hash of an earlier block. A witness without a header tells no number.
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

  /** Whether a local write put the contract's slot of a block. */
  #isWritten(number: bigint): boolean {
    const slot = number % HISTORY_BLOCKS
    // What can be told without fetching is written, or read before.
    const local = this.#state.peekStorage(HISTORY_ADDRESS, slot)
    using chain = managerOver(unwrittenPartsOf(this.#state))
    return local !== undefined && local !== chain.peekStorage(HISTORY_ADDRESS, slot)
  }

  /** The hash that it holds at the pinned block; undefined if it cannot be read there. */
  async #provenHash(number: bigint): Promise<Hex | undefined> {
    using chain = managerOver(unwrittenPartsOf(this.#state))
    return await historyHash(chain, number).catch(() => undefined)
  }
}

/** Undefined where there is no such contract, or it holds nothing of that block. */
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
  return new UnknownBlockError('the hash of this block is not known', {
    block: String(number),
    hint: 'put blocks after the pinned one with putBlock(); BLOCKHASH goes back 256 blocks',
  })
}
