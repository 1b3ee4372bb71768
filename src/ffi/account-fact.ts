/** One account of the chain, as it is passed to the core. */

import type { Hex } from '../encoding/hex.ts'
import { WORD_BYTES, writeFixed } from '../encoding/hex.ts'
import { writeUint64, writeUint256 } from '../encoding/integer.ts'
import {
  ACCOUNT_ABSENT,
  ACCOUNT_EMPTY,
  ACCOUNT_FIELDS_BALANCE,
  ACCOUNT_FIELDS_BYTES,
  ACCOUNT_FIELDS_CODE_HASH,
  ACCOUNT_FIELDS_KNOWN,
  ACCOUNT_FIELDS_NONCE,
  ACCOUNT_FIELDS_PRESENCE,
  ACCOUNT_FIELDS_STORAGE_ROOT,
  ACCOUNT_KNOWS_BALANCE,
  ACCOUNT_KNOWS_CODE_HASH,
  ACCOUNT_KNOWS_NONCE,
  ACCOUNT_KNOWS_STORAGE_ROOT,
  ACCOUNT_LIVE,
  ACCOUNT_UNKNOWN,
} from './abi.gen.ts'
import type { Frame } from './frame.ts'

/** Whether an account is in the state. An `empty` account is. */
export type Presence = 'absent' | 'empty' | 'live'

/** All fields of an account at the pinned block. */
export interface AccountFact {
  readonly balance: bigint
  readonly nonce: bigint
  readonly codeHash: Hex
  /** Undefined if the endpoint serves no proofs and so did not report it. */
  readonly storageHash?: Hex | undefined
  /** As proven. If undefined, an account without any field set counts as absent. */
  readonly presence?: Presence | undefined
}

const ACCOUNT_KNOWS_FIELDS = ACCOUNT_KNOWS_BALANCE | ACCOUNT_KNOWS_NONCE | ACCOUNT_KNOWS_CODE_HASH

const PRESENCES = {
  absent: ACCOUNT_ABSENT,
  empty: ACCOUNT_EMPTY,
  live: ACCOUNT_LIVE,
} satisfies Record<Presence, number>

/**
 * Writes a fact at `frame.struct`. If its presence was not proven, the core decides whether the
 * account is absent.
 *
 * @throws InvalidInputError or InvalidHexError if a field is out of range or malformed.
 */
export function writeAccountFact({ bytes, view, struct }: Frame, fact: AccountFact): void {
  bytes.fill(0, struct, struct + ACCOUNT_FIELDS_BYTES)
  writeUint256(fact.balance, 'balance', view, struct + ACCOUNT_FIELDS_BALANCE)
  writeUint64(fact.nonce, 'nonce', view, struct + ACCOUNT_FIELDS_NONCE)
  const codeHashAt = struct + ACCOUNT_FIELDS_CODE_HASH
  writeFixed(fact.codeHash, WORD_BYTES, 'code hash', bytes, codeHashAt)
  let known = ACCOUNT_KNOWS_FIELDS
  if (fact.storageHash !== undefined) {
    const rootAt = struct + ACCOUNT_FIELDS_STORAGE_ROOT
    writeFixed(fact.storageHash, WORD_BYTES, 'storage hash', bytes, rootAt)
    known |= ACCOUNT_KNOWS_STORAGE_ROOT
  }
  const { presence } = fact
  bytes[struct + ACCOUNT_FIELDS_KNOWN] = known
  bytes[struct + ACCOUNT_FIELDS_PRESENCE] =
    presence === undefined ? ACCOUNT_UNKNOWN : PRESENCES[presence]
}

/** The name of a presence that the core reports. */
export function presenceNamed(presence: number): Presence {
  if (presence === ACCOUNT_ABSENT) return 'absent'
  return presence === ACCOUNT_EMPTY ? 'empty' : 'live'
}
