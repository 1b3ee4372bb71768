/**
 * Options of verification: whether answers are proven, what against, and whether that may be given
 * up.
 *
 * A fork proves each answer against the state root of its block, and the block's header against its
 * hash. By itself that makes answers consistent with the hash or state root that the node reported.
 * If the caller passes one of the two, or names the block by its hash, answers are correct.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { WORD_BYTES, writeFixed } from '../../encoding/hex.ts'
import type { BlockTarget } from './block-target.ts'

/** What the caller knows about the block from a trusted source. */
export interface TrustOptions {
  /** The hash of the block, 32 bytes. Any other block is an error. */
  readonly trustedBlockHash?: Hex | undefined
  /** The state root of the block, 32 bytes. The header then need not hash to the block's hash. */
  readonly trustedStateRoot?: Hex | undefined
}

/** Whether answers are verified. */
export interface VerifyOptions extends TrustOptions {
  /**
   * Whether each answer must be proven before it is used. If left out: yes, as far as the node
   * serves proofs; `pinned()` and `metrics()` show if it does not. If true, or with a trusted hash
   * or root: yes, else a `ProofError`. If false: answers are used unproven.
   */
  readonly verify?: boolean | undefined
}

/** Checked {@link VerifyOptions}. */
export interface VerifyPolicy {
  /** `possible`: given up, visibly, if the node serves no proofs; `always`: never given up. */
  readonly mode: 'always' | 'possible' | 'never'
  readonly blockHash: Hex | undefined
  readonly stateRoot: Hex | undefined
  /** Whether the block is named by its hash, so that its header must hash to it. */
  readonly isNamedByHash: boolean
}

/** @throws InvalidInputError or InvalidHexError if an option is invalid. */
export function resolveVerify(
  options: VerifyOptions & { readonly forkBlockTag?: unknown },
): VerifyPolicy {
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
export function resolveTrust(options: TrustOptions): Pick<VerifyPolicy, 'blockHash' | 'stateRoot'> {
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
 * The policy for another block of the same fork. A trusted hash or root is of the last block only,
 * so a fork that had one needs one for the new block too, or the new block's hash as its name.
 *
 * @throws InvalidInputError if it has none; and as {@link resolveTrust}.
 */
export function repinPolicy(
  before: VerifyPolicy,
  target: BlockTarget,
  options: TrustOptions,
): VerifyPolicy {
  const trust = resolveTrust(options)
  const isTrusting = trust.blockHash !== undefined || trust.stateRoot !== undefined
  const { mode } = before
  if (mode === 'never' && isTrusting) throw needsVerification()
  const wasTrusting = before.blockHash !== undefined || before.stateRoot !== undefined
  const isNamedByHash = isHash(target)
  if (wasTrusting && !isTrusting && !isNamedByHash) {
    throw new InvalidInputError('the block to pin needs a trusted hash or state root', {
      details: `got ${target}`,
      hint: 'pin it by its hash, or pass trustedBlockHash or trustedStateRoot',
    })
  }
  return { ...trust, isNamedByHash, mode: isTrusting ? 'always' : mode }
}

function needsVerification(): InvalidInputError {
  return new InvalidInputError('`trustedBlockHash` and `trustedStateRoot` need verification', {
    hint: 'leave out `verify: false`',
  })
}
