/** How a caller names the block to fork; checked here, once. */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { WORD_BYTES, writeFixed } from '../../encoding/hex.ts'
import type { BlockTag } from '../../rpc/rpc-client.ts'

/** A tag of a block that has a hash. A pending block has none, so it cannot be pinned. */
export type ForkBlockName = Exclude<BlockTag, 'pending'>

/** A block number, a tag, or a 32-byte block hash. Resolved once, to a block hash. */
export type ForkBlockTag = number | bigint | ForkBlockName | Hex

/** A {@link ForkBlockTag} as the RPC client takes it. */
export type BlockTarget = bigint | ForkBlockName | Hex

const BLOCK_NAMES: readonly string[] = [
  'latest',
  'safe',
  'finalized',
  'earliest',
] satisfies readonly ForkBlockName[]

/**
 * @throws InvalidInputError if it is not a number from 0, a tag or a hash, or if it is `pending`.
 * @throws InvalidHexError if a hash is malformed.
 */
export function parseBlockTag(tag: ForkBlockTag): BlockTarget {
  if (typeof tag === 'number' || typeof tag === 'bigint') {
    if (tag >= 0 && (typeof tag === 'bigint' || Number.isSafeInteger(tag))) return BigInt(tag)
    throw new InvalidInputError('a block number must be an integer from 0', {
      details: `got ${tag}`,
    })
  }
  if (isBlockName(tag)) return tag
  if (typeof tag !== 'string' || !tag.startsWith('0x')) throw noBlock(tag)
  writeFixed(tag, WORD_BYTES, 'block hash', new Uint8Array(WORD_BYTES), 0)
  return tag.toLowerCase() as Hex
}

function isBlockName(tag: string): tag is ForkBlockName {
  return BLOCK_NAMES.includes(tag)
}

function noBlock(tag: unknown): InvalidInputError {
  const details = `got ${typeof tag === 'string' ? JSON.stringify(tag) : typeof tag}`
  const hint = 'a pending block keeps changing and has no hash; use `latest`'
  return new InvalidInputError('the block to fork must be a number, a tag or a 32-byte hash', {
    details,
    ...(tag === 'pending' ? { hint } : {}),
  })
}
