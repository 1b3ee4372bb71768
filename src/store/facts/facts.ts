/**
 * What is kept of a chain, as plain values: the types between a fork and its persistent store.
 *
 * A fact is what the chain said about one block, or code under its hash. Local writes are no facts
 * and never come here.
 */

import type { Hex } from '../../encoding/hex.ts'

/** What a fact is about. */
export type FactKind = 'account' | 'storage' | 'code'

/** Names a fact of a known block. */
export interface FactKey {
  readonly kind: FactKind
  /** 20 bytes. For code: any account that has it; not part of the name. */
  readonly address: Hex
  /** The slot of a storage fact, the code hash of code; 32 bytes. Not read for an account. */
  readonly word: Hex
}

/** Whether the account is in the state; `empty` has no balance, nonce and code but is in it. */
export type StoredPresence = 'absent' | 'empty' | 'live'

/** An account at the block. */
export interface StoredAccount {
  /** Wei. */
  readonly balance: bigint
  readonly nonce: bigint
  /** 32 bytes. */
  readonly codeHash: Hex
  /** 32 bytes; undefined if the node did not say. */
  readonly storageHash?: Hex | undefined
  /** Undefined if the fields say it: none of them set is absent. */
  readonly presence?: StoredPresence | undefined
}

/** A fact; `address` and `word` are as in {@link FactKey}. */
export type Fact =
  | { readonly kind: 'account'; readonly address: Hex; readonly account: StoredAccount }
  | {
      readonly kind: 'storage'
      readonly address: Hex
      readonly word: Hex
      /** The slot as an integer of at most 256 bits. */
      readonly value: bigint
    }
  | { readonly kind: 'code'; readonly word: Hex; readonly code: Uint8Array }

/** The block that facts are about. */
export interface FactBlock {
  readonly chainId: bigint
  readonly number: bigint
  /** 32 bytes. */
  readonly hash: Hex
}
