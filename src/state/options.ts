/**
 * Options of a manager, and what is made of them: a manager in the core, over a fork or none.
 */

import { InvalidInputError } from '../errors.ts'
import { ManagerCore } from '../ffi/manager-core.ts'
import { defaultEngine } from '../ffi/wasm.ts'
import { Fork } from '../fork/fork.ts'
import type { ForkBackend } from '../fork/fork-backend.ts'
import { forkOf } from '../fork/fork-backend.ts'
import type { ForkBackendOptions } from '../fork/fork-options.ts'
import { resolveForkOptions } from '../fork/fork-options.ts'
import { ManagerParts, partsOverFork } from './parts.ts'
import type { ExecutionWitness } from './witness.ts'
import { forkOfWitness } from './witness.ts'

/**
 * How to make a manager. With neither `rpcClient` nor `fork` it starts from an empty state, in
 * memory; then only `ffi` may be given. An `rpcClient` that is there but undefined is an error, so
 * that a missing setting does not turn a chain into zeros.
 */
export interface StateManagerOptions extends Partial<ForkBackendOptions> {
  /** A fork to share with other managers, in place of `rpcClient` and the options that go with it. */
  readonly fork?: ForkBackend | undefined
  /**
   * A state that is known as far as this shows it, in place of a chain: nothing is fetched, and a
   * read of anything else is an `OutsideWitnessError`. Needs the header of its block, or
   * `trustedStateRoot`; with `trustedBlockHash` the header must have that hash. All of it is kept in
   * memory.
   */
  readonly witness?: ExecutionWitness | undefined
}

const FORK_OPTIONS = [
  'forkBlockTag',
  'maxCacheSize',
  'maxCacheBytes',
  'store',
  'storeOptions',
  'onEvent',
  'signal',
  'verify',
  'trustedBlockHash',
  'trustedStateRoot',
] as const satisfies readonly (keyof StateManagerOptions)[]

/** @throws InvalidInputError if options are not what they should be, or exclude each other. */
export function makeParts(options: StateManagerOptions): ManagerParts {
  const { rpcClient, fork, ffi, witness } = options
  if (fork !== undefined) return makeOverShared(fork, options)
  if (witness !== undefined) return makeOverWitness(witness, options)
  if (rpcClient !== undefined) {
    return partsOverFork(new Fork(resolveForkOptions({ ...options, rpcClient })))
  }
  if ('rpcClient' in options) {
    throw new InvalidInputError('`rpcClient` is undefined', {
      hint: 'leave it out for a manager in memory',
    })
  }
  refuse(options, FORK_OPTIONS, 'need rpcClient: without one nothing is forked')
  return new ManagerParts(ManagerCore.create(ffi ?? defaultEngine()), undefined)
}

function makeOverWitness(witness: ExecutionWitness, options: StateManagerOptions): ManagerParts {
  const { ffi = defaultEngine(), trustedBlockHash, trustedStateRoot } = options
  const excluded = FORK_OPTIONS.filter((name) => !name.startsWith('trusted'))
  refuse(options, ['rpcClient', ...excluded], 'belong to a chain, and `witness` is given instead')
  return partsOverFork(forkOfWitness(witness, { ffi, trustedBlockHash, trustedStateRoot }))
}

function makeOverShared(backend: ForkBackend, options: StateManagerOptions): ManagerParts {
  refuse(
    options,
    ['rpcClient', 'witness', ...FORK_OPTIONS],
    'belong to the fork: give them to ForkBackend',
  )
  const fork = forkOf(backend)
  const { ffi } = options
  if (ffi !== undefined && ffi !== fork.engine) {
    throw new InvalidInputError('`ffi` is another engine than that of `fork`', {
      hint: 'leave it out: a manager lives in the engine of its fork',
    })
  }
  return partsOverFork(fork.retain())
}

function refuse(
  options: StateManagerOptions,
  names: readonly (keyof StateManagerOptions)[],
  why: string,
): void {
  const given = names.filter((name) => options[name] !== undefined)
  if (given.length === 0) return
  throw new InvalidInputError(`${given.map((name) => `\`${name}\``).join(', ')} ${why}`)
}
