/**
 * Which blocks are worth keeping: those that will still be asked for tomorrow. A fact at a block
 * hash never changes, so a block that a reorg drops does no harm in the store; it only fills it.
 */

import type { FactBlock } from './facts.ts'

/** Blocks that must be above a block when the chain does not say what is final. */
export const DEFAULT_MIN_DEPTH = 64n

/** Where the chain was when the block was pinned; undefined for what is not known. */
export interface ChainPosition {
  /** Number of the newest block. */
  readonly head?: bigint | undefined
  /** Number of the newest finalized block. */
  readonly finalized?: bigint | undefined
}

/** Decides whether accounts and slots of a block are kept. Code is kept in any case. */
export type BlockPolicy = (block: FactBlock, chain: ChainPosition) => boolean

/** The default: keeps blocks that are final, or that have {@link DEFAULT_MIN_DEPTH} above them. */
export const keepSettledBlocks: BlockPolicy = (block, chain) => {
  const { head, finalized } = chain
  if (finalized !== undefined && block.number <= finalized) return true
  return head !== undefined && head - block.number >= DEFAULT_MIN_DEPTH
}

/** Keeps every block: for development nodes and tests. */
export const keepEveryBlock: BlockPolicy = () => true
