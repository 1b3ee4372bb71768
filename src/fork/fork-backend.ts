/**
 * The handle of a fork that users hold, to share one pinned block and its cache among managers.
 *
 * A manager made with `rpcClient` has a fork of its own. Make a `ForkBackend` to let several
 * managers read through the same cache and the same connections. Ownership: the fork lives until
 * the backend and all managers over it are destroyed.
 */

import { DestroyedError } from '../diagnostics/errors.ts'
import type { Engine } from '../ffi/engine.ts'
import type { ForkBlockTag } from './block/block-target.ts'
import type { TrustOptions } from './block/verify-options.ts'
import type { PinnedBlock } from './fork.ts'
import { Fork } from './fork.ts'
import type { ForkMetrics } from './fork-metrics.ts'
import type { ForkBackendOptions } from './fork-options.ts'
import { resolveForkOptions } from './fork-options.ts'

const abandoned = new FinalizationRegistry<Fork>((fork) => fork.release())

/** The fork behind a backend, for managers. Not part of the public API. */
export let forkOf: (backend: ForkBackend) => Fork

/**
 * The state of a chain at one block, read through a cache.
 *
 * @example
 * const fork = new ForkBackend({ rpcClient: 'http://127.0.0.1:8545', forkBlockTag: 19_000_000 })
 * const first = new StateManager({ fork })
 * const second = new StateManager({ fork }) // other writes, same cache
 */
export class ForkBackend {
  readonly #fork: Fork
  #isDestroyed = false

  static {
    forkOf = (backend) => backend.#requireFork()
  }

  /**
   * Makes no call: the block is resolved by the first read, or by {@link ForkBackend.pinned}.
   *
   * @throws InvalidInputError or InvalidHexError if an option is invalid.
   * @throws EngineLoadError if the bundled core cannot be loaded.
   */
  constructor(options: ForkBackendOptions) {
    this.#fork = new Fork(resolveForkOptions(options))
    abandoned.register(this, this.#fork, this)
  }

  /** The engine that runs its core; managers over it use the same one. */
  get ffi(): Engine {
    return this.#requireFork().engine
  }

  /**
   * The block of all reads; resolves it if no read has done so.
   *
   * @throws PinError if the block cannot be resolved; the next call tries again.
   * @throws DestroyedError, AbortedError, or ReadCancelledError if another block is pinned in the
   * meantime.
   */
  async pinned(): Promise<PinnedBlock> {
    return this.#requireFork().pinned()
  }

  /**
   * Forks another block from now on, for all managers over this fork. Facts of the old block are
   * dropped, and waiting reads are rejected with a `ReadCancelledError`; local writes stay. A
   * trusted hash or root of the old block does not apply to the new one.
   *
   * @throws InvalidInputError if the old block had a trusted hash or root and the new one has none.
   * @throws as {@link ForkBackend.pinned}; later reads try to resolve the new block again.
   */
  async repin(block: ForkBlockTag, options?: TrustOptions): Promise<PinnedBlock> {
    return this.#requireFork().repin(block, options)
  }

  /**
   * Drops the facts of the chain. Waiting reads are rejected with a `ReadCancelledError`; the block
   * stays pinned, and local writes stay.
   *
   * @throws DestroyedError
   */
  clear(): void {
    this.#requireFork().clear('the fork cache was cleared')
  }

  /** Sizes and counters. @throws DestroyedError */
  metrics(): ForkMetrics {
    return this.#requireFork().metrics()
  }

  /**
   * Releases the fork. Managers over it continue to work; when the last of them is destroyed, its
   * requests are aborted and its memory is freed. A second call does nothing.
   */
  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    abandoned.unregister(this)
    this.#fork.release()
  }

  /** {@link ForkBackend.destroy}, for `using`. */
  [Symbol.dispose](): void {
    this.destroy()
  }

  #requireFork(): Fork {
    if (!this.#isDestroyed) return this.#fork
    throw new DestroyedError('the fork backend was destroyed', { hint: 'make a new one' })
  }
}
