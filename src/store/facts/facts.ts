/**
 * The types of facts as plain values: the interface between a fork and its persistent store.
 *
 * A fact is what the chain holds at one block, or code under its hash. Local writes are not facts
 * and never get in here.
 */

import type { Hex } from '../../encoding/hex.ts'

/** What a fact is about. */
export type FactKind = 'account' | 'storage' | 'code'

/** Names a fact of a known block. */
export interface FactKey {
  readonly kind: FactKind
  /** 20 bytes. For code: any account that has it; not part of the name. */
  readonly address: Hex
  /** The slot of a storage fact, or the code hash of code; 32 bytes. Ignored for an account. */
  readonly word: Hex
}

/** Whether the account is in the state; an `empty` one is in it without balance, nonce and code. */
export type StoredPresence = 'absent' | 'empty' | 'live'

/** An account at the block. */
export interface StoredAccount {
  /** Wei. */
  readonly balance: bigint
  readonly nonce: bigint
  /** 32 bytes. */
  readonly codeHash: Hex
  /** 32 bytes; undefined if the node did not report it. */
  readonly storageHash?: Hex | undefined
  /** Undefined if the fields determine it: an account with no field set is absent. */
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
