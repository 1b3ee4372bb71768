/**
 * Watches any number of abort signals for any number of calls with one listener per signal. Node.js
 * warns of a leak from eleven listeners on, and a program commonly uses one signal for all its
 * reads.
 */
export class AbortWatch {
  /** Weak, so that a watch that is never ended lives no longer than its signal. */
  readonly #watched = new WeakMap<
    AbortSignal,
    { callbacks: Set<() => void>; listener: () => void }
  >()

  /** Calls `callback` once when the signal fires, unless the returned function is called first. */
  watch(signal: AbortSignal, callback: () => void): () => void {
    const entry = this.#watched.get(signal) ?? this.#listen(signal)
    entry.callbacks.add(callback)
    return () => {
      const wasWatching = entry.callbacks.delete(callback)
      if (!wasWatching || entry.callbacks.size > 0) return
      signal.removeEventListener('abort', entry.listener)
      this.#watched.delete(signal)
    }
  }

  #listen(signal: AbortSignal) {
    const callbacks = new Set<() => void>()
    const listener = (): void => {
      const fired = [...callbacks]
      callbacks.clear()
      signal.removeEventListener('abort', listener)
      this.#watched.delete(signal)
      for (const callback of fired) callback()
    }
    signal.addEventListener('abort', listener)
    const entry = { callbacks, listener }
    this.#watched.set(signal, entry)
    return entry
  }
}

/**
 * Watches the signals that users pass to forks and clients; one signal may be passed to many of
 * them.
 */
export const userSignals: AbortWatch = new AbortWatch()
