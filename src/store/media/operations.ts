/** The operations of a store that are under way, so that closing it waits for them. */

import { StoreUnavailableError } from '../errors.ts'

/** Lets operations begin until it is closed. */
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

  /** Goes through something, unless it is closed when that begins. */
  async *iterate<Item>(source: () => AsyncIterable<Item>): AsyncGenerator<Item> {
    this.requireOpen()
    yield* source()
  }

  /** @throws StoreUnavailableError after closing. */
  requireOpen(): void {
    if (this.#isClosed) throw new StoreUnavailableError('the store was closed')
  }

  /** Lets no more begin; resolves when those under way have ended, in whatever way. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled([...this.#underWay])
  }
}
