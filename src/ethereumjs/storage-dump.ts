/**
 * Dumps the storage of an account in the format of EthereumJS: by hashed slot, with values as RLP.
 *
 * The storage on the chain cannot be listed over RPC, so a dump works only for an account whose
 * whole storage comes from local writes; otherwise it is an error.
 */

import type { StorageDump, StorageRange } from '@ethereumjs/common'
import { ForkStateError, InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { toBytes, toHex } from '../encoding/hex.ts'
import { minimalBytes } from '../encoding/rlp.ts'
import { frameOf } from '../ffi/frame.ts'
import { localChangesOf, unwrittenPartsOf } from '../state/parts.ts'
import type { StateManager } from '../state/state-manager.ts'
import { managerOver } from '../state/state-manager.ts'
import { isNoStorage } from './fork-account.ts'

/** The account has storage on the chain that was not cleared and cannot be listed. */
export class UnknownStorageError extends ForkStateError {
  override readonly code = 'UNKNOWN_STORAGE'
}

interface DumpedSlot {
  /** keccak256 of the slot. */
  readonly hash: Hex
  readonly slot: Hex
  /** RLP of the value. */
  readonly value: Hex
}

/**
 * All slots that are not zero.
 *
 * @throws UnknownStorageError
 */
export async function dumpStorage(state: StateManager, address: Uint8Array): Promise<StorageDump> {
  const slots = await slotsOf(state, address)
  return Object.fromEntries(slots.map(({ hash, value }) => [hash, value]))
}

/**
 * At most `limit` slots that are not zero, from the hashed slot `startKey` on, with their slots.
 *
 * @throws UnknownStorageError
 * @throws InvalidInputError if the limit is not a count.
 */
export async function dumpStorageRange(
  state: StateManager,
  address: Uint8Array,
  { startKey, limit }: { readonly startKey: bigint; readonly limit: number },
): Promise<StorageRange> {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new InvalidInputError('the limit must be a non-negative integer', {
      details: `got ${limit}`,
    })
  }
  const slots = (await slotsOf(state, address)).filter(({ hash }) => BigInt(hash) >= startKey)
  const shown = slots.slice(0, limit)
  return {
    storage: Object.fromEntries(shown.map(({ hash, slot, value }) => [hash, { key: slot, value }])),
    nextKey: slots[limit]?.hash ?? null,
  }
}

/** Sorted by hashed slot. */
async function slotsOf(state: StateManager, address: Uint8Array): Promise<DumpedSlot[]> {
  const at = toHex(address)
  await requireLocalStorage(state, at)
  const frame = frameOf(state.ffi)
  const slots: DumpedSlot[] = []
  for (const chunk of localChangesOf(state).slots()) {
    for (const { address: owner, slot, value } of chunk) {
      if (owner !== at || BigInt(value) === 0n) continue
      slots.push({ hash: frame.keccak256(toBytes(slot, 'slot')), slot, value: rlpOf(value) })
    }
  }
  return slots.sort((left, right) => (left.hash < right.hash ? -1 : 1))
}

async function requireLocalStorage(state: StateManager, address: Hex): Promise<void> {
  for (const chunk of localChangesOf(state).accounts()) {
    const written = chunk.find((write) => write.address === address)
    if (written?.storageCleared || written?.presence === 'deleted') return
  }
  using chain = managerOver(unwrittenPartsOf(state))
  const account = await chain.getAccountBytes(address)
  if (account === undefined) return
  if (account.storageRoot !== undefined && isNoStorage(account.storageRoot)) return
  throw new UnknownStorageError('the storage of the account on the chain cannot be listed', {
    address,
    hint: 'list the local writes with diff() or dump() of `state`',
  })
}

function rlpOf(value: Hex): Hex {
  const bytes = minimalBytes(BigInt(value))
  const [first] = bytes
  if (bytes.length === 1 && first !== undefined && first < 0x80) return toHex(bytes)
  return toHex(Uint8Array.of(0x80 + bytes.length, ...bytes))
}
