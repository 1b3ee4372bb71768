/**
 * The operations of the random test, as plain objects that print as they are. Small numbers pick
 * from few addresses, slots, codes and values, so that operations often concern the same ones.
 */

import fc from 'fast-check'
import type { Hex } from 'viem'

import { word } from '../support/sample-keys.ts'

/** Accounts 0 to 5; `remote.ts` has the state of each on the chain. */
export const ADDRESSES: readonly Hex[] = Array.from(
  { length: 6 },
  (_, index) => `0x${'00'.repeat(19)}${(0xa0 + index).toString(16)}` as Hex,
)
/** Slots 0 to 3: neighbours, and one that differs in its first byte. */
export const SLOTS: readonly Hex[] = [word(0), word(1), word(2), word(2n ** 255n)]
/** Codes 0 to 3: none, two ordinary ones, and a 7702 designator. */
export const CODES: readonly Hex[] = [
  '0x',
  '0x6001',
  `0x${'5b'.repeat(700)}`,
  `0xef0100${'ab'.repeat(20)}`,
]
/** Values 0 to 3: both ends of the range, and two in between. */
export const VALUES: readonly bigint[] = [0n, 1n, 2n ** 64n - 1n, 2n ** 256n - 1n]
export const NONCES: readonly bigint[] = [0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n]

/** Changes the state, at once. */
export type Write =
  | { readonly op: 'setBalance'; readonly account: number; readonly value: number }
  | { readonly op: 'setNonce'; readonly account: number; readonly value: number }
  | { readonly op: 'setCode'; readonly account: number; readonly code: number }
  | {
      readonly op: 'setStorage'
      readonly account: number
      readonly slot: number
      readonly value: number
    }
  | { readonly op: 'deleteAccount'; readonly account: number }
  | { readonly op: 'clearStorage'; readonly account: number }
  | { readonly op: 'checkpoint' | 'commit' | 'revert' }
  | { readonly op: 'snapshot' }
  /** `pick` counts back in all ids ever taken by any manager: valid, stale or foreign ones. */
  | { readonly op: 'revertToSnapshot'; readonly pick: number }
  | { readonly op: 'clearForkCache' | 'clearCaches' }

/** Looks at one key. */
export type Read =
  | { readonly op: 'getBalance' | 'getNonce' | 'getCode' | 'getAccount'; readonly account: number }
  | { readonly op: 'getStorage'; readonly account: number; readonly slot: number }

export type Operation =
  | Write
  | Read
  /** Several reads in one turn. */
  | { readonly op: 'readTogether'; readonly reads: readonly Read[] }
  /** A read that fails unless its value is known. */
  | { readonly op: 'readWithFault'; readonly read: Read }
  /** A write, clear or revert while a read may be in flight. */
  | { readonly op: 'race'; readonly read: Read; readonly write: Write }
  /** A new manager over the present state becomes the current one. */
  | { readonly op: 'branch' }
  /** Repeatedly a write and a branch; one of the two managers continues and the other ends. */
  | {
      readonly op: 'generations'
      readonly count: number
      readonly keep: 'parent' | 'child'
      readonly account: number
      readonly slot: number
    }
  /** Another manager becomes the current one. */
  | { readonly op: 'switch'; readonly pick: number }
  /** The current manager is destroyed, unless it is the only one. */
  | { readonly op: 'destroy' }
  /** All managers are compared with their models, in full. */
  | { readonly op: 'compare' }

/** One run: what the managers are made over, and the operations. */
export interface Scenario {
  readonly remote: 'none' | 'fork'
  /** Bound of the cache of remote facts. */
  readonly maxCacheSize: number
  readonly maxCacheBytes: number
  readonly operations: readonly Operation[]
}

/** Mostly the first two, so that many operations concern the same account. */
const account = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3, 4, 5)
const slot = fc.constantFrom(0, 0, 1, 2, 3)
const value = fc.nat(VALUES.length - 1)
const code = fc.nat(CODES.length - 1)
const pick = fc.nat(5)

function only<const Name extends string>(op: Name) {
  return fc.constant({ op })
}

const read: fc.Arbitrary<Read> = fc.oneof(
  fc.record({
    op: fc.constantFrom('getBalance', 'getNonce', 'getCode', 'getAccount'),
    account,
  }),
  fc.record({ op: fc.constant('getStorage'), account, slot }),
)

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('setStorage'), account, slot, value }) },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constantFrom('setBalance', 'setNonce'), account, value }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('setCode'), account, code }) },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constantFrom('deleteAccount', 'clearStorage'), account }),
  },
  { weight: 5, arbitrary: only('checkpoint') },
  { weight: 5, arbitrary: fc.constantFrom({ op: 'commit' }, { op: 'revert' }) },
  { weight: 3, arbitrary: only('snapshot') },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('revertToSnapshot'), pick }) },
  { weight: 2, arbitrary: only('clearForkCache') },
  { weight: 1, arbitrary: fc.constantFrom({ op: 'clearForkCache' }, { op: 'clearCaches' }) },
)

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 44, arbitrary: write },
  { weight: 30, arbitrary: read },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('readTogether'),
      reads: fc.array(read, { minLength: 2, maxLength: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('readWithFault'), read }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constant('race'), read, write }) },
  { weight: 3, arbitrary: only('branch') },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('generations'),
      count: fc.nat(30),
      keep: fc.constantFrom('parent', 'child'),
      account,
      slot,
    }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('switch'), pick }) },
  { weight: 2, arbitrary: only('destroy') },
  { weight: 1, arbitrary: only('compare') },
)

/** Scenarios of up to `maxOperations` operations. */
export function scenarios(maxOperations: number): fc.Arbitrary<Scenario> {
  return fc.record({
    remote: fc.constantFrom('fork', 'fork', 'fork', 'none'),
    maxCacheSize: fc.constantFrom(100_000, 1, 2, 5),
    maxCacheBytes: fc.constantFrom(100_000_000, 1, 500),
    operations: fc.array(operation, { minLength: 1, maxLength: maxOperations, size: 'max' }),
  })
}
