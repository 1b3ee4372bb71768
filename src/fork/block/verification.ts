/**
 * What the answers about one block are proven against, and whether proofs were given up.
 *
 * Decided twice: when the header arrives, and when a node turns out to serve no proofs.
 * Invariant: once an answer was proven, or if the caller asked for proofs, unproven answers are no
 * longer accepted.
 */

import { EMPTY_ROOT, ZERO_WORD } from '../../encoding/constants.ts'
import type { Hex } from '../../encoding/hex.ts'
import type { BlockHeader } from '../../rpc/rpc-client.ts'
import { ProofError } from '../errors.ts'
import type { BlockState } from './block-reader.ts'
import { checkHeader, HeaderError } from './header.ts'
import type { VerifyPolicy } from './verify-options.ts'

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
  /** Blocks for which verification was given up, as the node does not support it. @counter */
  readonly demotions: number
}

type Counters = { -readonly [Name in keyof ProofCounts]: ProofCounts[Name] }

/** The verification of answers about one block. */
export class Verification {
  readonly policy: VerifyPolicy
  /** Called when verification is given up. */
  onDemoted: (because: string) => void = () => {}
  readonly #counts: Counters
  #provenTo: ProvenTo
  #why: string | undefined
  #hasProven = false

  constructor(policy: VerifyPolicy, counts: Counters) {
    this.policy = policy
    this.#counts = counts
    this.#provenTo = policy.mode === 'never' ? 'nothing' : 'block hash'
    if (policy.mode === 'never') this.#why = '`verify` is false'
  }

  /** Whether answers must be proven. */
  get isOn(): boolean {
    return this.#provenTo !== 'nothing'
  }

  get provenTo(): ProvenTo {
    return this.#provenTo
  }

  /** Why answers are not proven against the block hash; undefined if they are. */
  get unprovenBecause(): string | undefined {
    return this.#why
  }

  /** Whether the header's state root may be that of the state that the node serves. */
  knowsRoot({ stateRoot }: BlockState): boolean {
    return this.isOn || !NO_STATE.has(stateRoot)
  }

  /**
   * Verifies a header as far as the policy asks. Changes nothing.
   *
   * @throws HeaderError if it does not hash to its hash, and must.
   */
  verifyHeader(header: BlockHeader, keccak256: (data: Uint8Array) => Hex): void {
    this.#levelOf(header, keccak256)
  }

  /**
   * Decides what answers about a block are proven against.
   *
   * @throws HeaderError if the block or its state root is not the trusted one, or the header does
   *   not hash to its hash.
   */
  adopt(header: BlockHeader, block: BlockState, keccak256: (data: Uint8Array) => Hex): void {
    const { blockHash, stateRoot, mode } = this.policy
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
    const { mode, blockHash, stateRoot } = this.policy
    if (mode === 'never') return { provenTo: 'nothing' }
    if (mode === 'possible' && NO_STATE.has(header.stateRoot.toLowerCase())) {
      if (this.policy.isNamedByHash) checkHeader(header, keccak256)
      return { provenTo: 'nothing', why: 'the state root in the header is a placeholder' }
    }
    if (mode === 'possible' && header.fields === undefined) {
      return {
        provenTo: 'state root',
        why: 'the RPC client does not report the fields of the header',
      }
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

  /** Counts an answer that was proven. */
  proved(): void {
    this.#hasProven = true
    this.#counts.proofsChecked++
  }

  /** Counts an answer that did not match its proof. */
  rejected(): void {
    this.#counts.proofsRejected++
  }

  /**
   * Gives up verification, as the node serves no proofs: from now on answers are used unproven.
   *
   * @throws ProofError if that is not allowed.
   */
  giveUp(cause: unknown, endpoint: string): void {
    if (!this.isOn) return
    if (this.policy.mode === 'always' || this.#hasProven) {
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
