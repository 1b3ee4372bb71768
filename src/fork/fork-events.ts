/** Sees to it that who listens to a fork hears of it, of its client and of its store. */

import { debugLog } from '../debug-log.ts'
import type { Listener } from '../rpc/listeners.ts'
import { Listeners } from '../rpc/listeners.ts'
import type { StoreEvent } from '../store/facts/store-health.ts'
import { warnOfStore } from '../store/facts/store-warning.ts'
import type { BlockReader } from './block/block-reader.ts'
import type { ForkEvent } from './events.ts'

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
   * What the store is to tell: the listener of its own options, and this one. Without either an
   * outage is a warning.
   */
  ofStore(own: Listener<StoreEvent> | undefined): Listener<StoreEvent> {
    const listeners = new Listeners<StoreEvent>()
    const fallback = this.#hasUser ? undefined : warnOfStore
    const listener = own ?? fallback
    if (listener !== undefined) listeners.add(listener)
    return (event) => {
      listeners.emit(event)
      this.emit(event)
    }
  }

  /** Tells what becomes of a pin, once for all who wait for it. */
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

  /** @param evictions So many there were, all in all. */
  countEvictions(evictions: number): void {
    const facts = evictions - this.#evictions
    this.#evictions = evictions
    if (facts > 0) this.emit({ type: 'evicted', facts })
  }
}

/** What `DEBUG` asks for of a fork and its store; a client logs its own events. */
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
