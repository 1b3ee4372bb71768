/**
 * Time as this layer sees it, so that tests can run hours of waits in no time. Everything that
 * waits, times out or measures in `fork/rpc` asks a {@link Clock}; nothing asks the runtime.
 */

export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now(): number
  /** Calls back once after `ms`, unless the function returned is called before. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
