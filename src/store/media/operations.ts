/** The operations of a store in progress, so that closing the store waits for them. */

import { StoreUnavailableError } from '../errors.ts'

/** Runs operations until it is closed. */
export class Operations {
  readonly #underWay = new Set<Promise<unknown>>()
  #isClosed = false

  /** Runs an operation. @throws StoreUnavailableError after closing. */
  async run<Value>(operation: () => Promise<Value>): Promise<Value> {
    this.requireOpen()
    const running = operation()
    this.#underWay.add(running)
    try {
      return await running
    } finally {
      this.#underWay.delete(running)
    }
  }

  /** Iterates over a source, unless the store is closed when that begins. */
  async *iterate<Item>(source: () => AsyncIterable<Item>): AsyncGenerator<Item> {
    this.requireOpen()
    yield* source()
  }

  /** @throws StoreUnavailableError after closing. */
  requireOpen(): void {
    if (this.#isClosed) throw new StoreUnavailableError('the store was closed')
  }

  /** Rejects later operations; resolves when those in progress have ended, successfully or not. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled([...this.#underWay])
  }
}
