/**
 * A JSON-RPC proxy on loopback that counts what passes and can misbehave in chosen ways.
 *
 * Everything is counted and logged when it arrives, whatever happens to it then. Rules are asked
 * once for each HTTP request and once for each JSON-RPC call in it; without rules the proxy is
 * transparent. It supports only plain HTTP, and never retries. The node answers CORS preflight
 * requests of browsers, which are counted separately.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { closeGate, type Gate, type Hold } from './hold.ts'
import {
  answer,
  answerPreflight,
  type FaultRules,
  type ProxyCall,
  type ProxyRequest,
} from './proxy-faults.ts'

export type { Hold } from './hold.ts'
export type * from './proxy-faults.ts'

/** Counts since start or `reset()`. */
export interface ProxyStats {
  readonly httpRequests: number
  readonly rpcCalls: number
  readonly byMethod: ReadonlyMap<string, number>
  /** CORS preflight requests. */
  readonly preflights: number
  /** TCP connections opened. */
  readonly connections: number
  /** Requests whose client closed the connection before the answer. */
  readonly aborted: number
  readonly maxInFlight: number
}

export interface RpcProxy {
  readonly url: string
  readonly stats: ProxyStats
  /** Every call since start or `reset()`, in order of arrival. */
  readonly calls: readonly ProxyCall[]
  /** Every HTTP request since start or `reset()`, in order of arrival. */
  readonly requests: readonly ProxyRequest[]
  /** Resets counts and logs; rules and holds stay. */
  reset(): void
  /** Replaces all rules; without argument the proxy is transparent again. */
  setFaults(rules?: FaultRules): void
  /** Makes requests (those that match, or all) wait before the node is asked. */
  hold(matches?: (request: ProxyRequest) => boolean): Hold
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Counts and logs; `reset()` replaces them. */
interface Log {
  readonly byMethod: Map<string, number>
  readonly requests: ProxyRequest[]
  readonly calls: ProxyCall[]
  preflights: number
  connections: number
  aborted: number
  maxInFlight: number
}

interface State {
  readonly upstreamUrl: string
  readonly gates: Map<Gate, (request: ProxyRequest) => boolean>
  faults: FaultRules
  log: Log
  inFlight: number
}

/** Starts a proxy in front of `upstreamUrl` on a free loopback port. */
export async function startProxy(upstreamUrl: string, faults: FaultRules = {}): Promise<RpcProxy> {
  const state: State = { upstreamUrl, gates: new Map(), faults, log: newLog(), inFlight: 0 }
  const server = createServer((incoming, response) => {
    serve(state, incoming, response).catch((error: Error) => {
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end(`proxy: ${error.message}`)
    })
  })
  server.on('connection', () => {
    state.log.connections += 1
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })

  const stop = async (): Promise<void> => {
    if (!server.listening) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  const { port } = server.address() as AddressInfo
  return proxyOver(state, `http://127.0.0.1:${port}`, stop)
}

function proxyOver(state: State, url: string, stop: () => Promise<void>): RpcProxy {
  return {
    url,
    get stats() {
      return statsOf(state.log)
    },
    get calls() {
      return state.log.calls
    },
    get requests() {
      return state.log.requests
    },
    reset() {
      state.log = newLog()
    },
    setFaults(rules = {}) {
      state.faults = rules
    },
    hold(matches = () => true) {
      const gate = closeGate()
      state.gates.set(gate, matches)
      return gate
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function serve(
  state: State,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(incoming)
  const { log, faults, upstreamUrl } = state
  if (incoming.method === 'OPTIONS') {
    log.preflights += 1
    await answerPreflight(upstreamUrl, incoming, response)
    return
  }
  const request = record(log, body, incoming.headers)
  const fault = faults.onRequest?.(request) ?? {}
  const callFaults = request.calls.map((call) => faults.onCall?.(call) ?? {})
  state.inFlight += 1
  log.maxInFlight = Math.max(log.maxInFlight, state.inFlight)
  response.once('close', () => {
    state.inFlight -= 1
    if (!response.writableFinished && fault.drop === undefined) log.aborted += 1
  })
  for (const [gate, matches] of state.gates) if (matches(request)) await gate.enter()
  await answer({ request, body, fault, callFaults, upstreamUrl, response })
}

function newLog(): Log {
  const byMethod = new Map<string, number>()
  const counts = { preflights: 0, connections: 0, aborted: 0, maxInFlight: 0 }
  return { byMethod, requests: [], calls: [], ...counts }
}

function statsOf({ requests, calls, ...counts }: Log): ProxyStats {
  return { httpRequests: requests.length, rpcCalls: calls.length, ...counts }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Parses and logs a request. The node decides whether it is well-formed. */
function record(log: Log, body: string, headers: IncomingMessage['headers']): ProxyRequest {
  const parsed = JSON.parse(body) as unknown
  const items = (Array.isArray(parsed) ? parsed : [parsed]) as Partial<ProxyCall>[]
  const calls = items.map(({ id, method = '', params = [] }) => {
    const methodSequence = log.byMethod.get(method) ?? 0
    const call = { id, method, params, sequence: log.calls.length, methodSequence }
    log.byMethod.set(method, methodSequence + 1)
    log.calls.push(call)
    return call
  })
  const isBatch = Array.isArray(parsed)
  const sequence = log.requests.length
  const request = { calls, isBatch, bytes: Buffer.byteLength(body), headers, sequence }
  log.requests.push(request)
  return request
}
