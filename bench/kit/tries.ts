import { RLP } from '@ethereumjs/rlp'
import { coreKeccak256 } from '../../src/ethereumjs.ts'
import type { Hex } from '../../src/index.ts'
import type { PickBelow } from '../../test/support/random.ts'
import { MPT, MPT_CORE_HASH } from './names.ts'

export type Keccak256 = (data: Uint8Array) => Uint8Array

export interface TriePeer {
  readonly name: string
  readonly options: { readonly useKeyHashing: true; readonly useKeyHashingFunction?: Keccak256 }
}

/** The second hashes with the core too, so that what is left is the work on the trie. */
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

export type Claim = AccountClaim | bigint

export function leafOf(claim: Claim): Uint8Array {
  if (typeof claim === 'bigint') return RLP.encode(claim)
  const { nonce, balance, storageHash, codeHash } = claim
  return RLP.encode([nonce, balance, storageHash, codeHash])
}

export function randomBytes(length: number, below: PickBelow): Uint8Array {
  return Uint8Array.from({ length }, () => below(256))
}
