/**
 * Reading ahead: many keys in one round of requests, so that reads that depend on one another hit
 * later. It is the same miss loop that other reads go through, and so are its errors.
 *
 * Invariants: what came is kept, also where other parts failed. Nothing is fetched for what a local
 * write decides.
 */

import type { AddressLike, SlotLike } from '../../ffi/arguments.ts'
import type { ManagerCore } from '../../ffi/manager-core.ts'
import type { Attempt, ReadKey } from '../../fork/fetch/waiting-reads.ts'
import { keyOf } from '../../fork/fetch/waiting-reads.ts'
import type { TouchedKey } from '../../fork/prefetch/call-pattern.ts'
import { textOfKey } from '../../fork/prefetch/call-pattern.ts'
import { touchedKey } from '../../fork/prefetch/touch-log.ts'
import { accountOf, codeOf, storageBytesOf } from '../attempts.ts'

/** An account to be read ahead, with its code, and slots of it: the shape of EIP-2930. */
export interface PrefetchEntry {
  /** 20 bytes. */
  readonly address: AddressLike
  /** 32 bytes each. */
  readonly slots?: readonly SlotLike[] | undefined
  /** More slots, under the name that EIP-2930 gives them. */
  readonly storageKeys?: readonly SlotLike[] | undefined
}

/** How unknown values are waited for. */
export interface PrefetchContext {
  readonly core: ManagerCore
  wait<Value>(attempt: Attempt<Value>, key: ReadKey): Promise<Value>
}

/**
 * Reads accounts, slots and code, all in this turn.
 *
 * @returns The accounts and slots that were unknown before.
 * @throws The first error, after all have ended.
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
