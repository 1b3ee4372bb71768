/**
 * Transports carry JSON-RPC calls to a node: over HTTP, WebSocket, IPC or an EIP-1193 provider.
 * This module chooses one by the form of the address.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { Clock } from '../clock.ts'
import type { RpcTransport, TransportLimits } from '../transport.ts'
import type { Eip1193Provider } from './eip1193-transport.ts'
import { Eip1193Transport } from './eip1193-transport.ts'
import { parseEndpoint, redactText } from './endpoint.ts'
import type { Fetch } from './http-transport.ts'
import { HttpTransport } from './http-transport.ts'
import { ipcOpener } from './ipc-socket.ts'
import { SocketTransport } from './socket-transport.ts'
import type { WebSocketConstructor } from './web-socket.ts'
import { webSocketOpener } from './web-socket.ts'

/**
 * The address of a node: an `http:`, `https:`, `ws:` or `wss:` URL, an IPC socket as `ipc:` URL or
 * path (absolute, `./` or `../`, a Windows pipe, or any name that ends in `.ipc`), or an EIP-1193
 * provider.
 */
export type RpcSource = string | URL | Eip1193Provider

/** Options of the transports; `RpcClientOptions` explains them and has their defaults. */
export interface TransportOptions {
  /** For opening a connection. */
  readonly timeoutMs: number
  readonly maxBatchSize: number
  readonly maxBatchBytes: number
  readonly maxConcurrentRequests: number
  readonly maxResponseBytes: number
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: Fetch
  readonly WebSocket: WebSocketConstructor | undefined
  readonly clock: Clock
}

/**
 * @throws InvalidInputError if the source is not an address, or the runtime cannot connect to it.
 */
export function createTransport(source: RpcSource, options: TransportOptions): RpcTransport {
  const limits: TransportLimits = {
    maxBatchCalls: options.maxBatchSize,
    maxBatchBytes: options.maxBatchBytes,
    maxConcurrentSends: options.maxConcurrentRequests,
  }
  if (typeof source === 'string' || source instanceof URL) {
    const path = ipcPathOf(String(source))
    if (path !== undefined) return ipcTransport(path, options, limits)
    const { protocol } = URL.canParse(source) ? new URL(source) : { protocol: '' }
    if (protocol === 'ws:' || protocol === 'wss:') {
      return webSocketTransport(source, options, limits)
    }
    return new HttpTransport(source, { ...options, limits })
  }
  if (typeof source === 'object' && typeof source?.request === 'function') {
    return new Eip1193Transport(source)
  }
  throw new InvalidInputError('an RPC provider must be a URL or an object with request()')
}

function ipcPathOf(text: string): string | undefined {
  if (/^ipc:/i.test(text)) {
    return decodeURIComponent(text.replace(/^ipc:(\/\/)?/i, ''))
  }
  const isPath = /^(\.{0,2}\/|[a-z]:\\|\\\\[.?]\\pipe\\)/i.test(text)
  const isFile = text.endsWith('.ipc') && !text.includes('://')
  return isPath || isFile ? text : undefined
}

function ipcTransport(
  path: string,
  options: TransportOptions,
  limits: TransportLimits,
): RpcTransport {
  if (path === '') throw new InvalidInputError('the path of the IPC socket is empty')
  const endpoint = { origin: `ipc:${path}`, redact: (text: string) => redactText(text) }
  const open = ipcOpener(path, options.maxResponseBytes)
  return new SocketTransport({ ...options, endpoint, limits, open })
}

function webSocketTransport(
  address: string | URL,
  options: TransportOptions,
  limits: TransportLimits,
): RpcTransport {
  const { headers, WebSocket, maxResponseBytes } = options
  const endpoint = parseEndpoint(address, headers, ['ws:', 'wss:'])
  const { url, authorization } = endpoint
  const open = webSocketOpener({
    url,
    headers: authorization === undefined ? headers : { authorization, ...headers },
    WebSocket,
    maxResponseBytes,
  })
  return new SocketTransport({ ...options, endpoint, limits, open })
}
