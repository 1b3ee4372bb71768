/**
 * `dump/` moves local writes out of a manager and into one: dumps, diffs, state overrides, and
 * states of anvil. This module dumps the local writes of a manager, whole or in pieces, and
 * loads them into a manager.
 *
 * Only local writes are dumped, no facts of the chain, so a dump can be loaded over a fork of
 * the same block, of another block, or in memory. Loading is a write like any other: journaled,
 * local, on top of the present state. It succeeds as a whole or changes nothing.
 */

import type { Hex } from '../../encoding/hex.ts'
import { toHex } from '../../encoding/hex.ts'
import type { AccountWrite, SlotWrite } from '../../ffi/manager-changes.ts'
import type { ManagerCore } from '../../ffi/manager-core.ts'
import { InternalError } from '../../ffi/status.ts'
import type { ManagerParts } from '../parts.ts'
import type { AccountDump, DumpedAccount, StateDump } from './dump-format.ts'
import { DUMP_VERSION, parseDump } from './dump-format.ts'

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }
type AccountDraft = Writable<Omit<AccountDump, 'storage'>> & { storage?: Record<Hex, Hex> }

const ZERO = 0n

/** All local writes, accounts and slots sorted. @throws DestroyedError */
export function dumpState(core: ManagerCore): StateDump {
  const drafts = new Map<Hex, AccountDraft>()
  for (const accounts of core.changes.accounts()) {
    for (const account of accounts) drafts.set(account.address, draftOf(core, account))
  }
  for (const [address, slots] of slotsByAddress(core)) {
    const draft = drafts.get(address)
    if (draft === undefined) throw new InternalError('a slot has no account', { address })
    draft.storage = storageOf(slots.sort((left, right) => (left.slot < right.slot ? -1 : 1)))
  }
  const sorted = [...drafts].filter(([, draft]) => saysSomething(draft)).sort(byAddress)
  return dumpOf(sorted)
}

/**
 * All local writes as of when the first piece is taken, as unsorted dumps to be loaded one after
 * the other.
 */
export function* dumpPieces(parts: ManagerParts): Generator<StateDump, void> {
  const branch = parts.branch()
  const { core } = branch
  try {
    for (const accounts of core.changes.accounts()) {
      const drafts = accounts.map((account) => [account.address, draftOf(core, account)] as const)
      const piece = drafts.filter(([, draft]) => saysMoreThanSlots(draft))
      if (piece.length > 0) yield dumpOf(piece)
    }
    for (const slots of core.changes.slots()) {
      const grouped = [...group(slots, new Map())]
      yield dumpOf(grouped.map(([address, own]) => [address, { storage: storageOf(own) }]))
    }
  } finally {
    branch.release()
  }
}

/** The slots that were written locally, by account. */
export function slotsByAddress(core: ManagerCore): Map<Hex, SlotWrite[]> {
  const groups = new Map<Hex, SlotWrite[]>()
  for (const slots of core.changes.slots()) group(slots, groups)
  return groups
}

/** The code under a hash that was written locally. */
export function localCode(core: ManagerCore, address: Hex, codeHash: Uint8Array): Uint8Array {
  const code = core.reads.codeByHash(address, codeHash, 'peek')
  if (code === undefined) throw new InternalError('local code is missing', { address })
  return code
}

function draftOf(core: ManagerCore, account: AccountWrite): AccountDraft {
  const { address, presence, balance, nonce, codeHash, storageCleared } = account
  if (presence === 'deleted') return { presence }
  return {
    ...(presence === 'exists' && { presence }),
    ...(balance !== undefined && { balance: quantity(balance) }),
    ...(nonce !== undefined && { nonce: quantity(nonce) }),
    ...(codeHash !== undefined && { code: toHex(localCode(core, address, codeHash)) }),
    ...(storageCleared && { storageCleared }),
  }
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`
}

function saysSomething(draft: AccountDraft): boolean {
  return saysMoreThanSlots(draft) || draft.storage !== undefined
}

/** False for an account that exists only because a slot was written: loading the slot does that. */
function saysMoreThanSlots({ presence, balance, nonce, code, storageCleared }: AccountDraft) {
  if (presence === 'deleted' || storageCleared) return true
  return balance !== undefined || nonce !== undefined || code !== undefined
}

function group(slots: readonly SlotWrite[], into: Map<Hex, SlotWrite[]>): Map<Hex, SlotWrite[]> {
  for (const slot of slots) {
    const own = into.get(slot.address)
    if (own === undefined) into.set(slot.address, [slot])
    else own.push(slot)
  }
  return into
}

function storageOf(slots: readonly SlotWrite[]): Record<Hex, Hex> {
  return Object.fromEntries(slots.map(({ slot, value }) => [slot, value]))
}

function dumpOf(accounts: readonly (readonly [Hex, AccountDump])[]): StateDump {
  return { version: DUMP_VERSION, accounts: Object.fromEntries(accounts) }
}

function byAddress([left]: readonly [Hex, unknown], [right]: readonly [Hex, unknown]): number {
  return left < right ? -1 : 1
}

// Loading.

/** Writes a dump on top of the present state; if it fails, nothing is written. */
export function loadState(core: ManagerCore, dump: unknown): void {
  const accounts = parseDump(dump)
  core.checkpoint()
  try {
    for (const account of accounts) loadAccount(core, account)
    core.commit()
  } catch (error) {
    core.revert()
    throw error
  }
}

function loadAccount(core: ManagerCore, account: DumpedAccount): void {
  const { address, balance, nonce, code, storage } = account
  loadExtent(core, account)
  if (balance !== undefined) core.writes.setBalance(address, balance)
  if (nonce !== undefined) core.writes.setNonce(address, nonce)
  if (code !== undefined) core.writes.setCode(address, code)
  for (const [slot, value] of storage) core.writes.setStorage(address, slot, value)
}

/** Writes what concerns the account as a whole: its deletion or the clearing of its storage. */
function loadExtent(core: ManagerCore, account: DumpedAccount): void {
  const { address, presence, balance, nonce, code, storageCleared, storage } = account
  if (presence === 'deleted') {
    core.writes.deleteAccount(address)
    return
  }
  if (!storageCleared) return
  const fields = [balance, nonce, code].filter((field) => field !== undefined).length
  // Nothing of the chain's account is left. A deletion lets the core know the storage root, too.
  if (fields === 3) {
    core.writes.deleteAccount(address)
    return
  }
  // Only a write makes an account exist; the clearing removes this slot again.
  if (presence === 'exists' && fields === 0 && storage.length === 0) {
    core.writes.setStorage(address, ZERO, ZERO)
  }
  core.writes.clearStorage(address)
}
