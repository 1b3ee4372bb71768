/**
 * Proves answers: an account and its slots, against the state root of the pinned block.
 *
 * Invariant: the address and slots proven are those that were *asked* for, not those that the
 * answer names. The core walks the proofs, and keeps their trie nodes.
 */

import { ZERO_WORD } from '../../encoding/constants.ts'
import type { Hex } from '../../encoding/hex.ts'
import type { AccountFact } from '../../ffi/account-fact.ts'
import type { ForkProofs } from '../../ffi/fork-proofs.ts'
import type { ProofFailure } from '../../ffi/proof-faults.ts'
import type { Verification } from '../block/verification.ts'
import type { ProofCheck } from '../errors.ts'
import { ProofError } from '../errors.ts'
import type { AccountAnswer, AccountQuestion } from './account-answer.ts'

/** What is to be proven, and which endpoint answered it. */
export interface ProvenQuestion extends AccountQuestion {
  /** That of the request. Once it has ended, proofs are not checked, as the answer is not used. */
  readonly generation: number
  readonly endpoint: string
}

/** The checks of proofs in the core. */
export type ProofChecks = Pick<ForkProofs, 'checkAccount' | 'checkStorage'>

/** Checks answers against the state root. */
export class Prover {
  readonly #proofs: ProofChecks
  readonly #verification: Verification

  constructor(proofs: ProofChecks, verification: Verification) {
    this.#proofs = proofs
    this.#verification = verification
  }

  /** Whether answers must be proven. */
  get isOn(): boolean {
    return this.#verification.isOn
  }

  /**
   * The answer, with the account's presence as the proof shows it.
   *
   * @throws ProofError if the answer does not match the proof.
   */
  prove(answer: AccountAnswer, asked: ProvenQuestion): AccountAnswer {
    const { fact, values, proof } = answer
    if (fact === undefined || proof === undefined) {
      throw this.#rejected('malformedList', asked, {
        details: 'the answer has no list of trie nodes',
      })
    }
    const { generation, address } = asked
    const account = this.#proofs.checkAccount(generation, address, fact, proof.account)
    if (account === 'stale') return answer
    if ('failure' in account) throw this.#failed(account.failure, asked)
    asked.slots.forEach((slot, at) => {
      this.#proveSlot(
        slot,
        { value: values[at] as bigint, nodes: proof.slots[at] ?? [] },
        fact,
        asked,
      )
    })
    this.#verification.proved()
    return { ...answer, fact: { ...fact, presence: account.presence }, isProven: true }
  }

  #proveSlot(
    slot: Hex,
    { value, nodes }: { readonly value: bigint; readonly nodes: readonly Hex[] },
    { storageHash = ZERO_WORD }: AccountFact,
    asked: ProvenQuestion,
  ): void {
    const { generation } = asked
    const outcome = this.#proofs.checkStorage(generation, storageHash, slot, value, nodes)
    if (typeof outcome === 'object') throw this.#failed(outcome.failure, asked, slot)
  }

  #failed({ fault, depth }: ProofFailure, asked: ProvenQuestion, slot?: Hex): ProofError {
    return this.#rejected(fault, asked, { depth, ...(slot === undefined ? {} : { slot }) })
  }

  #rejected(
    check: ProofCheck,
    { address, endpoint }: ProvenQuestion,
    rest: { readonly depth?: number; readonly slot?: Hex; readonly details?: string },
  ): ProofError {
    this.#verification.rejected()
    const what = rest.slot === undefined ? 'the account' : 'the slot'
    const where = rest.depth === undefined ? '' : ` at trie node ${rest.depth}`
    return new ProofError(`${endpoint} did not prove ${what}: ${MEANINGS[check]}${where}`, {
      check,
      endpoint,
      address,
      hint: HINT,
      ...rest,
    })
  }
}

const HINT =
  'use another endpoint; a dev node whose state was changed by hand proves it after the next block'

const MEANINGS: Record<ProofCheck, string> = {
  malformedList: 'the list of trie nodes is malformed',
  missingTrieNode: 'the list ends too early',
  extraTrieNode: 'the list has trie nodes that do not belong to the proof',
  wrongHash: 'the hash of a trie node is not the one in its parent, or not the state root',
  badRlp: 'a trie node is not canonical RLP',
  badTrieNode: 'the RLP is not that of a trie node',
  badPath: 'the path in a trie node is malformed',
  badBranch: 'a branch node is malformed',
  badReference: 'a reference to a child is malformed',
  badValue: 'a leaf holds no account or value',
  wrongBalance: 'the balance in the leaf differs',
  wrongNonce: 'the nonce in the leaf differs',
  wrongCodeHash: 'the code hash in the leaf differs',
  wrongStorageHash: 'the storage hash in the leaf differs',
  wrongValue: 'the value in the leaf differs',
  notAbsent: 'the proof shows absence, but the answer has values',
  unavailable: 'there is no proof',
}
