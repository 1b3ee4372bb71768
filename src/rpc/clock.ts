/**
 * The clock of the RPC layer, so that tests can run hours of waits in no time. Everything in
 * `src/rpc` that waits, times out or measures uses a {@link Clock} and never the runtime's timers.
 */

export interface Clock {
  /** Milliseconds since an arbitrary moment; never decreases. */
  now(): number
  /** Calls `callback` once after `ms`, unless the returned function is called first. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
