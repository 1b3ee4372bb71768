/**
 * The changes that local writes made: each field and slot with its value before and after.
 *
 * The value before is that of the pinned block, or of an empty state in memory. It is read through
 * the fork like any value, so a diff may fetch. A value written unchanged is no change. All values
 * before belong to one block: if another is pinned meanwhile, the diff fails.
 */

import { EMPTY_ROOT, ZERO_WORD } from '../../encoding/constants.ts'
import type { Hex } from '../../encoding/hex.ts'
import { toHex } from '../../encoding/hex.ts'
import type { AccountWrite, SlotWrite } from '../../ffi/manager-changes.ts'
import type { Account } from '../../ffi/manager-reads.ts'
import { RpcPendingError } from '../../ffi/status.ts'
import { ReadCancelledError } from '../../fork/errors.ts'
import type { Attempt, ReadKey } from '../../fork/fetch/waiting-reads.ts'
import { keyOf } from '../../fork/fetch/waiting-reads.ts'
import { accountOf, codeOf, storageOf } from '../attempts.ts'
import type { ManagerParts } from '../parts.ts'
import { localCode, slotsByAddress } from './dump.ts'

/** A value at the pinned block, and after the local writes. */
export interface Change<Value> {
  readonly before: Value
  readonly after: Value
}

/** A slot whose value changed; values are 32 bytes. */
export interface SlotDiff extends Change<Hex> {
  /** 32 bytes. */
  readonly slot: Hex
}

/** Whether an account is in the state. An empty account exists. */
export type Presence = 'absent' | 'exists'

/** The changes of one account; fields that did not change are omitted. */
export interface AccountDiff {
  readonly address: Hex
  readonly presence?: Change<Presence>
  /** Wei. */
  readonly balance?: Change<bigint>
  readonly nonce?: Change<bigint>
  /** `0x` for none. */
  readonly code?: Change<Hex>
  /**
   * Slots that were written and have another value now. If the storage was cleared, also slots that
   * were then written with the value they had before.
   */
  readonly storage: readonly SlotDiff[]
  /** Whether all slots of the chain that are not in `storage` were set to zero. */
  readonly storageCleared: boolean
}

/** Maximum of chain reads that are sent together. */
const MAX_READS_AT_ONCE = 16_384

const PRESENCE_AFTER = {
  inherited: undefined,
  exists: 'exists',
  deleted: 'absent',
} as const satisfies Record<AccountWrite['presence'], Presence | undefined>

/** An account with its local writes. */
interface Written {
  readonly account: AccountWrite
  readonly slots: readonly SlotWrite[]
  /** Undefined if it was not written. */
  readonly code: Hex | undefined
}

type ReadBefore = <Value>(attempt: Attempt<Value>, key: ReadKey) => Promise<Value>

/**
 * All changes, sorted by address and slot.
 *
 * @param reader The manager that the reads belong to; they are cancelled with it.
 */
export async function diffState(
  reader: object,
  parts: ManagerParts,
): Promise<readonly AccountDiff[]> {
  const groups = groupsOf(takeWrites(parts))
  const chain = parts.unwritten()
  const { core, fork } = chain
  const read: ReadBefore = async (attempt, key) => {
    const value = attempt(core, key)
    if (value !== undefined) return value
    if (fork === undefined) throw new RpcPendingError('the value is unknown and nothing is forked')
    return fork.read({ reader, core, attempt, key })
  }
  try {
    const pinned = groups.length > 1 ? await fork?.ready() : undefined
    const diffs: AccountDiff[] = []
    for (const group of groups) {
      const found = await Promise.all(group.map((written) => diffAccount(written, read)))
      diffs.push(...found.filter((diff) => diff !== undefined))
    }
    if (pinned !== undefined && (await fork?.ready())?.hash !== pinned.hash) {
      throw new ReadCancelledError('another block was pinned during the diff')
    }
    return diffs
  } finally {
    chain.release()
  }
}

/** Takes all writes at once, so that later ones have no effect. */
function takeWrites({ core }: ManagerParts): Written[] {
  const slots = slotsByAddress(core)
  const all: Written[] = []
  for (const accounts of core.changes.accounts()) {
    for (const account of accounts) {
      const { address, codeHash } = account
      const code = codeHash && toHex(localCode(core, address, codeHash))
      all.push({ account, slots: slots.get(address) ?? [], code })
    }
  }
  return all.sort((left, right) => (left.account.address < right.account.address ? -1 : 1))
}

/** Keeps the reads of one account together, so that they become one call. */
function groupsOf(all: readonly Written[]): readonly (readonly Written[])[] {
  const groups: Written[][] = []
  let group: Written[] = []
  let reads = 0
  for (const written of all) {
    if (group.length > 0 && reads + written.slots.length + 2 > MAX_READS_AT_ONCE) {
      groups.push(group)
      group = []
      reads = 0
    }
    group.push(written)
    reads += written.slots.length + 2
  }
  return group.length === 0 ? groups : [...groups, group]
}

async function diffAccount(
  { account, slots, code }: Written,
  read: ReadBefore,
): Promise<AccountDiff | undefined> {
  const { address } = account
  const [before, codeBefore, ...storage] = await Promise.all([
    read(accountOf, keyOf(address)),
    code === undefined ? undefined : read(codeOf, keyOf(address)),
    ...slots.map((written) => diffSlot(written, read)),
  ])
  const presence = changed<Presence>(before ? 'exists' : 'absent', PRESENCE_AFTER[account.presence])
  const balance = changed(before?.balance ?? 0n, account.balance)
  const nonce = changed(before?.nonce ?? 0n, account.nonce)
  const codes = codeBefore && changed(toHex(codeBefore), code)
  const storageCleared = account.storageCleared && mayHaveStorage(before)
  const diff: AccountDiff = {
    address,
    ...(presence && { presence }),
    ...(balance && { balance }),
    ...(nonce && { nonce }),
    ...(codes && { code: codes }),
    storage: storage.filter((slot) => saysSomething(slot, storageCleared)).sort(bySlot),
    storageCleared,
  }
  const isSame = Object.keys(diff).length === 3 && diff.storage.length === 0 && !diff.storageCleared
  return isSame ? undefined : diff
}

async function diffSlot({ address, slot, value }: SlotWrite, read: ReadBefore): Promise<SlotDiff> {
  return { slot, before: await read(storageOf, keyOf(address, slot)), after: value }
}

function saysSomething({ before, after }: SlotDiff, storageCleared: boolean): boolean {
  return before !== after || (storageCleared && after !== ZERO_WORD)
}

function changed<Value>(before: Value, after: Value | undefined): Change<Value> | undefined {
  return after === undefined || after === before ? undefined : { before, after }
}

function mayHaveStorage(before: Account | null): boolean {
  return before !== null && before.storageRoot !== EMPTY_ROOT
}

function bySlot(left: SlotDiff, right: SlotDiff): number {
  return left.slot < right.slot ? -1 : 1
}
