/**
 * The faults of the RPC proxy, and how it answers one request with them.
 *
 * A request fault applies to a whole HTTP exchange, a call fault to one JSON-RPC call in it. An
 * error that the proxy makes up does not depend on the node. All other answers are the node's, or a
 * changed copy.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const JSON_BODY = { 'content-type': 'application/json' }

/** One JSON-RPC call that arrived. */
export interface ProxyCall {
  readonly id: unknown
  readonly method: string
  readonly params: readonly unknown[]
  /** Calls of any method that arrived before it, since start or `reset()`. */
  readonly sequence: number
  /** Calls of the same method that arrived before it, since start or `reset()`. */
  readonly methodSequence: number
}

/** One HTTP request that arrived. */
export interface ProxyRequest {
  readonly calls: readonly ProxyCall[]
  readonly isBatch: boolean
  readonly bytes: number
  readonly headers: IncomingMessage['headers']
  /** HTTP requests that arrived before it, since start or `reset()`. */
  readonly sequence: number
}

/** The body of a JSON-RPC error. */
export interface RpcErrorBody {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** One answer object on the wire. */
export interface RpcAnswer {
  readonly jsonrpc: '2.0'
  readonly id: unknown
  readonly result?: unknown
  readonly error?: RpcErrorBody
}

/** The faults of a whole request. At most one of `status`, `error` and `drop` is used. */
export interface RequestFault {
  /** Waits this long before anything else, in milliseconds. */
  readonly delayMs?: number
  /** Answers with this HTTP status without asking the node. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** The body for `status`; empty if absent. */
  readonly body?: string
  /** Answers with a single error object, even to a batch, without asking the node. */
  readonly error?: RpcErrorBody
  /** Closes the connection before the node is asked, or in the middle of the answer. */
  readonly drop?: 'before' | 'midway'
  /** Sends only the first half of the answer as if it were all. */
  readonly truncate?: true
  /** Changes the answers of a batch: their order, number or content. */
  readonly answers?: (answers: readonly RpcAnswer[]) => readonly RpcAnswer[]
}

/** The faults of one call. At most one of `error`, `result` and `omit` is used. */
export interface CallFault {
  /** Answers with this error instead of the node's answer. */
  readonly error?: RpcErrorBody
  /** Replaces the result of the node. */
  readonly result?: (real: unknown) => unknown
  /** Leaves the call out of the answer of its batch. */
  readonly omit?: true
  /** Answers with this id instead of the call's own. */
  readonly id?: unknown
}

/** Rules that choose faults. `undefined` lets a request or call pass. */
export interface FaultRules {
  readonly onRequest?: (request: ProxyRequest) => RequestFault | undefined
  readonly onCall?: (call: ProxyCall) => CallFault | undefined
}

/** One request being answered. */
export interface Exchange {
  readonly request: ProxyRequest
  /** The request as it came. */
  readonly body: string
  readonly fault: RequestFault
  /** One for each call of the request. */
  readonly callFaults: readonly CallFault[]
  readonly upstreamUrl: string
  readonly response: ServerResponse
}

/** Answers a request; does nothing if its client has gone. */
export async function answer(exchange: Exchange): Promise<void> {
  const { request, fault, response } = exchange
  if (fault.delayMs !== undefined) await sleep(fault.delayMs, undefined, { ref: false })
  if (response.destroyed) return
  if (fault.drop === 'before') {
    response.destroy()
    return
  }
  if (fault.status !== undefined) {
    response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
    return
  }
  if (fault.error !== undefined) {
    const id = request.isBatch ? null : request.calls[0]?.id
    const text = JSON.stringify({ jsonrpc: '2.0', id, error: fault.error })
    response.writeHead(200, { ...JSON_BODY, ...fault.headers }).end(text)
    return
  }
  const { status, text, cors } = await askNode(exchange)
  const half = text.slice(0, text.length >> 1)
  if (fault.drop === 'midway') {
    response.writeHead(status, { ...JSON_BODY, 'content-length': Buffer.byteLength(text) })
    response.write(half, () => response.destroy())
    return
  }
  const headers = { ...JSON_BODY, ...cors, ...fault.headers }
  response.writeHead(status, headers).end(fault.truncate ? half : text)
}

/** Passes a CORS preflight on to the node. */
export async function answerPreflight(
  upstreamUrl: string,
  { headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = Object.entries(headers).filter(([name]) => /^(origin|access-control-)/.test(name))
  const upstream = await fetch(upstreamUrl, {
    method: 'OPTIONS',
    headers: asked.map(([name, value]): [string, string] => [name, String(value)]),
  })
  response.writeHead(upstream.status, corsOf(upstream)).end()
}

/** The headers with which a node allows pages of other origins to read its answer. */
function corsOf({ headers }: Response): Readonly<Record<string, string>> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')))
}

interface NodeAnswer {
  readonly status: number
  readonly text: string
  readonly cors: Readonly<Record<string, string>>
}

/** The node's answer, byte for byte if no fault changes it. */
async function askNode(exchange: Exchange): Promise<NodeAnswer> {
  const { request, body, fault, callFaults, upstreamUrl } = exchange
  if (callFaults.length > 0 && callFaults.every((callFault) => callFault.error !== undefined)) {
    return { status: 200, text: withFaults(exchange, []), cors: {} }
  }
  const { origin } = request.headers
  const headers = { ...JSON_BODY, ...(origin !== undefined && { origin }) }
  const upstream = await fetch(upstreamUrl, { method: 'POST', headers, body })
  const { status } = upstream
  const cors = corsOf(upstream)
  const text = await upstream.text()
  const faultless = callFaults.every((callFault) => Object.keys(callFault).length === 0)
  if (faultless && !(request.isBatch && fault.answers)) return { status, text, cors }
  const parsed = JSON.parse(text) as RpcAnswer | RpcAnswer[]
  return { status, text: withFaults(exchange, Array.isArray(parsed) ? parsed : [parsed]), cors }
}

/** The answers to all calls in their order, after the faults of calls and request. */
function withFaults({ request, fault, callFaults }: Exchange, real: readonly RpcAnswer[]): string {
  const byId = new Map(real.map((item) => [item.id, item]))
  const answers = request.calls.flatMap((call, index) => {
    const callFault = callFaults[index] ?? {}
    return callFault.omit ? [] : [applyCallFault(call, byId.get(call.id), callFault)]
  })
  if (!request.isBatch) return JSON.stringify(answers[0] ?? null)
  return JSON.stringify(fault.answers === undefined ? answers : fault.answers(answers))
}

function applyCallFault(call: ProxyCall, own: RpcAnswer | undefined, fault: CallFault): RpcAnswer {
  const id = 'id' in fault ? fault.id : call.id
  if (fault.error !== undefined) return { jsonrpc: '2.0', id, error: fault.error }
  const base = own ?? { jsonrpc: '2.0', id, error: { code: -32000, message: 'no answer' } }
  if (fault.result === undefined) return { ...base, id }
  return { jsonrpc: '2.0', id, result: fault.result(base.result) }
}
