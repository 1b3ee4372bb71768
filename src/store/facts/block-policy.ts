/**
 * Decides which blocks are worth keeping: those that will still be read tomorrow. A fact at a block
 * hash never changes, so a block that a reorg drops does no harm in the store except using space.
 */

import type { FactBlock } from './facts.ts'

/** Confirmations that a block needs if the chain does not say which block is final. */
export const DEFAULT_MIN_DEPTH = 64n

/** State of the chain when the block was pinned; a field is undefined if it is unknown. */
export interface ChainPosition {
  /** Number of the newest block. */
  readonly head?: bigint | undefined
  /** Number of the newest finalized block. */
  readonly finalized?: bigint | undefined
}

/** Decides whether accounts and slots of a block are kept. Code is always kept. */
export type BlockPolicy = (block: FactBlock, chain: ChainPosition) => boolean

/**
 * The default: keeps blocks that are final, or that have 64 blocks above
 * them.
 */
export const keepSettledBlocks: BlockPolicy = (block, chain) => {
  const { head, finalized } = chain
  if (finalized !== undefined && block.number <= finalized) return true
  return head !== undefined && head - block.number >= DEFAULT_MIN_DEPTH
}

/** Keeps every block: for development nodes and tests. */
export const keepEveryBlock: BlockPolicy = () => true
