/** Looking after a store: what is in it, and dropping what is not used. */

import type { Hex } from '../encoding/hex.ts'
import { InvalidInputError } from '../errors.ts'
import { describeGroup } from './facts/fact-key.ts'
import { type PruneOptions, type PruneSummary, pruneGroups } from './prune.ts'
import type { Store, StoreGroups } from './store.ts'

/** What is kept of one block. */
export interface StoredBlock {
  readonly chainId: bigint
  /** 32 bytes. */
  readonly hash: Hex
  /** Whether its facts were proven against its state root. */
  readonly proven: boolean
  /** Accounts and slots. */
  readonly records: number
  readonly bytes: number
  /** When it was last written or read, to some minutes; ms since 1970. */
  readonly usedAtMs: number
}

/** What is in a store. */
export interface StoreStats {
  /** The most recently used first. */
  readonly blocks: readonly StoredBlock[]
  /** Codes, which blocks and chains share. */
  readonly codes: number
  readonly codeBytes: number
  /** All records, code included. */
  readonly records: number
  /** What they count for; a file or server takes up to twice as much. */
  readonly bytes: number
}

/**
 * What is in a store.
 *
 * @throws InvalidInputError if the store keeps no account of its groups.
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
 * Drops what was not used for longest: whole blocks, and code. Stores bound themselves as they are
 * written to; this is for doing more.
 *
 * @throws InvalidInputError if a term is negative, or the store keeps no account of its groups.
 * @throws StoreUnavailableError if it does not work now.
 * @example
 * await pruneStore(store, { unusedForMs: 30 * 24 * 3_600_000 })
 */
export async function pruneStore(store: Store, terms: PruneOptions): Promise<PruneSummary> {
  return await pruneGroups(groupsOf(store), terms)
}

/** @throws InvalidInputError if there are none. */
export function groupsOf(store: Store): StoreGroups {
  if (store.groups !== undefined) return store.groups
  throw new InvalidInputError('this store keeps no account of its groups', {
    hint: 'implement Store.groups, or use one of the stores of this package',
  })
}
