/**
 * Who is told what happens: any number of functions of users.
 *
 * Invariants: a listener is called in a microtask of its own, in the order of events, never within
 * what it is told of. What it throws or rejects with is a warning, once a listener, and reaches
 * nothing else. Where nobody listens nothing is done.
 */

import { warn } from '../warnings.ts'

/** Takes events. */
export type Listener<Event> = (event: Event) => void

export class Listeners<Event> {
  readonly #listeners = new Set<Listener<Event>>()
  readonly #faulty = new WeakSet<Listener<Event>>()
  #waiting: Event[] = []

  /** Whether anybody listens: else an event need not be made. */
  get hasListeners(): boolean {
    return this.#listeners.size > 0
  }

  /** Calls it for later events, until the function returned is called. */
  add(listener: Listener<Event>): () => void {
    // Each call adds one of its own, so that the same function can be added, and removed, twice.
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

  /** Functions that return promises are taken for listeners too, though their type says no. */
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
