/**
 * JSON-RPC over one connection that stays open: WebSocket or IPC. Answers come in any order and are
 * matched to their send by id.
 *
 * - The connection is opened when it is needed, and reopened after it was lost. Calls in flight on
 *   a lost connection fail with a network failure, so the batcher sends them again.
 * - A connection that stays silent until a timeout is given up.
 * - An idle connection does not keep the process alive, or is closed after a while.
 *
 * Notifications, and answers that no call waits for any more, are dropped.
 */

import type { Clock } from '../clock.ts'
import type {
  RpcCall,
  RpcFailure,
  RpcOutcome,
  RpcTransport,
  Traffic,
  TransportLimits,
} from '../transport.ts'
import { connectionFailure, failAll, TIMED_OUT, tooLongFailure } from '../transport.ts'
import type { Endpoint } from './endpoint.ts'
import { describeCauses } from './http-transport.ts'
import type { NumberedCall } from './json-rpc.ts'
import { decodeMessage, encodeBody, parseJson } from './json-rpc.ts'
import type { MessageChannel, OpenChannel } from './message-channel.ts'

/** An idle connection that keeps the process alive is closed after this time. */
const IDLE_MS = 30_000

export interface SocketTransportOptions {
  readonly endpoint: Pick<Endpoint, 'origin' | 'redact'>
  readonly limits: TransportLimits
  readonly open: OpenChannel
  readonly clock: Clock
  /** Timeout of opening a connection. */
  readonly timeoutMs: number
  readonly maxResponseBytes: number
}

/** A send that waits for its answer. */
interface Waiting {
  readonly sent: readonly NumberedCall[]
  readonly settle: (outcomes: readonly RpcOutcome[]) => void
}

/** A connection and the sends that wait on it. */
interface Connection {
  channel: MessageChannel | undefined
  readonly waiting: Set<Waiting>
  /** Number of messages received. */
  messages: number
  isLost: boolean
}

export class SocketTransport implements RpcTransport {
  readonly httpRequests = 0
  readonly #options: SocketTransportOptions
  readonly #traffic = { sent: 0, received: 0 }
  #nextId = 1
  #connection: Connection | undefined
  #opening: Promise<Connection> | undefined
  #cancelIdle = (): void => {}
  #isClosed = false

  constructor(options: SocketTransportOptions) {
    this.#options = options
  }

  get endpoint(): string {
    return this.#options.endpoint.origin
  }

  get limits(): TransportLimits {
    return this.#options.limits
  }

  get traffic(): Traffic {
    return this.#traffic
  }

  async send(calls: readonly RpcCall[], signal: AbortSignal): Promise<readonly RpcOutcome[]> {
    try {
      this.#cancelIdle()
      const connection = await this.#connect()
      return signal.aborted ? [] : await this.#exchange(connection, calls, signal)
    } catch (error) {
      const details = this.#options.endpoint.redact(describeCauses(error))
      return failAll(calls, connectionFailure(details))
    }
  }

  close(): void {
    this.#isClosed = true
    this.#cancelIdle()
    this.#connection?.channel?.close()
  }

  #exchange(
    connection: Connection,
    calls: readonly RpcCall[],
    signal: AbortSignal,
  ): Promise<readonly RpcOutcome[]> {
    const sent = calls.map((call) => ({ id: this.#nextId++, call }))
    const text = encodeBody(sent)
    const messagesBefore = connection.messages
    return new Promise((resolve) => {
      const onAbort = (): void => {
        const wasSilent = connection.messages === messagesBefore
        waiting.settle([])
        if (signal.reason === TIMED_OUT && wasSilent) this.#lose(connection, 'no answer in time')
      }
      const waiting: Waiting = {
        sent,
        settle: (outcomes) => {
          signal.removeEventListener('abort', onAbort)
          connection.waiting.delete(waiting)
          if (connection.waiting.size === 0) this.#rest(connection)
          resolve(outcomes)
        },
      }
      this.#write(connection, text)
      connection.waiting.add(waiting)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  #write({ channel, isLost }: Connection, text: string): void {
    if (channel === undefined || isLost) throw new Error('the connection was lost')
    this.#traffic.sent += text.length
    channel.setBusy('busy')
    channel.send(text)
  }

  async #connect(): Promise<Connection> {
    if (this.#isClosed) throw new Error('the client is closed')
    if (this.#connection !== undefined) return this.#connection
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #open(): Promise<Connection> {
    const { open, clock, timeoutMs } = this.#options
    const connection: Connection = {
      channel: undefined,
      waiting: new Set(),
      messages: 0,
      isLost: false,
    }
    let cancelTimer = (): void => {}
    let isLate = false
    const timeout = new Promise<never>((_, reject) => {
      cancelTimer = clock.after(timeoutMs, () => {
        isLate = true
        reject(new Error(`no connection in ${timeoutMs} ms`))
      })
    })
    const opening = open({
      onMessage: (text) => this.#take(connection, text),
      onTooLong: (start) => this.#refuse(connection, start),
      onClose: (reason) => this.#lose(connection, reason),
    })
    opening.then(
      (channel) => isLate && channel.close(),
      () => {},
    )
    try {
      connection.channel = await Promise.race([opening, timeout])
    } finally {
      cancelTimer()
    }
    if (this.#isClosed) connection.channel.close()
    this.#connection = connection
    return connection
  }

  #take(connection: Connection, text: string): void {
    connection.messages++
    this.#traffic.received += text.length
    const message = parseJson(text)
    const waiting = findWaiting(connection.waiting, message)
    if (waiting === undefined) return
    const answer = { status: 200, body: text, retryAfterMs: undefined }
    const { redact } = this.#options.endpoint
    waiting.settle(decodeMessage(message, answer, waiting.sent, redact))
  }

  /** An answer is too long: only the send that it belongs to fails. */
  #refuse(connection: Connection, start: string): void {
    connection.messages++
    const id = Number(/"id"\s*:\s*(\d+)/.exec(start)?.[1])
    const owner = [...connection.waiting].find(({ sent }) => sent.some((one) => one.id === id))
    if (owner === undefined) this.#lose(connection, 'an answer was too long')
    else fail(owner, tooLongFailure(this.#options.maxResponseBytes))
  }

  /** The connection can no longer be used. */
  #lose(connection: Connection, reason: string): void {
    const failure = connectionFailure(this.#options.endpoint.redact(reason))
    connection.isLost = true
    if (this.#connection === connection) this.#connection = undefined
    for (const waiting of [...connection.waiting]) fail(waiting, failure)
    connection.channel?.close()
  }

  #rest(connection: Connection): void {
    if (this.#connection !== connection) return
    connection.channel?.setBusy('idle')
    if (connection.channel?.holdsProcess === false) return
    this.#cancelIdle()
    this.#cancelIdle = this.#options.clock.after(IDLE_MS, () => {
      if (connection.waiting.size === 0) this.#lose(connection, 'idle')
    })
  }
}

function fail({ sent, settle }: Waiting, failure: RpcFailure): void {
  const calls = sent.map(({ call }) => call)
  settle(failAll(calls, failure))
}

/**
 * The send that a message answers. An error without an id answers a request that could not be read:
 * the oldest batch, or else the oldest send.
 */
function findWaiting(waiting: ReadonlySet<Waiting>, message: unknown): Waiting | undefined {
  const items = (Array.isArray(message) ? message : [message]) as ({ id?: unknown } | null)[]
  const ids = new Set(items.map((item) => item?.id))
  for (const one of waiting) if (one.sent.some(({ id }) => ids.has(id))) return one
  const [only] = items
  const isAnonymousError = only?.id === null && 'error' in only
  if (!isAnonymousError && message !== undefined) return undefined
  return [...waiting].find(({ sent }) => sent.length > 1) ?? [...waiting][0]
}
