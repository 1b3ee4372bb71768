/**
 * What the answers about one block are held against, and whether that was given up.
 *
 * Decided twice: when the header is there, and when a node shows that it serves no proofs.
 * Invariant: once an answer was proven, or where the caller asked for proofs, nothing is believed
 * without one.
 */

import { EMPTY_ROOT, ZERO_WORD } from '../../encoding/constants.ts'
import type { Hex } from '../../encoding/hex.ts'
import type { BlockHeader } from '../../rpc/rpc-client.ts'
import type { BlockState } from './block-reader.ts'
import { ProofError } from './errors.ts'
import { checkHeader, HeaderError } from './header.ts'
import type { VerifyTerms } from './verify-options.ts'

/**
 * What answers are proven against: the hash of the block, through its header; a state root that the
 * caller or the node named; or nothing.
 */
export type ProvenTo = 'block hash' | 'state root' | 'nothing'

/** Roots that dev nodes write into headers where they compute none. */
const NO_STATE: ReadonlySet<string> = new Set([ZERO_WORD, EMPTY_ROOT])

/** Counters of a fork, over all its blocks. */
export interface ProofCounts {
  /** Answers that were proven. @counter */
  readonly proofsChecked: number
  /** Answers that did not match their proof. @counter */
  readonly proofsRejected: number
  /** Blocks for which verification was given up, because the node cannot serve it. @counter */
  readonly demotions: number
}

type Counters = { -readonly [Name in keyof ProofCounts]: ProofCounts[Name] }

/** Verification of one block. */
export class Verification {
  readonly terms: VerifyTerms
  /** Called when verification is given up. */
  onDemoted: (because: string) => void = () => {}
  readonly #counts: Counters
  #provenTo: ProvenTo
  #why: string | undefined
  #hasProven = false

  constructor(terms: VerifyTerms, counts: Counters) {
    this.terms = terms
    this.#counts = counts
    this.#provenTo = terms.mode === 'never' ? 'nothing' : 'block hash'
    if (terms.mode === 'never') this.#why = '`verify` is false'
  }

  /** Whether answers must be proven. */
  get isOn(): boolean {
    return this.#provenTo !== 'nothing'
  }

  get provenTo(): ProvenTo {
    return this.#provenTo
  }

  /** Why answers are not proven up to the block hash; undefined if they are. */
  get unprovenBecause(): string | undefined {
    return this.#why
  }

  /** Whether the state root may be taken for that of the state that the node serves. */
  knowsRoot({ stateRoot }: BlockState): boolean {
    return this.isOn || !NO_STATE.has(stateRoot)
  }

  /**
   * Judges a header, whoever it comes from. Changes nothing.
   *
   * @throws HeaderError if it is not the one its hash names, and that matters.
   */
  judge(header: BlockHeader, keccak256: (data: Uint8Array) => Hex): void {
    this.#levelOf(header, keccak256)
  }

  /**
   * Decides what answers about a block are held against.
   *
   * @throws HeaderError if it is not the block or the state that the caller trusts, or the header
   *   is not the one its hash names.
   */
  adopt(header: BlockHeader, block: BlockState, keccak256: (data: Uint8Array) => Hex): void {
    const { blockHash, stateRoot, mode } = this.terms
    if (blockHash !== undefined && block.hash !== blockHash) {
      throw untrusted('hash', block, { trusted: blockHash, found: block.hash })
    }
    if (stateRoot !== undefined && block.stateRoot !== stateRoot) {
      throw untrusted('state root', block, { trusted: stateRoot, found: block.stateRoot })
    }
    if (mode === 'never') return
    const { provenTo, why } = this.#levelOf(header, keccak256)
    this.#provenTo = provenTo
    this.#why = why
    if (provenTo === 'nothing') this.#demoted()
  }

  #demoted(): void {
    this.#counts.demotions++
    this.onDemoted(this.#why ?? '')
  }

  #levelOf(
    header: BlockHeader,
    keccak256: (data: Uint8Array) => Hex,
  ): { readonly provenTo: ProvenTo; readonly why?: string } {
    const { mode, blockHash, stateRoot } = this.terms
    if (mode === 'never') return { provenTo: 'nothing' }
    if (mode === 'possible' && NO_STATE.has(header.stateRoot.toLowerCase())) {
      if (this.terms.isNamedByHash) checkHeader(header, keccak256)
      return { provenTo: 'nothing', why: 'the header has the state root of no state at all' }
    }
    if (mode === 'possible' && header.fields === undefined) {
      return { provenTo: 'state root', why: 'the RPC client tells no fields of the header' }
    }
    try {
      checkHeader(header, keccak256)
      return { provenTo: 'block hash' }
    } catch (error) {
      const isNeeded = stateRoot === undefined || blockHash !== undefined
      if (isNeeded || !(error instanceof HeaderError)) throw error
      return { provenTo: 'state root', why: error.shortMessage }
    }
  }

  /** An answer was proven. */
  proved(): void {
    this.#hasProven = true
    this.#counts.proofsChecked++
  }

  /** An answer was not. */
  rejected(): void {
    this.#counts.proofsRejected++
  }

  /**
   * The node does not serve proofs: from now on answers are believed.
   *
   * @throws ProofError if that is not allowed.
   */
  giveUp(cause: unknown, endpoint: string): void {
    if (!this.isOn) return
    if (this.terms.mode === 'always' || this.#hasProven) {
      throw new ProofError('the node serves no proofs', {
        check: 'unavailable',
        endpoint,
        cause,
        hint: 'use an endpoint that serves eth_getProof, or `verify: false` to trust this one',
      })
    }
    this.#provenTo = 'nothing'
    this.#why = 'the node does not serve eth_getProof'
    this.#demoted()
  }
}

function untrusted(
  what: string,
  { hash }: BlockState,
  values: { readonly trusted: Hex; readonly found: Hex },
): HeaderError {
  return new HeaderError(`the ${what} of the block is not the trusted one`, {
    block: hash,
    details: `trusted ${values.trusted}, found ${values.found}`,
  })
}
