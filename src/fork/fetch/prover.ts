/**
 * Proofs of answers: an account and its slots against the state root of the pinned block.
 *
 * Invariant: what is proven is what was *asked* for, by the address and slots of the question, and
 * not what the answer says that it is about. The core walks the proofs, and keeps their nodes.
 */

import { ZERO_WORD } from '../../encoding/constants.ts'
import type { Hex } from '../../encoding/hex.ts'
import type { AccountFact } from '../../ffi/account-fact.ts'
import type { ForkProofs } from '../../ffi/fork-proofs.ts'
import type { ProofFailure } from '../../ffi/proof-faults.ts'
import type { ProofCheck } from '../block/errors.ts'
import { ProofError } from '../block/errors.ts'
import type { Verification } from '../block/verification.ts'
import type { AccountAnswer, AccountQuestion } from './account-answer.ts'

/** What is to be proven, and who said so. */
export interface ProvenQuestion extends AccountQuestion {
  /** Of the request: proofs of another one are not looked at, as nobody uses the answer. */
  readonly generation: number
  readonly endpoint: string
}

/** What walks the proofs. */
export type ProofChecks = Pick<ForkProofs, 'checkAccount' | 'checkStorage'>

/** Holds answers against the state root. */
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
   * The answer, with what the proof says of the account's presence.
   *
   * @throws ProofError if it is not what the proof says.
   */
  prove(answer: AccountAnswer, asked: ProvenQuestion): AccountAnswer {
    const { fact, values, proof } = answer
    if (fact === undefined || proof === undefined) {
      throw this.#rejected('malformedList', asked, { details: 'the answer has no list of nodes' })
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
    const where = rest.depth === undefined ? '' : ` at node ${rest.depth}`
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
  malformedList: 'the list of nodes is malformed',
  missingNode: 'the list ends too early',
  extraNode: 'there are nodes that do not belong to the proof',
  wrongHash: 'a node has another hash than its parent, or the state root, says',
  badRlp: 'a node is not canonical RLP',
  badNode: 'a node is none of a trie',
  badPath: 'a path in a node is malformed',
  badBranch: 'a branch is malformed',
  badReference: 'a reference to a child is malformed',
  badValue: 'a leaf holds no account or value',
  wrongBalance: 'the leaf has another balance',
  wrongNonce: 'the leaf has another nonce',
  wrongCodeHash: 'the leaf has another code hash',
  wrongStorageHash: 'the leaf has another storage hash',
  wrongValue: 'the leaf has another value',
  notAbsent: 'what is absent has values',
  unavailable: 'there is no proof',
}
