/**
 * JSON-RPC over HTTP POST with `fetch`: one request per `send`, a batch if there is more than one
 * call. The runtime's own pool keeps connections alive, and lets a process exit while they are
 * idle. Does not retry; `json-rpc.ts` matches answers to calls.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import { parseRetryAfter } from '../batching/retry.ts'
import type { RpcCall, RpcOutcome, RpcTransport, Traffic, TransportLimits } from '../transport.ts'
import { connectionFailure, failAll, tooLongFailure } from '../transport.ts'
import type { Endpoint } from './endpoint.ts'
import { parseEndpoint } from './endpoint.ts'
import { decodeBody, encodeBody } from './json-rpc.ts'

/** Maximum depth to which the causes of a failed fetch are described. */
const MAX_CAUSES = 4

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface HttpTransportOptions {
  readonly limits: TransportLimits
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: Fetch
  /** A longer body is an error; if it answers a batch, the calls are sent again in halves. */
  readonly maxResponseBytes: number
}

export class HttpTransport implements RpcTransport {
  readonly limits: TransportLimits
  readonly #endpoint: Endpoint
  readonly #options: HttpTransportOptions
  readonly #headers: Headers
  #nextId = 1
  #httpRequests = 0
  readonly #traffic = { sent: 0, received: 0 }

  /** @throws InvalidInputError if the URL is not http or https, or a header is not valid. */
  constructor(url: string | URL, options: HttpTransportOptions) {
    this.#endpoint = parseEndpoint(url, options.headers)
    this.#options = options
    this.limits = options.limits
    const { authorization } = this.#endpoint
    this.#headers = new Headers({
      'content-type': 'application/json',
      accept: 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    })
    setHeaders(this.#headers, options.headers)
  }

  get endpoint(): string {
    return this.#endpoint.origin
  }

  get httpRequests(): number {
    return this.#httpRequests
  }

  get traffic(): Traffic {
    return this.#traffic
  }

  async send(calls: readonly RpcCall[], signal: AbortSignal): Promise<readonly RpcOutcome[]> {
    const sent = calls.map((call) => ({ id: this.#nextId++, call }))
    const { redact } = this.#endpoint
    const request = encodeBody(sent)
    this.#httpRequests++
    this.#traffic.sent += request.length
    try {
      // Called without `this`: the browsers' fetch refuses any other.
      const { fetch, maxResponseBytes } = this.#options
      const response = await fetch(this.#endpoint.url, {
        method: 'POST',
        headers: this.#headers,
        body: request,
        signal,
      })
      const { body, bytes } = await readText(response, maxResponseBytes)
      this.#traffic.received += bytes
      if (body === undefined) return failAll(calls, tooLongFailure(maxResponseBytes))
      const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now())
      return decodeBody({ status: response.status, body, retryAfterMs }, sent, redact)
    } catch (error) {
      // The error is described and not passed on: runtimes put the whole URL in its fields.
      return failAll(calls, connectionFailure(redact(describeCauses(error))))
    }
  }
}

function setHeaders(target: Headers, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!trySetHeader(target, name, value)) {
      throw new InvalidInputError(`the header ${JSON.stringify(name)} or its value is not valid`)
    }
  }
}

/** The error shows the value, which may be a key, so it is not passed on. */
function trySetHeader(target: Headers, name: string, value: string): boolean {
  try {
    target.set(name, value)
    return true
  } catch {
    return false
  }
}

/**
 * The body as text; undefined if it is longer than `maxBytes`, and the connection is closed then.
 */
async function readText(
  response: Response,
  maxBytes: number,
): Promise<{ readonly body: string | undefined; readonly bytes: number }> {
  if (response.body === null) return { body: '', bytes: 0 }
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { body: text + decoder.decode(), bytes }
    bytes += value.byteLength
    if (bytes > maxBytes) {
      await reader.cancel()
      return { body: undefined, bytes }
    }
    text += decoder.decode(value, { stream: true })
  }
}

/** The messages of an error and its causes. */
export function describeCauses(error: unknown): string {
  const texts: string[] = []
  let at = error
  for (let depth = 0; depth < MAX_CAUSES && at instanceof Error; depth++) {
    if (!texts.includes(at.message)) texts.push(at.message)
    at = at.cause
  }
  return texts.length === 0 ? String(error) : texts.join(': ')
}
