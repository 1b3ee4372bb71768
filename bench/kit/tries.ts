/**
 * What the work on tries is compared with: `@ethereumjs/mpt` as it comes, and with the keccak256 of
 * forkstate in place of its JavaScript, so that what is left is the work on the trie; and what
 * stands in tries.
 */

import { RLP } from '@ethereumjs/rlp'
import { coreKeccak256 } from '../../src/ethereumjs.ts'
import type { Hex } from '../../src/index.ts'
import type { PickBelow } from '../../test/support/random.ts'
import { MPT, MPT_CORE_HASH } from './names.ts'

/** keccak256 of bytes, 32 bytes. */
export type Keccak256 = (data: Uint8Array) => Uint8Array

export interface TriePeer {
  readonly name: string
  readonly options: { readonly useKeyHashing: true; readonly useKeyHashingFunction?: Keccak256 }
}

export const triePeers: readonly TriePeer[] = [
  { name: MPT, options: { useKeyHashing: true } },
  { name: MPT_CORE_HASH, options: { useKeyHashing: true, useKeyHashingFunction: coreKeccak256() } },
]

/** Fields of an account as a node claims them; of an absent one they are those of nothing. */
export interface AccountClaim {
  readonly balance: bigint
  readonly nonce: bigint
  readonly storageHash: Hex
  readonly codeHash: Hex
}

/** What is claimed of an account, or the value of a slot. */
export type Claim = AccountClaim | bigint

/** What stands in a leaf: RLP. */
export function leafOf(claim: Claim): Uint8Array {
  if (typeof claim === 'bigint') return RLP.encode(claim)
  const { nonce, balance, storageHash, codeHash } = claim
  return RLP.encode([nonce, balance, storageHash, codeHash])
}

export function randomBytes(length: number, below: PickBelow): Uint8Array {
  return Uint8Array.from({ length }, () => below(256))
}
