/** Checks that every store applies to its arguments, and a check of a store's answers. */

import { InvalidInputError } from '../diagnostics/errors.ts'
import { StoreUnavailableError } from './errors.ts'
import type { ClaimOptions, RecordKey } from './store.ts'
import { HOLDER_BYTES, MAX_GROUP_BYTES, MAX_ITEM_BYTES } from './store.ts'

/** @throws InvalidInputError if the name of a group is empty or too long. */
export function requireGroup(group: Uint8Array): void {
  if (group.length >= 1 && group.length <= MAX_GROUP_BYTES) return
  throw new InvalidInputError(`the name of a group must have 1 to ${MAX_GROUP_BYTES} bytes`, {
    details: `got ${group.length}`,
  })
}

/** @throws InvalidInputError if the name of a record is too long. */
export function requireKeys(keys: readonly RecordKey[]): void {
  for (const { group, item } of keys) {
    requireGroup(group)
    if (item.length <= MAX_ITEM_BYTES) continue
    throw new InvalidInputError(`the name of an item must have at most ${MAX_ITEM_BYTES} bytes`, {
      details: `got ${item.length}`,
    })
  }
}

/**
 * @throws InvalidInputError if the holder has another length, or the time is not a positive number.
 */
export function requireClaimOptions({ holder, ttlMs }: ClaimOptions): void {
  if (holder.length === HOLDER_BYTES && Number.isFinite(ttlMs) && ttlMs > 0) return
  throw new InvalidInputError(
    `a claim needs a holder of ${HOLDER_BYTES} bytes and a positive ttlMs`,
  )
}

/** @throws StoreUnavailableError unless there is an answer for each key. */
export function requireAll<Answer>(
  answers: readonly Answer[],
  keys: readonly RecordKey[],
): readonly Answer[] {
  if (answers.length === keys.length) return answers
  throw new StoreUnavailableError('the store returned the wrong number of answers', {
    details: `${answers.length} answers for ${keys.length} keys`,
  })
}
