/**
 * Connections over a local socket, as nodes offer with `--ipc`: a Unix socket, or a named pipe on
 * Windows. Messages are consecutive JSON texts. The modules of Node.js are loaded when they are
 * needed.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import { JsonSplitter } from './json-splitter.ts'
import type { ChannelEvents, MessageChannel, OpenChannel } from './message-channel.ts'
import { SHOWN_OF_TOO_LONG } from './message-channel.ts'
import { nodejsModule } from './nodejs-modules.ts'

/** The part of `node:net` that is used. */
interface Net {
  connect(path: string): Socket
}

interface Socket {
  on(event: 'connect' | 'close', listener: () => void): this
  on(event: 'data', listener: (chunk: Uint8Array) => void): this
  on(event: 'error', listener: (error: Error) => void): this
  write(text: string): void
  destroy(): void
  ref(): void
  unref(): void
}

/** @throws InvalidInputError if the runtime has no such sockets. */
export function ipcOpener(path: string, maxResponseBytes: number): OpenChannel {
  const net = nodejsModule<Net>('net')
  if (net === undefined) {
    throw new InvalidInputError('this runtime has no IPC sockets', {
      hint: 'use the HTTP or WebSocket URL of the node',
    })
  }
  return (events) => open(net, { path, maxResponseBytes }, events)
}

function open(
  net: Net,
  options: { readonly path: string; readonly maxResponseBytes: number },
  events: ChannelEvents,
): Promise<MessageChannel> {
  const socket = net.connect(options.path)
  const splitter = new JsonSplitter()
  const decoder = new TextDecoder()
  const channel: MessageChannel = {
    send: (text) => socket.write(`${text}\n`),
    close: () => socket.destroy(),
    holdsProcess: false,
    setBusy: (busy) => (busy === 'busy' ? socket.ref() : socket.unref()),
  }
  return new Promise((resolve, reject) => {
    let isOpen = false
    let reason = 'the socket was closed'
    socket.on('connect', () => {
      isOpen = true
      resolve(channel)
    })
    socket.on('error', ({ message }) => {
      reason = message
    })
    socket.on('close', () => {
      if (isOpen) events.onClose(reason)
      else reject(new Error(reason))
    })
    socket.on('data', (chunk) => {
      for (const message of splitter.push(decoder.decode(chunk, { stream: true }))) {
        if (message.length <= options.maxResponseBytes) events.onMessage(message)
        else events.onTooLong(message.slice(0, SHOWN_OF_TOO_LONG))
      }
      if (splitter.pending <= options.maxResponseBytes) return
      events.onTooLong(splitter.pendingStart(SHOWN_OF_TOO_LONG))
      reason = 'a message was too long'
      socket.destroy()
    })
  })
}
