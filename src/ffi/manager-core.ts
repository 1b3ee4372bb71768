/**
 * One state manager in the core: its lifetime, checkpoints, snapshots and counters. Its reads,
 * writes, changes and roots are objects that it holds, over the same handle.
 *
 * Ownership: whoever created a `ManagerCore` destroys it; after that, every call to it or its parts
 * throws `DestroyedError`. It does not fetch.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { ManagerStats } from './abi.gen.ts'
import {
  decodeManagerStats,
  MANAGER_CONFIG_SEED,
  MANAGER_STATS_CHECKPOINT_DEPTH,
  STATE_MANAGER_ERROR_INVALID_SNAPSHOT,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { Engine } from './engine.ts'
import type { ForkCore } from './fork-core.ts'
import { frameOf, writeSeed } from './frame.ts'
import { ManagerChanges } from './manager-changes.ts'
import { ManagerHandle } from './manager-handle.ts'
import { ManagerReads } from './manager-reads.ts'
import { ManagerRoots } from './manager-roots.ts'
import { ManagerWrites } from './manager-writes.ts'
import { statusError } from './status.ts'

const MAX_SNAPSHOT_ID = 2n ** 64n - 1n

/** One state manager in the core. */
export class ManagerCore {
  readonly reads: ManagerReads
  readonly writes: ManagerWrites
  readonly changes: ManagerChanges
  readonly roots: ManagerRoots
  readonly #handle: ManagerHandle

  private constructor(engine: Engine, number: number) {
    const handle = new ManagerHandle(engine, number)
    this.#handle = handle
    this.reads = new ManagerReads(handle)
    this.writes = new ManagerWrites(handle)
    this.changes = new ManagerChanges(handle)
    this.roots = new ManagerRoots(handle)
  }

  /** Creates a manager over an empty state. */
  static create(engine: Engine): ManagerCore {
    const frame = frameOf(engine)
    writeSeed(frame, MANAGER_CONFIG_SEED)
    const { state_manager_create } = engine.functions
    return ManagerCore.#adopt(engine, state_manager_create(frame.struct, frame.handle))
  }

  /** Creates a manager over a fork. */
  static createWithFork(fork: ForkCore): ManagerCore {
    const { engine } = fork
    const frame = frameOf(engine)
    writeSeed(frame, MANAGER_CONFIG_SEED)
    const { state_manager_create_with_fork } = engine.functions
    const result = state_manager_create_with_fork(frame.struct, fork.handle, frame.handle)
    return ManagerCore.#adopt(engine, result)
  }

  static #adopt(engine: Engine, result: number): ManagerCore {
    const frame = frameOf(engine)
    const status = frame.settle(result)
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'creating a state manager')
    return new ManagerCore(engine, frame.view.getUint32(frame.handle, true))
  }

  /** The engine that the manager and its branches live in. */
  get engine(): Engine {
    return this.#handle.engine
  }

  get isDestroyed(): boolean {
    return this.#handle.isDestroyed
  }

  /** See {@link ManagerHandle.pending}. */
  get pending(): number {
    return this.#handle.pending
  }

  /** Creates an independent manager that starts from the present state of this one. */
  branch(): ManagerCore {
    const { engine, frame, functions, number } = this.#handle
    this.#check(functions.state_manager_branch(number, frame.handle), 'branch')
    return new ManagerCore(engine, frame.view.getUint32(frame.handle, true))
  }

  /** Destroys the manager. Destroying it again does nothing. */
  destroy(): void {
    if (this.isDestroyed) return
    const { frame, functions } = this.#handle
    frame.settle(functions.state_manager_destroy(this.#handle.release()))
  }

  // Checkpoints and snapshots.

  checkpoint(): void {
    const { functions, number } = this.#handle
    this.#check(functions.state_manager_checkpoint(number), 'checkpoint')
  }

  commit(): void {
    const { functions, number } = this.#handle
    this.#check(functions.state_manager_commit(number), 'commit')
  }

  revert(): void {
    const { functions, number } = this.#handle
    this.#check(functions.state_manager_revert(number), 'revert')
  }

  snapshot(): bigint {
    const { frame, functions, number } = this.#handle
    this.#check(functions.state_manager_snapshot(number, frame.id), 'snapshot')
    return frame.view.getBigUint64(frame.id)
  }

  revertToSnapshot(id: bigint): void {
    if (typeof id !== 'bigint') {
      throw new InvalidInputError('a snapshot id must be a bigint', { details: `got ${typeof id}` })
    }
    const details = `snapshot ${id}`
    if (id < 0n || id > MAX_SNAPSHOT_ID) {
      throw statusError(STATE_MANAGER_ERROR_INVALID_SNAPSHOT, 'revertToSnapshot', { details })
    }
    const { frame, functions, number } = this.#handle
    frame.view.setBigUint64(frame.id, id)
    const result = functions.state_manager_revert_to_snapshot(number, frame.id)
    this.#check(result, 'revertToSnapshot', details)
  }

  // Caches and counters.

  /** Drops local writes, checkpoints, snapshots, and the facts and requests of the fork. */
  clearCaches(): void {
    const { functions, number } = this.#handle
    this.#check(functions.state_manager_clear_caches(number), 'clearCaches')
  }

  /** The number of open checkpoints. */
  checkpointDepth(): number {
    this.#readStats()
    return this.#handle.frame.counter(MANAGER_STATS_CHECKPOINT_DEPTH)
  }

  stats(): ManagerStats {
    this.#readStats()
    const { frame } = this.#handle
    return decodeManagerStats(frame.view, frame.struct)
  }

  #readStats(): void {
    const { frame, functions, number } = this.#handle
    this.#check(functions.state_manager_stats(number, frame.struct), 'reading metrics')
  }

  #check(result: number, operation: string, details?: string): void {
    this.#handle.check(result, operation, 'state', details)
  }
}
