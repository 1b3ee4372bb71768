/** The events of a fork: what they are, and how they reach whoever listens to the fork. */

import { debugLog } from '../diagnostics/debug-log.ts'
import type { RpcEvent } from '../rpc/events.ts'
import type { Listener } from '../rpc/listeners.ts'
import { Listeners } from '../rpc/listeners.ts'
import type { StoreEvent } from '../store/facts/store-health.ts'
import { warnOfStore } from '../store/facts/store-warning.ts'
import type { BlockReader, BlockState } from './block/block-reader.ts'

/** An event of the RPC client, of the store, or of the fork itself. */
export type ForkEvent =
  | RpcEvent
  | StoreEvent
  /** The block is resolved; all reads are at this block. */
  | ({ readonly type: 'pinned' } & BlockState)
  /** The block could not be resolved; the next read tries again. */
  | { readonly type: 'pin-failed'; readonly error: unknown }
  /** The node does not accept block hashes; it is read by number, with checks. */
  | ({ readonly type: 'pinned-by-number' } & BlockState)
  /** From now on, answers about the block are used without proofs. */
  | { readonly type: 'verify-demoted'; readonly because: string }
  /** The fork starts to pin another block, named by a number, tag or hash. */
  | { readonly type: 'repin'; readonly block: string }
  /** The cache is full; the number of facts dropped since the last such event. */
  | { readonly type: 'evicted'; readonly facts: number }

/** The listeners of one fork. */
export class ForkEvents extends Listeners<ForkEvent> {
  readonly #hasUser: boolean
  #reader: BlockReader | undefined
  #failure: unknown
  #evictions = 0

  /** @param onEvent Undefined if nobody listens. */
  constructor(onEvent: Listener<ForkEvent> | undefined) {
    super()
    this.#hasUser = onEvent !== undefined
    if (onEvent !== undefined) this.add(onEvent)
    const log = forkLog()
    if (log !== undefined) this.add(log)
  }

  /**
   * A listener for the store of the fork. It passes each event on to the listeners of the fork and
   * to `own`, the listener in the store's own options. If there is neither, an outage of the store
   * is a warning.
   */
  storeListener(own: Listener<StoreEvent> | undefined): Listener<StoreEvent> {
    const listeners = new Listeners<StoreEvent>()
    const fallback = this.#hasUser ? undefined : warnOfStore
    const listener = own ?? fallback
    if (listener !== undefined) listeners.add(listener)
    return (event) => {
      listeners.emit(event)
      this.emit(event)
    }
  }

  /** Reports the outcome of resolving a pin, once however many wait for it. */
  async watchPin(resolving: Promise<BlockReader>): Promise<BlockReader> {
    try {
      const reader = await resolving
      if (reader !== this.#reader) this.#pinned(reader)
      return reader
    } catch (error) {
      if (error !== this.#failure) this.emit({ type: 'pin-failed', error })
      this.#failure = error
      throw error
    }
  }

  #pinned(reader: BlockReader): void {
    const { number, hash, stateRoot } = reader.block
    const block = { number, hash, stateRoot }
    this.#reader = reader
    this.#failure = undefined
    this.emit({ type: 'pinned', ...block })
    reader.onNumberMode = () => this.emit({ type: 'pinned-by-number', ...block })
  }

  /** Reports facts dropped since the last call. @param total Evictions since the fork was made. */
  reportEvictions(total: number): void {
    const facts = total - this.#evictions
    this.#evictions = total
    if (facts > 0) this.emit({ type: 'evicted', facts })
  }
}

/**
 * A listener that logs the events of fork and store if `DEBUG` asks for them; a client logs its
 * own.
 */
function forkLog(): Listener<ForkEvent> | undefined {
  const logOfFork = debugLog('fork')
  const logOfStore = debugLog('store')
  if (logOfFork === undefined && logOfStore === undefined) return undefined
  return (event) => {
    switch (event.type) {
      case 'store-degraded':
      case 'store-recovered':
        logOfStore?.(event)
        break
      case 'pinned':
      case 'pin-failed':
      case 'pinned-by-number':
      case 'verify-demoted':
      case 'repin':
      case 'evicted':
        logOfFork?.(event)
        break
      default:
    }
  }
}
