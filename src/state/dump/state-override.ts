/**
 * Converts dumps to the state overrides of `eth_call` and similar methods, and back. geth defined
 * their format: `{ address: { balance, nonce, code, state | stateDiff } }`, where `state` replaces
 * all storage.
 *
 * A state override cannot say that an account is absent: a deleted account becomes an empty one.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { toHex } from '../../encoding/hex.ts'
import type { AccountDump, DumpedAccount, StateDump } from './dump-format.ts'
import { DUMP_VERSION, parseDump, requireAddress, requireRecord } from './dump-format.ts'

/** The override of one account; fields that are omitted are as on the chain. */
export interface AccountOverride {
  /** Wei, as hex. */
  readonly balance?: Hex
  /** As hex. */
  readonly nonce?: Hex
  readonly code?: Hex
  /** Replaces all storage: 32 bytes to 32 bytes. Excludes `stateDiff`. */
  readonly state?: Readonly<Record<Hex, Hex>>
  /** Replaces single slots: 32 bytes to 32 bytes. Excludes `state`. */
  readonly stateDiff?: Readonly<Record<Hex, Hex>>
}

/** Overrides by address. */
export type StateOverride = Readonly<Record<Hex, AccountOverride>>

const FIELDS = [
  'balance',
  'nonce',
  'code',
  'state',
  'stateDiff',
] as const satisfies readonly (keyof AccountOverride)[]

/**
 * Converts a dump to the state override parameter of `eth_call`, so that a node runs a call with
 * the local writes.
 *
 * @throws as `StateManager.load`, if the dump is malformed.
 * @example
 * await client.request({
 *   method: 'eth_call',
 *   params: [call, block, toStateOverride(state.dump())],
 * })
 */
export function toStateOverride(dump: StateDump): StateOverride {
  return Object.fromEntries(
    parseDump(dump).map((account) => [account.address, overrideOf(account)]),
  ) as StateOverride
}

function overrideOf({ presence, ...account }: DumpedAccount): AccountOverride {
  if (presence === 'deleted') return { balance: '0x0', nonce: '0x0', code: '0x', state: {} }
  const { balance, nonce, code, storageCleared, storage } = account
  const slots = Object.fromEntries(storage)
  return {
    ...(balance !== undefined && { balance: `0x${balance.toString(16)}` as const }),
    ...(nonce !== undefined && { nonce: `0x${nonce.toString(16)}` as const }),
    ...(code !== undefined && { code: toHex(code) }),
    ...(storageCleared && { state: slots }),
    ...(!storageCleared && storage.length > 0 && { stateDiff: slots }),
  }
}

/**
 * Converts a state override to a dump for `StateManager.load`. Accounts without any override are
 * omitted.
 *
 * @throws InvalidInputError if it has other fields, such as `movePrecompileToAddress`, or both
 *   `state` and `stateDiff`.
 * @throws InvalidHexError or LimitExceededError as `StateManager.load`.
 */
export function fromStateOverride(override: StateOverride): StateDump {
  const accounts: (readonly [Hex, AccountDump])[] = []
  for (const [key, fields] of Object.entries(requireRecord(override, undefined, 'an override'))) {
    const address = requireAddress(key)
    const account = dumpOf(address, fields)
    if (Object.keys(account).length > 0) accounts.push([key as Hex, account])
  }
  const dump = { version: DUMP_VERSION, accounts: Object.fromEntries(accounts) } as StateDump
  parseDump(dump)
  return dump
}

/** The values are checked later, as those of a dump. */
function dumpOf(address: Hex, override: unknown): AccountDump {
  const fields = requireRecord(override, FIELDS, 'the override of an account', { address })
  const { balance, nonce, code, state, stateDiff } = fields as AccountOverride
  if (state !== undefined && stateDiff !== undefined) {
    throw new InvalidInputError('an override has both `state` and `stateDiff`', { address })
  }
  const storage = state ?? stateDiff
  return {
    ...(balance !== undefined && { balance }),
    ...(nonce !== undefined && { nonce }),
    ...(code !== undefined && { code }),
    ...(state !== undefined && { storageCleared: true }),
    ...(storage !== undefined && { storage }),
  }
}
