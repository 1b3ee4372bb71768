/**
 * Drops the least recently used groups: blocks and code, each as a whole.
 *
 * Several processes may prune one store at the same time; then a little more may be dropped than
 * needed.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { PrunableGroups, StoreGroup } from './store.ts'

/** What to drop; without a bound nothing is dropped. */
export interface PruneOptions {
  /** Drops the least recently used groups until the rest has at most this many bytes. */
  readonly maxBytes?: number | undefined
  /** Drops groups that were not used for this time, in ms. */
  readonly unusedForMs?: number | undefined
}

/** What was dropped. */
export interface PruneSummary {
  readonly groups: number
  readonly records: number
  readonly bytes: number
}

/** @throws InvalidInputError if a bound is negative or not a number. */
export async function pruneGroups(
  groups: PrunableGroups,
  options: PruneOptions,
): Promise<PruneSummary> {
  const { maxBytes = Number.POSITIVE_INFINITY, unusedForMs = Number.POSITIVE_INFINITY } = options
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
