/**
 * A first-in-first-out queue from which any item may be cancelled. Every operation is O(1),
 * amortised.
 */

interface Cancellable {
  /** Cancelled items stay in the queue until they are passed, or half of the queue is cancelled. */
  isCancelled: boolean
}

export class CancellableQueue<Item extends Cancellable> {
  /** From `#start` on. */
  #items: Item[] = []
  #start = 0
  #cancelled = 0

  push(item: Item): void {
    this.#items.push(item)
  }

  /** The next item, which stays in the queue; undefined if the queue is empty. */
  first(): Item | undefined {
    for (;;) {
      const item = this.#items[this.#start]
      if (item === undefined) {
        this.#items = []
        this.#start = 0
        return undefined
      }
      if (!item.isCancelled) return item
      this.#cancelled--
      this.#start++
    }
  }

  /** Removes the item that {@link CancellableQueue.first} returned. */
  removeFirst(): void {
    this.#start++
  }

  /** Cancels an item that is in the queue. */
  cancel(item: Item): void {
    item.isCancelled = true
    this.#cancelled++
    if (this.#cancelled * 2 <= this.#items.length - this.#start) return
    this.#items = this.#items.slice(this.#start).filter(({ isCancelled }) => !isCancelled)
    this.#start = 0
    this.#cancelled = 0
  }
}
