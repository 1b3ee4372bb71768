/**
 * The chain as a provider presents it: its head is the pinned block, and the state of its head is
 * the local state. `latest`, `pending`, `safe` and `finalized` all name that block; later blocks do
 * not exist.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { chainOf } from '../state/parts.ts'
import type { StateManager } from '../state/state-manager.ts'
import { ProviderRpcError, RPC_CODES } from './errors.ts'
import type { Params } from './params.ts'
import { invalidParams, quantity, readObject, readQuantity } from './params.ts'

/** A block is the local head, another block that the chain may have, or later than the head. */
export type BlockPlace = 'local' | 'other' | 'later'

/** Chain id of a state in memory, as with anvil and hardhat. */
const DEFAULT_CHAIN_ID = 31_337n
const LOCAL_NAMES: ReadonlySet<unknown> = new Set(['latest', 'pending', 'safe', 'finalized'])
const HASH = /^0x[0-9a-f]{64}$/i

/** The chain of one state manager; in memory its head is block 0. */
export class LocalChain {
  readonly #state: StateManager
  readonly #chainId: bigint | undefined

  constructor(state: StateManager, chainId: bigint | undefined) {
    this.#state = state
    this.#chainId = chainId
  }

  async chainId(): Promise<bigint> {
    if (this.#chainId !== undefined) return this.#chainId
    return this.#isForked ? (await this.#state.pinned()).chainId : DEFAULT_CHAIN_ID
  }

  /** Number and hash of the head; in memory it has no hash. */
  async head(): Promise<{ readonly number: bigint; readonly hash?: Hex }> {
    return this.#isForked ? await this.#state.pinned() : { number: 0n }
  }

  /**
   * Where a block is. A block named by an unknown hash is `other`, even if it comes later.
   *
   * @param block A tag, a number, a hash, or an object of EIP-1898. Default `latest`.
   * @throws ProviderRpcError if it is malformed.
   */
  async locate(block: unknown): Promise<BlockPlace> {
    if (block === undefined || block === null || LOCAL_NAMES.has(block)) return 'local'
    if (block === 'earliest') return await this.#placeOfNumber(0n)
    if (typeof block === 'object') {
      const { blockHash, blockNumber } = readObject(block, 'the block')
      if ((blockHash === undefined) === (blockNumber === undefined)) {
        throw invalidParams('the block must have either blockHash or blockNumber')
      }
      if (blockHash === undefined) return await this.#placeOfNumber(blockNumber)
      return await this.#placeOfHash(blockHash)
    }
    if (typeof block === 'string' && HASH.test(block)) return await this.#placeOfHash(block)
    return await this.#placeOfNumber(readQuantity(block, 'a block'))
  }

  /**
   * Whether the state of a block is the local state.
   *
   * @throws ProviderRpcError if the block comes after the head, or is malformed.
   */
  async isLocal(block: unknown): Promise<boolean> {
    const place = await this.locate(block)
    if (place === 'later') throw unknownBlock('it comes after the pinned block, which is the head')
    return place === 'local'
  }

  /**
   * Replaces names of the head in parameters by the number of the pinned block, so that the chain
   * answers about that block.
   */
  async named(method: string, params: Params): Promise<Params> {
    const at = BLOCK_PARAMETERS.get(method)
    if (at === undefined) return params
    const head = quantity((await this.head()).number)
    if (at === 'filter') {
      const filter = readObject(params[0], 'the filter')
      if (filter['blockHash'] !== undefined) return params
      const name = async (block: unknown): Promise<unknown> => {
        return (await this.isLocal(block)) ? head : block
      }
      const [fromBlock, toBlock] = [await name(filter['fromBlock']), await name(filter['toBlock'])]
      return [{ ...filter, fromBlock, toBlock }, ...params.slice(1)]
    }
    if (!(await this.isLocal(params[at]))) return params
    return [...params.slice(0, at), head, ...params.slice(at + 1)]
  }

  get #isForked(): boolean {
    return chainOf(this.#state) !== undefined
  }

  async #placeOfNumber(block: unknown): Promise<BlockPlace> {
    const number = typeof block === 'bigint' ? block : readQuantity(block, 'a block')
    const head = await this.head()
    if (number === head.number) return 'local'
    return number < head.number ? 'other' : 'later'
  }

  async #placeOfHash(hash: unknown): Promise<BlockPlace> {
    if (typeof hash !== 'string' || !HASH.test(hash)) {
      throw invalidParams('the hash of a block must have 32 bytes')
    }
    return hash.toLowerCase() === (await this.head()).hash ? 'local' : 'other'
  }
}

/** Position of the block parameter of methods that are passed on. */
const BLOCK_PARAMETERS: ReadonlyMap<string, number | 'filter'> = new Map<string, number | 'filter'>(
  [
    ['eth_getLogs', 'filter'],
    ['eth_feeHistory', 1],
    ['eth_getBlockReceipts', 0],
    ['eth_getBlockTransactionCountByNumber', 0],
    ['eth_getRawTransactionByBlockNumberAndIndex', 0],
    ['eth_getTransactionByBlockNumberAndIndex', 0],
    ['eth_getUncleByBlockNumberAndIndex', 0],
    ['eth_getUncleCountByBlockNumber', 0],
    ['debug_traceBlockByNumber', 0],
    ['trace_block', 0],
  ],
)

/** The error for a block that does not exist here. */
export function unknownBlock(message: string): ProviderRpcError {
  return new ProviderRpcError(RPC_CODES.notFound, `unknown block: ${message}`)
}

/** @throws InvalidInputError if it is not a positive integer. */
export function readChainId(chainId: number | bigint | undefined): bigint | undefined {
  if (chainId === undefined) return undefined
  const isInteger = typeof chainId === 'bigint' || Number.isSafeInteger(chainId)
  if (isInteger && chainId > 0) return BigInt(chainId)
  throw new InvalidInputError('chainId must be a positive integer', { details: `got ${chainId}` })
}
