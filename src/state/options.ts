/**
 * The options of a state manager: their checks, and the parts that they make.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
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
 * Options of a manager. Without `rpcClient`, `fork` and `witness` it starts from an empty state in
 * memory; then only `ffi` may be given. An `rpcClient` that is present but undefined is an error,
 * so that a missing setting does not turn a chain into an empty state.
 */
export interface StateManagerOptions extends Partial<ForkBackendOptions> {
  /** A fork shared with other managers, instead of `rpcClient` and the options that go with it. */
  readonly fork?: ForkBackend | undefined
  /**
   * An execution witness, instead of a chain: nothing is fetched, and reading a value that it does
   * not prove rejects with `OutsideWitnessError`. It needs the header of its block, or
   * `trustedStateRoot`; with `trustedBlockHash` the header must have that hash. The whole witness
   * is kept in memory.
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

/** @throws InvalidInputError if an option is invalid, or two exclude each other. */
export function makeParts(options: StateManagerOptions): ManagerParts {
  const { rpcClient, fork, ffi, witness } = options
  if (fork !== undefined) return makeOverShared(fork, options)
  if (witness !== undefined) return makeOverWitness(witness, options)
  if (rpcClient !== undefined) {
    return partsOverFork(new Fork(resolveForkOptions({ ...options, rpcClient })))
  }
  if ('rpcClient' in options) {
    throw new InvalidInputError('`rpcClient` is undefined', {
      hint: 'omit it for a manager in memory',
    })
  }
  refuse(options, FORK_OPTIONS, 'require rpcClient: without it nothing is forked')
  return new ManagerParts(ManagerCore.create(ffi ?? defaultEngine()), undefined)
}

function makeOverWitness(witness: ExecutionWitness, options: StateManagerOptions): ManagerParts {
  const { ffi = defaultEngine(), trustedBlockHash, trustedStateRoot } = options
  const excluded = FORK_OPTIONS.filter((name) => !name.startsWith('trusted'))
  refuse(
    options,
    ['rpcClient', ...excluded],
    'cannot be combined with `witness`, which replaces a chain',
  )
  return partsOverFork(forkOfWitness(witness, { ffi, trustedBlockHash, trustedStateRoot }))
}

function makeOverShared(backend: ForkBackend, options: StateManagerOptions): ManagerParts {
  refuse(
    options,
    ['rpcClient', 'witness', ...FORK_OPTIONS],
    'are options of the fork: pass them to ForkBackend',
  )
  const fork = forkOf(backend)
  const { ffi } = options
  if (ffi !== undefined && ffi !== fork.engine) {
    throw new InvalidInputError('`ffi` is not the engine of `fork`', {
      hint: 'omit it: a manager uses the engine of its fork',
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
