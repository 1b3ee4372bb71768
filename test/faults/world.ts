/** The truth that results are compared with: a chain with all blocks that it ever had. */

import type { Hex } from 'viem'

import type { AccountSeeds, FakeAccount, FakeBlock } from '../support/fake-chain.ts'
import { FakeChain } from '../support/fake-chain.ts'
import type { Random } from './random.ts'

const ACCOUNTS = 5
const SLOTS = 4
/** Maximum number of blocks mined and reorgs in one scenario. */
export const MAX_REORGS = 5

export const addresses: readonly Hex[] = Array.from(
  { length: ACCOUNTS + 1 },
  (_, index): Hex => `0x${(0xa0 + index).toString(16).repeat(20)}`,
)
export const slots: readonly Hex[] = Array.from(
  { length: SLOTS },
  (_, index): Hex => `0x${(index + 1).toString(16).padStart(64, '0')}`,
)

export class World {
  readonly chain: FakeChain
  readonly #random: Random
  readonly #everBlocks = new Map<Hex, FakeBlock>()

  constructor(random: Random, options: { readonly chainId: bigint; readonly takesHash: boolean }) {
    this.#random = random
    this.chain = new FakeChain({ chainId: options.chainId, takesBlockHash: options.takesHash })
    for (let block = random.integer(3, 6); block > 0; block--) this.mine()
  }

  get head(): FakeBlock {
    return this.chain.head
  }

  mine(): void {
    this.chain.mine(this.#changes())
    this.#remember()
  }

  /** Replaces blocks at the head. */
  reorg(): void {
    this.chain.reorg(this.#random.integer(1, 4), this.#changes())
    this.#remember()
  }

  /** Replaces all blocks, as on a fork that split off long ago. */
  diverge(): void {
    this.#everBlocks.clear()
    // Hashes depend on the number of replacements. After so many, no hash is on the other chain.
    for (let time = 0; time < MAX_REORGS; time++) this.chain.reorg(Number(this.head.number))
    this.chain.reorg(Number(this.head.number), this.#changes())
    this.#remember()
  }

  /** The block with this hash, even if it was replaced. */
  block(hash: Hex): FakeBlock | undefined {
    return this.#everBlocks.get(hash)
  }

  isCanonical(hash: Hex): boolean {
    return this.chain.findByHash(hash) !== undefined
  }

  /** All blocks that ever had this number. */
  versions(number: bigint): readonly FakeBlock[] {
    return [...this.#everBlocks.values()].filter((block) => block.number === number)
  }

  account(address: Hex, block: FakeBlock): FakeAccount {
    return this.chain.account(address, block)
  }

  #remember(): void {
    for (let number = 0n; ; number++) {
      const block = this.chain.findBlock(`0x${number.toString(16)}`)
      if (block === undefined) return
      this.#everBlocks.set(block.hash, block)
    }
  }

  /** The last address stays absent. */
  #changes(): AccountSeeds {
    const changes: Record<Hex, object> = {}
    for (const address of addresses.slice(0, ACCOUNTS)) {
      const storage = Object.fromEntries(
        slots.map((slot) => [
          slot,
          BigInt(this.#random.integer(0, 3) * this.#random.integer(1, 1e9)),
        ]),
      )
      const hasCode = BigInt(address) % 2n === 0n
      changes[address] = {
        balance: BigInt(this.#random.integer(0, 1e9)),
        nonce: BigInt(this.#random.integer(0, 1e6)),
        code: hasCode ? `0x60${this.#random.integer(16, 256).toString(16)}` : '0x',
        ...(hasCode ? { storage } : {}),
      }
    }
    return changes
  }
}
