/** A line of things that wait, of which any may leave before its turn; O(1) a step, on average. */

interface Waiting {
  /** It left; it stays in the line until it is passed, or half of the line has left. */
  isCancelled: boolean
}

export class WaitingLine<Item extends Waiting> {
  /** From `#start` on. */
  #items: Item[] = []
  #start = 0
  #cancelled = 0

  push(item: Item): void {
    this.#items.push(item)
  }

  /** The one whose turn is next; undefined if nobody waits. */
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

  /** Takes the one out that {@link WaitingLine.first} gave. */
  removeFirst(): void {
    this.#start++
  }

  /** One that waits leaves. */
  leave(item: Item): void {
    item.isCancelled = true
    this.#cancelled++
    if (this.#cancelled * 2 <= this.#items.length - this.#start) return
    this.#items = this.#items.slice(this.#start).filter(({ isCancelled }) => !isCancelled)
    this.#start = 0
    this.#cancelled = 0
  }
}
