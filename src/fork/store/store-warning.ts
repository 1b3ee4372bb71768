/** Says on the console what happens to a store, where nobody else listens. */

import type { StoreEvent } from './store-health.ts'

interface ProcessLike {
  emitWarning?(warning: string, options: { readonly code: string }): void
}

/** One line for an outage; that it is over is no warning. */
export function warnOfStore(event: StoreEvent): void {
  if (event.type !== 'store-degraded') return
  const { process } = globalThis as { process?: ProcessLike }
  const text = `forkstate: ${event.error.message}`
  if (process?.emitWarning !== undefined) {
    process.emitWarning(text, { code: event.error.code })
  } else {
    // biome-ignore lint/suspicious/noConsole: there is nothing else in a browser.
    console.warn(text)
  }
}
