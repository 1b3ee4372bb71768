/**
 * Reading ahead: many keys in one round of requests, so that reads that depend on one another hit
 * later. It is the same miss loop that other reads go through, and so are its errors.
 *
 * Invariants: what came is kept, also where other parts failed. Nothing is fetched for what a local
 * write decides.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { AddressLike, SlotLike } from '../../ffi/arguments.ts'
import type { ManagerCore } from '../../ffi/manager-core.ts'
import type { Attempt, ReadKey } from '../../fork/fetch/waiting-reads.ts'
import { keyOf } from '../../fork/fetch/waiting-reads.ts'
import type { Fork } from '../../fork/fork.ts'
import { touchedKey } from '../../fork/prefetch/touch-log.ts'
import { accountOf, codeOf, storageBytesOf } from '../attempts.ts'

const ADDRESS_CHARS = 42

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

/** Counts keys that were read ahead, and notes them, so that reads of them are counted. */
export function noteFetched(fetched: ReadonlySet<string>, fork: Fork): void {
  fork.learned.addPrefetched(fetched.size)
  for (const key of fetched) {
    const address = key.slice(0, ADDRESS_CHARS) as Hex
    const slot = key.slice(ADDRESS_CHARS) as Hex
    fork.notePrefetched(address, key.length > ADDRESS_CHARS ? slot : undefined)
  }
}

/**
 * Reads accounts, slots and code, all in this turn.
 *
 * @returns The accounts and slots that were unknown before, as text.
 * @throws The first error, after all have ended.
 */
export async function prefetchEntries(
  list: readonly PrefetchEntry[],
  { core, wait }: PrefetchContext,
): Promise<ReadonlySet<string>> {
  const fetched = new Set<string>()
  const read = async <Value>(attempt: Attempt<Value>, key: ReadKey): Promise<void> => {
    if (attempt(core, key) !== undefined) return
    await wait(attempt, key)
    const { address, slot } = touchedKey(key.address, key.slot)
    fetched.add(`${address}${slot ?? ''}`)
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
  return fetched
}
