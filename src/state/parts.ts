/**
 * What a state manager is made of, and what the layers above may use of it: the adapters, the
 * providers and `forkAtTransaction` go through the functions at the top of this file and reach
 * nothing else. `state/` itself uses all of it.
 *
 * Ownership: parts own a manager in the core and one reference to a fork. `managerOver()` of
 * state-manager.ts takes parts over; who keeps parts for itself must release them.
 */

import { InvalidInputError } from '../errors.ts'
import type { ManagerChanges } from '../ffi/manager-changes.ts'
import { ManagerCore } from '../ffi/manager-core.ts'
import type { Fork } from '../fork/fork.ts'

/** The chain behind a manager: its client, and the pinned block with those before it. */
export type ChainBehind = Pick<Fork, 'client' | 'ready' | 'ancestors' | 'headerRlp'>

/** Lists what was written locally, in chunks; in no particular order. */
export type LocalChanges = Pick<ManagerChanges, 'accounts' | 'slots'>

type PartsReader = (manager: object) => ManagerParts | undefined

/** Only the class itself can read its private field. A WeakMap would double the cost of a branch. */
let partsReader: PartsReader = () => undefined

/** The chain behind a manager; undefined for a manager in memory. */
export function chainOf(manager: object): ChainBehind | undefined {
  return partsOf(manager).fork
}

/** The local writes of a manager. */
export function localChangesOf(manager: object): LocalChanges {
  return partsOf(manager).core.changes
}

/** Parts of a manager without local writes over the same fork, or over none. */
export function unwrittenPartsOf(manager: object): ManagerParts {
  return partsOf(manager).unwritten()
}

/** Parts of a manager over a fork. Takes over the caller's reference to it, also if it throws. */
export function partsOverFork(fork: Fork): ManagerParts {
  try {
    return new ManagerParts(fork.createManager(), fork)
  } catch (error) {
    fork.release()
    throw error
  }
}

// The rest is for `state/` alone.

/** A manager in the core and its fork, if it has one. */
export class ManagerParts {
  readonly core: ManagerCore
  readonly fork: Fork | undefined

  /** Takes over the core's manager and one reference to the fork. */
  constructor(core: ManagerCore, fork: Fork | undefined) {
    this.core = core
    this.fork = fork
  }

  /** Parts of an independent manager that starts from the present state. */
  branch(): ManagerParts {
    return new ManagerParts(this.core.branch(), this.fork?.retain())
  }

  /** Parts of a manager over the same fork, or none, without local writes. */
  unwritten(): ManagerParts {
    if (this.fork !== undefined) return partsOverFork(this.fork.retain())
    return new ManagerParts(ManagerCore.create(this.core.engine), undefined)
  }

  /** Destroys the core's manager and lets go of the fork. */
  release(): void {
    this.core.destroy()
    this.fork?.release()
  }
}

/** state-manager.ts says once how the parts of a manager are read; undefined for other objects. */
export function readPartsWith(reader: PartsReader): void {
  partsReader = reader
}

function partsOf(manager: object): ManagerParts {
  const parts = partsReader(manager)
  if (parts !== undefined) return parts
  throw new InvalidInputError('this is not a state manager of this copy of forkstate', {
    hint: 'pass a StateManager, and install forkstate once',
  })
}
