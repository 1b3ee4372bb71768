/** Tools for stores: statistics and pruning. */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { describeGroup } from './facts/fact-key.ts'
import { type PruneOptions, type PruneSummary, pruneGroups } from './prune.ts'
import type { Store, StoreGroups } from './store.ts'

/** What a store keeps of one block. */
export interface StoredBlock {
  readonly chainId: bigint
  /** 32 bytes. */
  readonly hash: Hex
  /** Whether its facts were proven against its state root. */
  readonly proven: boolean
  /** Accounts and slots. */
  readonly records: number
  readonly bytes: number
  /** When it was last written or read, accurate to some minutes; ms since 1970. */
  readonly usedAtMs: number
}

/** What is in a store. */
export interface StoreStats {
  /** The most recently used first. */
  readonly blocks: readonly StoredBlock[]
  /** Number of codes, which blocks and chains share. */
  readonly codes: number
  readonly codeBytes: number
  /** All records, code included. */
  readonly records: number
  /** Their accounted size; a file or server takes up to twice as much. */
  readonly bytes: number
}

/**
 * Returns what is in a store.
 *
 * @throws InvalidInputError if the store does not implement groups.
 * @throws StoreUnavailableError if it does not work now.
 */
export async function storeStats(store: Store): Promise<StoreStats> {
  const blocks: StoredBlock[] = []
  const total = { codes: 0, codeBytes: 0, records: 0, bytes: 0 }
  for await (const { group, records, bytes, usedAtMs } of groupsOf(store).list()) {
    total.records += records
    total.bytes += bytes
    const content = describeGroup(group)
    if (content?.kind === 'block') {
      const { chainId, hash, proven } = content
      blocks.push({ chainId, hash, proven, records, bytes, usedAtMs })
    } else if (content?.kind === 'code') {
      total.codes++
      total.codeBytes += bytes
    }
  }
  blocks.sort((a, b) => b.usedAtMs - a.usedAtMs)
  return { blocks, ...total }
}

/**
 * Drops the least recently used blocks and code. Stores enforce their own size limit as they are
 * written to; this drops more.
 *
 * @throws InvalidInputError if a bound is negative, or the store does not implement groups.
 * @throws StoreUnavailableError if the store does not work now.
 * @example
 * await pruneStore(store, { unusedForMs: 30 * 24 * 3_600_000 })
 */
export async function pruneStore(store: Store, options: PruneOptions): Promise<PruneSummary> {
  return await pruneGroups(groupsOf(store), options)
}

/** @throws InvalidInputError if the store does not implement groups. */
export function groupsOf(store: Store): StoreGroups {
  if (store.groups !== undefined) return store.groups
  throw new InvalidInputError('this store does not implement groups', {
    hint: 'implement Store.groups, or use one of the stores of this package',
  })
}
