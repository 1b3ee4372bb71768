/**
 * Watches any number of abort signals for any number of calls with one listener a signal: node
 * warns of a leak at eleven listeners, and one signal for all reads is how signals are used.
 */
export class AbortWatch {
  /** Weak, so that a watch nobody ended lives no longer than its signal. */
  readonly #watched = new WeakMap<
    AbortSignal,
    { callbacks: Set<() => void>; listener: () => void }
  >()

  /** Calls back once when the signal fires, unless the function returned is called before. */
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

/** For the signals that users give to forks and clients: one may be given to many of them. */
export const userSignals: AbortWatch = new AbortWatch()
