/** Timers that do not keep a process alive, in runtimes that support this. */

/** A timer that can be cancelled. */
export type Timer = ReturnType<typeof setTimeout>

/** Calls `callback` after a delay, unless the process ends before. */
export function startTimer(delayMs: number, callback: () => void): Timer {
  const timer = setTimeout(callback, delayMs)
  const { unref } = timer as { unref?: () => void }
  unref?.call(timer)
  return timer
}

/** Resolves after a delay, or at once when the signal fires. Keeps the process alive. */
export function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, delayMs)
    signal?.addEventListener('abort', wake)
  })
}
