/**
 * Options of verification: what is proven, up to what, and whether that may be given up.
 *
 * A fork proves each answer against the state root of its block, and the block's header against its
 * hash. That makes answers consistent with the hash or state root that the node told; it makes them
 * true if the caller names one of the two, or the block by its hash.
 */

import type { Hex } from '../../encoding/hex.ts'
import { WORD_BYTES, writeFixed } from '../../encoding/hex.ts'
import { InvalidInputError } from '../../errors.ts'
import type { BlockTarget } from './block-target.ts'

/** What the caller knows of the block, from a source that it trusts. */
export interface TrustOptions {
  /** The hash of the block, 32 bytes. No other block is forked. */
  readonly trustedBlockHash?: Hex | undefined
  /** The state root of the block, 32 bytes. The header need not have the hash of the block then. */
  readonly trustedStateRoot?: Hex | undefined
}

/** Whether answers are proven. */
export interface VerifyOptions extends TrustOptions {
  /**
   * Whether each answer must be proven before it is used. Left out: yes, as far as the node can;
   * `pinned()` and `metrics()` show where it cannot. True, or one of the trusted values: yes, or a
   * `ProofError`. False: answers are believed.
   */
  readonly verify?: boolean | undefined
}

/** Checked {@link VerifyOptions}. */
export interface VerifyTerms {
  /** `possible`: given up visibly where the node cannot; `always`: never given up. */
  readonly mode: 'always' | 'possible' | 'never'
  readonly blockHash: Hex | undefined
  readonly stateRoot: Hex | undefined
  /** Whether the block is named by its hash, so that its header must have it. */
  readonly isNamedByHash: boolean
}

/** @throws InvalidInputError or InvalidHexError if an option is not what it should be. */
export function resolveVerify(
  options: VerifyOptions & { readonly forkBlockTag?: unknown },
): VerifyTerms {
  const { verify } = options
  if (verify !== undefined && typeof verify !== 'boolean') {
    throw new InvalidInputError('verify must be true or false', { details: `got ${typeof verify}` })
  }
  const trust = resolveTrust(options)
  const isTrusting = trust.blockHash !== undefined || trust.stateRoot !== undefined
  if (verify === false && isTrusting) throw needsVerification()
  const isNamedByHash = isHash(options.forkBlockTag)
  if (verify === false) return { ...trust, isNamedByHash, mode: 'never' }
  const mode = verify === true || isTrusting ? 'always' : 'possible'
  return { ...trust, isNamedByHash, mode }
}

function isHash(target: unknown): boolean {
  return typeof target === 'string' && target.startsWith('0x')
}

/** @throws InvalidInputError or InvalidHexError if a value is not 32 bytes of hex. */
export function resolveTrust(options: TrustOptions): Pick<VerifyTerms, 'blockHash' | 'stateRoot'> {
  const { trustedBlockHash, trustedStateRoot } = options
  return {
    blockHash: hashOf(trustedBlockHash, 'trustedBlockHash'),
    stateRoot: hashOf(trustedStateRoot, 'trustedStateRoot'),
  }
}

function hashOf(value: Hex | undefined, name: string): Hex | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw new InvalidInputError(`${name} must be 0x hex`)
  writeFixed(value, WORD_BYTES, name, new Uint8Array(WORD_BYTES), 0)
  return value.toLowerCase() as Hex
}

/**
 * The terms for another block of the same fork. What the caller trusted was of the block before, so
 * the new one must be named by something to trust as well.
 *
 * @throws InvalidInputError if it is not; and as {@link resolveTrust}.
 */
export function repinTerms(
  before: VerifyTerms,
  target: BlockTarget,
  options: TrustOptions,
): VerifyTerms {
  const trust = resolveTrust(options)
  const isTrusting = trust.blockHash !== undefined || trust.stateRoot !== undefined
  const { mode } = before
  if (mode === 'never' && isTrusting) throw needsVerification()
  const wasTrusting = before.blockHash !== undefined || before.stateRoot !== undefined
  const isNamedByHash = isHash(target)
  if (wasTrusting && !isTrusting && !isNamedByHash) {
    throw new InvalidInputError('the block to pin is not named by anything to trust', {
      details: `got ${target}`,
      hint: 'pass its hash, or trustedBlockHash or trustedStateRoot with it',
    })
  }
  return { ...trust, isNamedByHash, mode: isTrusting ? 'always' : mode }
}

function needsVerification(): InvalidInputError {
  return new InvalidInputError('`trustedBlockHash` and `trustedStateRoot` need verification', {
    hint: 'leave out `verify: false`',
  })
}
