/**
 * Dropping what was not used for longest, whole groups at a time: blocks, and code on its own.
 *
 * Several processes may do this at once on one store; then a little more may go than needed.
 */

import { InvalidInputError } from '../errors.ts'
import type { PrunableGroups, StoreGroup } from './store.ts'

/** What to drop; with neither bound nothing is. */
export interface PruneOptions {
  /** Drops the least recently used groups until the rest counts at most this many bytes. */
  readonly maxBytes?: number | undefined
  /** Drops groups that were not used for this long, ms. */
  readonly unusedForMs?: number | undefined
}

/** What was dropped. */
export interface PruneSummary {
  readonly groups: number
  readonly records: number
  readonly bytes: number
}

/** @throws InvalidInputError if a term is negative or no number. */
export async function pruneGroups(
  groups: PrunableGroups,
  terms: PruneOptions,
): Promise<PruneSummary> {
  const { maxBytes = Number.POSITIVE_INFINITY, unusedForMs = Number.POSITIVE_INFINITY } = terms
  for (const [name, value] of Object.entries({ maxBytes, unusedForMs })) {
    if (typeof value === 'number' && value >= 0) continue
    throw new InvalidInputError(`${name} must be a number of at least 0`)
  }
  const all: StoreGroup[] = []
  for await (const group of groups.list()) all.push(group)
  all.sort((a, b) => a.usedAtMs - b.usedAtMs)
  const unusedSinceMs = Date.now() - unusedForMs
  let bytesLeft = all.reduce((sum, { bytes }) => sum + bytes, 0)
  const dropped = { groups: 0, records: 0, bytes: 0 }
  for (const { group, records, bytes, usedAtMs } of all) {
    if (usedAtMs > unusedSinceMs && bytesLeft <= maxBytes) break
    await groups.delete(group)
    bytesLeft -= bytes
    dropped.groups++
    dropped.records += records
    dropped.bytes += bytes
  }
  return dropped
}
