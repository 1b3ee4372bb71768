/** Parts of answers that the endpoints over real data share. */

import type { Hex } from 'viem'

import { FakeRpcError } from './fake-chain.ts'

/** An answer of `eth_getProof`, as on the wire. */
export interface ProofJson {
  readonly address: Hex
  readonly balance: Hex
  readonly nonce: Hex
  readonly codeHash: Hex
  readonly storageHash: Hex
  readonly accountProof: readonly Hex[]
  readonly storageProof: readonly SlotProofJson[]
}

/** A slot in a {@link ProofJson}. */
export interface SlotProofJson {
  readonly key: Hex
  readonly value: Hex
  readonly proof: readonly Hex[]
}

/** The error of geth for state that it does not hold. */
export function missingTrieNode(what: string): FakeRpcError {
  return new FakeRpcError(-32_000, `missing trie node ${what} (path ) state is not available`)
}

/** A slot or a value as 32 bytes; nodes accept and answer short ones too. */
export function slotKey(slot: string): Hex {
  return `0x${slot.slice(2).toLowerCase().padStart(64, '0')}`
}
