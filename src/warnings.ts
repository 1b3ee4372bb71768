/** Says on the console what nobody else listens to. */

interface ProcessLike {
  emitWarning?(warning: string, options: { readonly code: string }): void
}

/** One line, as the runtime shows warnings. */
export function warn(text: string, code: string): void {
  const { process } = globalThis as { process?: ProcessLike }
  if (process?.emitWarning !== undefined) {
    process.emitWarning(`forkstate: ${text}`, { code })
  } else {
    // biome-ignore lint/suspicious/noConsole: there is nothing else in a browser.
    console.warn(`forkstate: ${text}`)
  }
}
