/**
 * Media: the stores of this package, which keep records in memory, LMDB, Redis or IndexedDB. This
 * module has what they share besides records: claims, groups and a size limit.
 */

import type { StoreClaims, StoreGroups } from '../store.ts'
import type { Operations } from './operations.ts'
import { SizeBound } from './size-bound.ts'

/** The operations of a medium, regardless of whether the store was closed. */
export type StoreMedium = StoreClaims & StoreGroups

export interface StoreParts {
  readonly claims: StoreClaims
  readonly groups: StoreGroups
  readonly bound: SizeBound
}

/**
 * The parts of a store. Operations of users are rejected after closing; dropping groups over the
 * size limit is part of the write that exceeded it.
 *
 * @throws InvalidInputError if `maxBytes` is not a number of at least 1.
 */
export function storeParts(
  operations: Operations,
  medium: StoreMedium,
  maxBytes: number,
): StoreParts {
  return {
    claims: {
      claim: (keys, terms) => operations.run(() => medium.claim(keys, terms)),
      release: (keys, holder) => operations.run(() => medium.release(keys, holder)),
    },
    groups: {
      list: () => operations.iterate(() => medium.list()),
      records: (group) => operations.iterate(() => medium.records(group)),
      touch: (groups) => operations.run(() => medium.touch(groups)),
      delete: (group) => operations.run(() => medium.delete(group)),
    },
    bound: new SizeBound(medium, maxBytes),
  }
}
