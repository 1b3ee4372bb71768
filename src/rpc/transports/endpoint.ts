/**
 * The URL of a node, split into what is sent and what may be shown. API keys are part of the user
 * info, the path or the query of such URLs, so only the origin is ever printed, and texts from the
 * node or the runtime are redacted before they enter a message.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'

const MAX_SHOWN_CHARS = 500
const MIN_SECRET_CHARS = 6
/** Shorter path segments are names such as `v2` or `mainnet`, not keys. */
const MIN_SECRET_SEGMENT_CHARS = 16

export interface Endpoint {
  /** The URL to fetch, without user info, which fetch refuses. */
  readonly url: string
  /** Scheme, host and port, which is all that may be shown. */
  readonly origin: string
  /** Basic authorization from the user info, if there was any. */
  readonly authorization: string | undefined
  /** Redacts this endpoint's credentials in a text and shortens it. */
  readonly redact: (text: string) => string
}

/**
 * @param headers Further headers to send; their values count as credentials.
 * @param protocols The accepted protocols, such as `http:`.
 * @throws InvalidInputError if it is not a URL of these protocols. The text is not shown.
 */
export function parseEndpoint(
  address: string | URL,
  headers: Readonly<Record<string, string>> = {},
  protocols: readonly string[] = ['http:', 'https:'],
): Endpoint {
  // The error of URL contains its input, so it is not passed on as the cause.
  if (!URL.canParse(address)) {
    throw new InvalidInputError('the RPC URL cannot be parsed', {
      hint: 'pass a URL such as http://127.0.0.1:8545, or the path of an IPC socket',
    })
  }
  const url = new URL(address)
  if (!protocols.includes(url.protocol)) {
    throw new InvalidInputError(`an RPC URL must be http, https, ws, wss or ipc`, {
      details: `got ${url.protocol}`,
      hint: 'for other protocols pass an EIP-1193 provider: an object with request()',
    })
  }
  const secrets = secretsOf(url, headers)
  const authorization = authorizationOf(url)
  url.username = ''
  url.password = ''
  return {
    url: url.href,
    origin: `${url.protocol}//${url.host}`,
    authorization,
    redact: (text) => redactText(text, secrets),
  }
}

/** Shortens a text and reduces each URL in it to its origin. */
export function redactText(text: string, secrets: readonly string[] = []): string {
  let clean = text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>()]+/gi, originOf)
  for (const secret of secrets) clean = clean.replaceAll(secret, '[redacted]')
  return clean.length > MAX_SHOWN_CHARS ? `${clean.slice(0, MAX_SHOWN_CHARS)}...` : clean
}

function originOf(text: string): string {
  if (!URL.canParse(text)) return '[redacted]'
  const { protocol, host } = new URL(text)
  return `${protocol}//${host}`
}

function secretsOf(url: URL, headers: Readonly<Record<string, string>>): readonly string[] {
  const segments = url.pathname.split('/')
  const values = [url.username, url.password, ...url.searchParams.values()]
  const headerValues = Object.values(headers).flatMap((value) => value.split(' '))
  const found = [
    ...segments.filter((segment) => segment.length >= MIN_SECRET_SEGMENT_CHARS),
    ...[...values, ...headerValues].filter((text) => text.length >= MIN_SECRET_CHARS),
  ]
  return [...new Set([...found, ...found.map(decode)])].sort((a, b) => b.length - a.length)
}

function authorizationOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined
  const bytes = new TextEncoder().encode(`${decode(url.username)}:${decode(url.password)}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
