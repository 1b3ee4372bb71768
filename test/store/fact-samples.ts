/** Facts to save and find again: each form that a record can have. */

import { EMPTY_CODE_HASH, EMPTY_ROOT } from '../../src/encoding/constants.ts'
import type { Hex } from '../../src/encoding/hex.ts'
import type { Fact, FactBlock, FactKey, StoredAccount } from '../../src/store/facts/facts.ts'

export function word(number: number | bigint): Hex {
  return `0x${number.toString(16).padStart(64, '0')}`
}

export function address(number: number): Hex {
  return `0x${number.toString(16).padStart(40, 'a')}`
}

/** A hash of no content. */
export function hash(number: number): Hex {
  return `0x${(number + 1).toString(16).padStart(2, '0').repeat(32)}`
}

export const block: FactBlock = { chainId: 1n, number: 19_000_000n, hash: hash(200) }

export function account(fields: Partial<StoredAccount>): StoredAccount {
  return {
    balance: 0n,
    nonce: 0n,
    codeHash: EMPTY_CODE_HASH,
    storageHash: EMPTY_ROOT,
    presence: undefined,
    ...fields,
  }
}

export function accountFact(number: number, fields: Partial<StoredAccount> = {}): Fact {
  const given = { balance: BigInt(number) * 10n ** 18n, nonce: BigInt(number), ...fields }
  return { kind: 'account', address: address(number), account: account(given) }
}

export function slotFact(number: number, slot: number | bigint, value?: bigint): Fact {
  const { kind, address: of } = { kind: 'storage', address: address(number) } as const
  return { kind, address: of, word: word(slot), value: value ?? BigInt(slot) }
}

export function codeFact(number: number, length = number * 10): Fact {
  const code = Uint8Array.from({ length }, (_, at) => (at * 31 + number) & 0xff)
  return { kind: 'code', word: hash(number), code }
}

const MAX_WORD = 2n ** 256n - 1n

/** One of everything. */
export const sampleFacts: readonly Fact[] = [
  accountFact(0),
  accountFact(1, { codeHash: hash(1), storageHash: hash(60), presence: 'live' }),
  accountFact(2, { balance: MAX_WORD, nonce: 2n ** 64n - 1n, codeHash: hash(2) }),
  accountFact(3, { balance: 0n, nonce: 0n, presence: 'absent' }),
  accountFact(4, { balance: 0n, nonce: 0n, presence: 'empty', storageHash: undefined }),
  accountFact(5, { codeHash: word(0), storageHash: word(0), balance: 256n, nonce: 256n }),
  accountFact(6, { codeHash: hash(1), storageHash: undefined, presence: 'live' }),
  slotFact(1, 0),
  slotFact(1, 1),
  slotFact(1, 2, 0n),
  slotFact(1, MAX_WORD, MAX_WORD),
  slotFact(2, 1, 2n ** 128n),
  codeFact(0, 0),
  codeFact(1, 24_576),
  codeFact(2, 23),
]

/** What one would ask to get these. */
export function keysOf(facts: readonly Fact[]): readonly FactKey[] {
  return facts.map((fact) => {
    const { kind } = fact
    if (kind === 'code') return { kind, address: address(0), word: fact.word }
    return { kind, address: fact.address, word: kind === 'storage' ? fact.word : word(0) }
  })
}
