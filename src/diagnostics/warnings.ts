/** Warnings on the console, for what no listener of the program receives. */

interface ProcessLike {
  emitWarning?(warning: string, options: { readonly code: string }): void
}

/** Emits a one-line warning the way the runtime shows warnings. */
export function warn(text: string, code: string): void {
  const { process } = globalThis as { process?: ProcessLike }
  if (process?.emitWarning !== undefined) {
    process.emitWarning(`forkstate: ${text}`, { code })
  } else {
    // biome-ignore lint/suspicious/noConsole: a browser has no other place.
    console.warn(`forkstate: ${text}`)
  }
}
