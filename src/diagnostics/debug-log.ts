/**
 * A log of events for debugging: `DEBUG=forkstate:*`, with the patterns of the package `debug`. In
 * browsers the patterns are read from `localStorage.debug`.
 *
 * Invariants: the patterns are read when a client or fork is created, and no text is made of an
 * event that is not logged. In a runtime that denies access to its environment, nothing is logged.
 * An entry is one line of printable text, and shows only the origin of a URL.
 */

/** What can be logged: requests of a client, a fork's own events, and those of its store. */
export type DebugTopic = 'rpc' | 'fork' | 'store'

/** Prints one line for an event. */
export type DebugLog = (event: { readonly type: string }) => void

const MAX_VALUE_CHARS = 300

interface Runtime {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>
    readonly versions?: { readonly node?: string }
  }
  readonly Deno?: {
    readonly permissions: { querySync(permission: object): { readonly state: string } }
  }
  readonly localStorage?: Readonly<Record<string, string | undefined>>
  readonly console: Pick<Console, 'debug' | 'error'>
}

/** Creates a log for one client, fork or store; undefined if no pattern matches the topic. */
export function debugLog(topic: DebugTopic): DebugLog | undefined {
  const runtime: Runtime = globalThis
  const name = `forkstate:${topic}`
  if (!isEnabled(name, patternsOf(runtime))) return undefined
  let beforeMs = performance.now()
  return (event) => {
    const nowMs = performance.now()
    const line = `${name} ${describeEvent(event)} +${Math.round(nowMs - beforeMs)}ms`
    beforeMs = nowMs
    if (isServer(runtime)) runtime.console.error(line)
    else runtime.console.debug(line)
  }
}

/**
 * Whether a list of patterns, separated by commas or spaces, matches a name. A pattern after `-`
 * excludes names.
 */
export function isEnabled(name: string, patterns: string): boolean {
  const list = patterns.split(/[\s,]+/).filter((pattern) => pattern !== '')
  if (list.some((pattern) => pattern.startsWith('-') && matches(name, pattern.slice(1)))) {
    return false
  }
  return list.some((pattern) => matches(name, pattern))
}

/** Whether a pattern matches a name; `*` stands for any text, including none. */
function matches(name: string, pattern: string): boolean {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[^\w:]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(name)
}

/** Node.js, Bun and Deno report a version of Node.js; shims of `process` in browsers do not. */
function isServer({ process }: Runtime): boolean {
  return process?.versions?.node !== undefined
}

function patternsOf(runtime: Runtime): string {
  try {
    if (!isServer(runtime)) return String(runtime.localStorage?.['debug'] ?? '')
    // Reading the variable would make Deno prompt for a permission that the program does not need.
    const permission = { name: 'env', variable: 'DEBUG' }
    const { state } = runtime.Deno?.permissions.querySync(permission) ?? { state: 'granted' }
    return state === 'granted' ? (runtime.process?.env?.['DEBUG'] ?? '') : ''
  } catch {
    return ''
  }
}

/** The type, followed by `name=value` for each other field. */
function describeEvent({ type, ...fields }: { readonly type: string }): string {
  const named = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${describeValue(value)}`)
  return [type, ...named].join(' ')
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(describeValue).join(',') || 'none'
  if (typeof value === 'number') return String(Math.round(value * 10) / 10)
  const text = printable(value instanceof Error ? describeError(value) : String(value))
  return /[\s"=]/.test(text) || text === '' ? JSON.stringify(text) : text
}

function describeError(error: Error): string {
  const { code, shortMessage } = error as { code?: unknown; shortMessage?: unknown }
  const text = typeof shortMessage === 'string' ? shortMessage : error.message
  return typeof code === 'string' ? `${code}: ${text}` : `${error.name}: ${text}`
}

/** Shortens text, and removes control characters and everything but the origin of URLs. */
function printable(text: string): string {
  const shown = text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#]*@)?([^\s/?#"'<>()]*)[^\s"'<>()]*/gi, '$1$2')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
  return shown.length > MAX_VALUE_CHARS ? `${shown.slice(0, MAX_VALUE_CHARS)}...` : shown
}
