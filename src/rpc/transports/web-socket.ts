/**
 * WebSocket connections: by the `WebSocket` of the runtime (browsers, Deno, Bun, Node.js 22), or by
 * the optional peer dependency `ws` on Node.js 20.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { ChannelEvents, MessageChannel, OpenChannel } from './message-channel.ts'
import { SHOWN_OF_TOO_LONG } from './message-channel.ts'
import { optionalPackage } from './nodejs-modules.ts'

/** The part of a WebSocket that is used. */
export interface WebSocketLike {
  binaryType: string
  send(text: string): void
  close(): void
  addEventListener(type: string, listener: (event: never) => void): void
}

/** The constructor. With headers, the second argument is `{ headers }`, which browsers refuse. */
export type WebSocketConstructor = new (url: string, options?: never) => WebSocketLike

export interface WebSocketOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly WebSocket: WebSocketConstructor | undefined
  readonly maxResponseBytes: number
}

/** @throws InvalidInputError if there is no WebSocket. */
export function webSocketOpener(options: WebSocketOptions): OpenChannel {
  const Constructor = options.WebSocket ?? findWebSocket()
  if (Constructor === undefined) {
    throw new InvalidInputError('this runtime has no WebSocket', {
      hint: 'install the package ws, use Node.js 22, or pass the option WebSocket',
    })
  }
  return (events) => open(Constructor, options, events)
}

function findWebSocket(): WebSocketConstructor | undefined {
  const { WebSocket: own } = globalThis as { WebSocket?: unknown }
  return (own ?? optionalPackage('ws')) as WebSocketConstructor | undefined
}

function open(
  Constructor: WebSocketConstructor,
  { url, headers, maxResponseBytes }: WebSocketOptions,
  events: ChannelEvents,
): Promise<MessageChannel> {
  const hasHeaders = Object.keys(headers).length > 0
  const socket = hasHeaders ? new Constructor(url, { headers } as never) : new Constructor(url)
  socket.binaryType = 'arraybuffer'
  const channel: MessageChannel = {
    send: (text) => socket.send(text),
    close: () => socket.close(),
    holdsProcess: true,
    setBusy: () => {},
  }
  return new Promise((resolve, reject) => {
    let isOpen = false
    let reason = 'the WebSocket was closed'
    socket.addEventListener('open', () => {
      isOpen = true
      resolve(channel)
    })
    socket.addEventListener('error', (event: { readonly message?: string }) => {
      reason = event.message || 'the WebSocket failed'
    })
    socket.addEventListener('close', (event: { readonly code?: number }) => {
      const text = event.code === undefined ? reason : `${reason} (code ${event.code})`
      if (isOpen) events.onClose(text)
      else reject(new Error(text))
    })
    socket.addEventListener('message', ({ data }: { readonly data: unknown }) => {
      const text = typeof data === 'string' ? data : decode(data)
      if (text.length > maxResponseBytes) events.onTooLong(text.slice(0, SHOWN_OF_TOO_LONG))
      else events.onMessage(text)
    })
  })
}

function decode(data: unknown): string {
  return data instanceof ArrayBuffer ? new TextDecoder().decode(data) : ''
}
