/**
 * Makes requests wait in the proxy until a test releases them, so that the test can act while a
 * read is in flight. A hold is used once: after `release()` it holds nothing.
 */

/** Requests that wait until they are released; see `RpcProxy.hold`. */
export interface Hold {
  /** Requests waiting now. */
  readonly waiting: number
  /** Resolves when `count` requests (default 1) are waiting. */
  arrived(count?: number): Promise<void>
  /** Releases all requests, and holds no more. */
  release(): void
}

/** A hold as the proxy sees it. */
export interface Gate extends Hold {
  /** Waits until the hold is released. */
  enter(): Promise<void>
}

/** A closed gate. */
export function closeGate(): Gate {
  let release: () => void = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let waiting = 0
  let watchers: { readonly count: number; readonly resolve: () => void }[] = []
  return {
    async enter() {
      waiting += 1
      for (const watcher of watchers) if (waiting >= watcher.count) watcher.resolve()
      watchers = watchers.filter((watcher) => waiting < watcher.count)
      await released
      waiting -= 1
    },
    get waiting() {
      return waiting
    },
    arrived(count = 1) {
      if (waiting >= count) return Promise.resolve()
      return new Promise((resolve) => watchers.push({ count, resolve }))
    },
    release,
  }
}
