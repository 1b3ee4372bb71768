/**
 * The format of a dump: a plain, JSON-serializable object of local writes.
 *
 * A field that is absent was not written, and loading does not touch it: unknown stays unknown. A
 * dump is checked here completely before anything is loaded; nothing here changes a manager.
 */

import type { ErrorContext } from '../../diagnostics/errors.ts'
import { InvalidHexError, InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { ADDRESS_BYTES, toBytes, WORD_BYTES } from '../../encoding/hex.ts'
import { STATE_MANAGER_MAX_CODE_BYTES } from '../../ffi/abi.gen.ts'
import { LimitExceededError } from '../../ffi/status.ts'

/** The version of dumps that is written, and the only one that is read. */
export const DUMP_VERSION = 1

/** Local writes to one account. */
export interface AccountDump {
  /**
   * `exists`: a write made the account exist; any field or slot here implies it. `deleted`: the
   * account is absent and all its slots are zero. Omitted: as on the chain.
   */
  readonly presence?: 'exists' | 'deleted'
  /** Wei, as hex. */
  readonly balance?: Hex
  /** As hex. */
  readonly nonce?: Hex
  /** `0x` for none. */
  readonly code?: Hex
  /** Whether slots that are not in `storage` are zero, whatever the chain holds. Default false. */
  readonly storageCleared?: boolean
  /** Slots that were written, including zeros: 32 bytes to 32 bytes. */
  readonly storage?: Readonly<Record<Hex, Hex>>
}

/** Local writes of a manager, by address. */
export interface StateDump {
  readonly version: typeof DUMP_VERSION
  readonly accounts: Readonly<Record<Hex, AccountDump>>
}

/** One account of a dump, checked. */
export interface DumpedAccount {
  /** In lower case. */
  readonly address: Hex
  readonly presence: 'inherited' | 'exists' | 'deleted'
  readonly balance: bigint | undefined
  readonly nonce: bigint | undefined
  readonly code: Uint8Array | undefined
  readonly storageCleared: boolean
  readonly storage: readonly (readonly [slot: Hex, value: Hex])[]
}

const DUMP_FIELDS = ['version', 'accounts'] as const satisfies readonly (keyof StateDump)[]
const ACCOUNT_FIELDS = [
  'presence',
  'balance',
  'nonce',
  'code',
  'storageCleared',
  'storage',
] as const satisfies readonly (keyof AccountDump)[]

const WORD_TEXT = /^0x[0-9a-f]{64}$/i
const ADDRESS_TEXT = /^0x[0-9a-f]{40}$/i
const QUANTITY_TEXT = /^0x[0-9a-f]{1,64}$/i

/**
 * Checks a whole dump.
 *
 * @throws InvalidInputError if it has another format or version, or contradicts itself.
 * @throws InvalidHexError if an address, slot, value or number in it is malformed.
 * @throws LimitExceededError if a code is too long.
 */
export function parseDump(dump: unknown): readonly DumpedAccount[] {
  const { version, accounts } = requireRecord(dump, DUMP_FIELDS, 'a dump')
  if (version !== DUMP_VERSION) {
    throw new InvalidInputError('the dump has an unsupported version', {
      details: `got version ${String(version)}, this package reads version ${DUMP_VERSION}`,
    })
  }
  const seen = new Set<string>()
  return Object.entries(requireRecord(accounts, undefined, '`accounts`')).map(([key, account]) => {
    const address = requireAddress(key)
    if (seen.has(address)) {
      throw new InvalidInputError('the dump contains an account twice', { address })
    }
    seen.add(address)
    return parseAccount(address, account)
  })
}

function parseAccount(address: Hex, account: unknown): DumpedAccount {
  const place = { address }
  const fields = requireRecord(account, ACCOUNT_FIELDS, 'an account', place)
  const { presence, balance, nonce, code, storageCleared, storage } = fields
  const parsed: DumpedAccount = {
    address,
    presence: requirePresence(presence, place),
    balance: balance === undefined ? undefined : requireQuantity(balance, 256n, 'balance', place),
    nonce: nonce === undefined ? undefined : requireQuantity(nonce, 64n, 'nonce', place),
    code: code === undefined ? undefined : requireCode(code, place),
    storageCleared: requireFlag(storageCleared, place),
    storage: storage === undefined ? [] : requireStorage(storage, place),
  }
  requireSense(parsed)
  return parsed
}

/** Refuses an account that says nothing, or contradicts itself. */
function requireSense(account: DumpedAccount): void {
  const { address, presence, balance, nonce, code, storageCleared, storage } = account
  const writes = [balance, nonce, code].some((field) => field !== undefined) || storage.length > 0
  if (presence === 'deleted' && writes) {
    throw new InvalidInputError('a deleted account has fields or storage', { address })
  }
  if (presence === 'exists' && !writes && !storageCleared) {
    throw new InvalidInputError('an account has only `presence: exists`', {
      address,
      hint: 'add its balance, nonce, code or a slot',
    })
  }
}

/**
 * Checks that a value is a plain object with no other fields than these.
 *
 * @throws InvalidInputError
 */
export function requireRecord<Field extends string = string>(
  value: unknown,
  fields: readonly Field[] | undefined,
  what: string,
  place: ErrorContext = {},
): Readonly<Partial<Record<Field, unknown>>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const shown = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
    throw new InvalidInputError(`${what} must be an object`, { ...place, details: `got ${shown}` })
  }
  const allowed: readonly string[] | undefined = fields
  const other = Object.keys(value).find((key) => allowed?.includes(key) === false)
  if (other !== undefined) {
    const details = `got ${JSON.stringify(other.slice(0, 80))}`
    throw new InvalidInputError(`${what} has an unknown field`, { ...place, details })
  }
  return value as Readonly<Partial<Record<Field, unknown>>>
}

/** Checks an address used as a key; returns it in lower case. @throws InvalidHexError */
export function requireAddress(key: string): Hex {
  if (ADDRESS_TEXT.test(key)) return key.toLowerCase() as Hex
  throw malformed('an address', `0x followed by ${ADDRESS_BYTES * 2} digits of hex`, key)
}

/** Reads a hex number. @throws InvalidHexError or InvalidInputError */
export function requireQuantity(
  value: unknown,
  bits: 64n | 256n,
  what: string,
  place: ErrorContext,
): bigint {
  if (typeof value !== 'string' || !QUANTITY_TEXT.test(value)) {
    throw malformed(what, '0x followed by 1 to 64 digits of hex', value, place)
  }
  const number = BigInt(value)
  if (number >> bits === 0n) return number
  const details = `got ${value}`
  throw new InvalidInputError(`${what} must be from 0 to 2^${bits} - 1`, { ...place, details })
}

function requirePresence(value: unknown, place: ErrorContext): DumpedAccount['presence'] {
  if (value === undefined) return 'inherited'
  if (value === 'exists' || value === 'deleted') return value
  throw new InvalidInputError("`presence` must be 'exists' or 'deleted'", place)
}

function requireFlag(value: unknown, place: ErrorContext): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false
  throw new InvalidInputError('`storageCleared` must be true or false', place)
}

function requireCode(value: unknown, place: ErrorContext): Uint8Array {
  if (typeof value !== 'string') throw malformed('code', '0x hex', value, place)
  const code = toBytes(value as Hex, 'code')
  if (code.length <= STATE_MANAGER_MAX_CODE_BYTES) return code
  const details = `got ${code.length} bytes`
  throw new LimitExceededError(`code is longer than ${STATE_MANAGER_MAX_CODE_BYTES} bytes`, {
    ...place,
    details,
  })
}

function requireStorage(value: unknown, place: ErrorContext): DumpedAccount['storage'] {
  const entries = Object.entries(requireRecord(value, undefined, '`storage`', place))
  const seen = new Set<string>()
  return entries.map(([slot, content]) => {
    const key = requireWord(slot, 'a slot', place)
    if (seen.has(key)) {
      throw new InvalidInputError('an account contains a slot twice', { ...place, slot: key })
    }
    seen.add(key)
    return [key, requireWord(content, 'a value', { ...place, slot: key })]
  })
}

function requireWord(value: unknown, what: string, place: ErrorContext): Hex {
  if (typeof value === 'string' && WORD_TEXT.test(value)) return value.toLowerCase() as Hex
  throw malformed(what, `0x followed by ${WORD_BYTES * 2} digits of hex`, value, place)
}

function malformed(
  what: string,
  shape: string,
  value: unknown,
  place: ErrorContext = {},
): InvalidHexError {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value
  return new InvalidHexError(`${what} must be ${shape}`, { ...place, details: `got ${shown}` })
}
