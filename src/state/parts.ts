/**
 * The parts of a state manager, and what the layers above may use of them. The adapter, the
 * provider and `forkAtTransaction` use the functions at the top of this file and nothing else of a
 * manager's inside; `managerOver()` of state-manager.ts makes a manager of parts.
 *
 * Ownership: parts own a manager in the core and one reference to a fork. `managerOver()` takes
 * them over; whoever keeps parts must release them.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { ManagerChanges } from '../ffi/manager-changes.ts'
import { ManagerCore } from '../ffi/manager-core.ts'
import type { Fork } from '../fork/fork.ts'

/** The chain behind a manager: its client, and the pinned block with its ancestors. */
export type ChainBehind = Pick<Fork, 'client' | 'ready' | 'ancestors' | 'headerRlp'>

/** Lists the local writes in chunks, unsorted. */
export type LocalChanges = Pick<ManagerChanges, 'accounts' | 'slots'>

type PartsReader = (manager: object) => ManagerParts | undefined

/** Only the class can read its private field; a WeakMap would double the cost of a branch. */
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

// The rest is for `state/` only.

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

/** Installs how the parts of a manager are read: undefined for other objects. */
export function readPartsWith(reader: PartsReader): void {
  partsReader = reader
}

function partsOf(manager: object): ManagerParts {
  const parts = partsReader(manager)
  if (parts !== undefined) return parts
  throw new InvalidInputError('this is no StateManager of this copy of forkstate', {
    hint: 'pass a StateManager, and install forkstate once',
  })
}
