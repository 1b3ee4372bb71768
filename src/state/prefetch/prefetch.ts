/**
 * `prefetch/` reads ahead for a manager: keys that the user names, or those that a call will
 * need. This module reads many keys ahead in one round of requests, so that later reads that
 * depend on one another hit. The reads go through the same miss loop as all others, and fail
 * with the same errors.
 *
 * Invariants: values that arrive are kept even if other reads fail. Values that were written
 * locally are not fetched.
 */

import type { AddressLike, SlotLike } from '../../ffi/arguments.ts'
import type { ManagerCore } from '../../ffi/manager-core.ts'
import type { Attempt, ReadKey } from '../../fork/fetch/waiting-reads.ts'
import { keyOf } from '../../fork/fetch/waiting-reads.ts'
import type { TouchedKey } from '../../fork/prefetch/call-pattern.ts'
import { textOfKey } from '../../fork/prefetch/call-pattern.ts'
import { touchedKey } from '../../fork/prefetch/touch-log.ts'
import { accountOf, codeOf, storageBytesOf } from '../attempts.ts'

/** An account to read ahead with its code, and slots of it, in the shape of EIP-2930. */
export interface PrefetchEntry {
  /** 20 bytes. */
  readonly address: AddressLike
  /** 32 bytes each. */
  readonly slots?: readonly SlotLike[] | undefined
  /** As `slots`, under the name of EIP-2930; both are read. */
  readonly storageKeys?: readonly SlotLike[] | undefined
}

/** A manager's reads: the core, and how to wait for unknown values. */
export interface PrefetchContext {
  readonly core: ManagerCore
  wait<Value>(attempt: Attempt<Value>, key: ReadKey): Promise<Value>
}

/**
 * Reads accounts, slots and code, all requested in this turn.
 *
 * @returns The accounts and slots that were unknown before.
 * @throws The first error, after all reads have ended.
 */
export async function prefetchEntries(
  list: readonly PrefetchEntry[],
  { core, wait }: PrefetchContext,
): Promise<readonly TouchedKey[]> {
  const fetched = new Map<string, TouchedKey>()
  const read = async <Value>(attempt: Attempt<Value>, key: ReadKey): Promise<void> => {
    if (attempt(core, key) !== undefined) return
    await wait(attempt, key)
    // It was read, so it is a key.
    const touched = touchedKey(key.address, key.slot) as TouchedKey
    fetched.set(textOfKey(touched), touched)
  }
  const readCode = async (address: AddressLike): Promise<void> => {
    const key = keyOf(address)
    if (codeOf(core, key) === undefined) await wait(codeOf, key)
  }
  const reads = list.flatMap(({ address, slots = [], storageKeys = [] }) => [
    read(accountOf, keyOf(address)),
    readCode(address),
    ...[...slots, ...storageKeys].map((slot) => read(storageBytesOf, keyOf(address, slot))),
  ])
  for (const outcome of await Promise.allSettled(reads)) {
    if (outcome.status === 'rejected') throw outcome.reason
  }
  return [...fetched.values()]
}
