/** The blocks that an endpoint knows, by all names that JSON-RPC has for them. */

import type { Hex } from 'viem'

import { FakeRpcError } from './fake-chain.ts'

/** A block as `eth_getBlockByNumber` returns it, with whole transactions. */
export interface BlockJson {
  readonly number: Hex
  readonly hash: Hex
  readonly stateRoot: Hex
  readonly timestamp: Hex
  readonly transactions: readonly { readonly hash: Hex }[]
}

export class NamedBlocks {
  readonly #blocks: readonly BlockJson[]

  /** @param blocks The blocks; the last one is the head. */
  constructor(blocks: readonly BlockJson[]) {
    this.#blocks = blocks.toSorted((left, right) => Number(left.number) - Number(right.number))
  }

  /** The block that a call names by tag, number, or as in EIP-1898. */
  state(name: unknown): BlockJson {
    const block = this.#find(name)
    if (block === undefined) throw new FakeRpcError(-32_000, 'header not found')
    return block
  }

  /** Answers calls about blocks. */
  answer(method: string, params: readonly unknown[]): unknown {
    switch (method) {
      case 'eth_blockNumber':
        return this.#blocks.at(-1)?.number
      case 'eth_getBlockByNumber':
      case 'eth_getBlockByHash':
        return blockAnswer(this.#find(params[0]), params[1])
      default:
        throw new FakeRpcError(-32_601, `the method ${method} does not exist/is not available`)
    }
  }

  #find(name: unknown): BlockJson | undefined {
    if (typeof name === 'object' && name !== null) {
      const { blockHash, blockNumber } = name as { blockHash?: Hex; blockNumber?: Hex }
      return this.#find(blockHash ?? blockNumber)
    }
    if (name === 'latest') return this.#blocks.at(-1)
    const text = String(name).toLowerCase()
    return this.#blocks.find(({ hash, number }) => hash === text || number === text)
  }
}

function blockAnswer(block: BlockJson | undefined, whole: unknown): object | null {
  if (block === undefined) return null
  if (whole === true) return block
  return { ...block, transactions: block.transactions.map(({ hash }) => hash) }
}
