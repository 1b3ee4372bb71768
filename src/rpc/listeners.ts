/**
 * Delivers events to any number of listeners, which are functions of users.
 *
 * Invariants: a listener is called in a microtask of its own, in the order of events, never inside
 * the operation that emits the event. If it throws or rejects, a warning is shown once per
 * listener, and nothing else is affected. Without listeners nothing is done.
 */

import { warn } from '../diagnostics/warnings.ts'

/** Receives events. */
export type Listener<Event> = (event: Event) => void

export class Listeners<Event> {
  readonly #listeners = new Set<Listener<Event>>()
  readonly #faulty = new WeakSet<Listener<Event>>()
  #waiting: Event[] = []

  /** Whether there is a listener. If not, an event need not be created. */
  get hasListeners(): boolean {
    return this.#listeners.size > 0
  }

  /** Adds a listener for later events, until the returned function is called. */
  add(listener: Listener<Event>): () => void {
    // Each call adds a wrapper, so that the same function can be added and removed twice.
    const own: Listener<Event> = (event) => listener(event)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  emit(event: Event): void {
    if (!this.hasListeners) return
    this.#waiting.push(event)
    if (this.#waiting.length === 1) queueMicrotask(() => this.#deliver())
  }

  #deliver(): void {
    const events = this.#waiting
    this.#waiting = []
    for (const event of events) {
      for (const listener of [...this.#listeners]) void this.#call(listener, event)
    }
  }

  /** Async functions are supported as listeners too, though the type does not say so. */
  async #call(listener: Listener<Event>, event: Event): Promise<void> {
    try {
      await listener(event)
    } catch (error) {
      if (this.#faulty.has(listener)) return
      this.#faulty.add(listener)
      const text = error instanceof Error ? error.message : String(error)
      warn(`a listener failed, which changes nothing else: ${text}`, 'LISTENER_FAILED')
    }
  }
}
