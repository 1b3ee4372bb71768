/** A batcher over a function instead of a node. Its waits are recorded and take no time. */

import { Batcher } from '../../src/rpc/batching/batcher.ts'
import { resolveRpcOptions } from '../../src/rpc/options.ts'
import {
  createCall,
  type RpcCall,
  type RpcFailure,
  type RpcOutcome,
  type RpcTransport,
} from '../../src/rpc/transport.ts'

/** How a node answers calls that are sent together. */
export type Send = (
  calls: readonly RpcCall[],
  signal: AbortSignal,
) => Promise<readonly RpcOutcome[]>

/** Limits that no test reaches unintentionally. */
export const UNBOUNDED = { maxBatchCalls: 250, maxBatchBytes: 1e6, maxConcurrentSends: 16 }

/** A failure that a node answers with. */
export function failure(kind: RpcFailure['kind'], more: Partial<RpcFailure> = {}): RpcFailure {
  return { origin: 'answer', kind, message: kind, ...more }
}

/** Answers each call with its name. */
export const echo: Send = async (calls) => {
  return calls.map(({ method }) => ({ result: `got ${method}` }))
}

/** Never answers. */
export const hang: Send = () => new Promise(() => {})

/** Answers from a script for the first sends, then echoes. */
export function script(...steps: Send[]): Send {
  return (calls, signal) => (steps.shift() ?? echo)(calls, signal)
}

/** Makes a batcher with logs of its sends and waits. */
export function setUp(send: Send, options: Record<string, unknown> = {}, limits = UNBOUNDED) {
  const sends: string[][] = []
  const waits: number[] = []
  const signals: AbortSignal[] = []
  const transport: RpcTransport = {
    endpoint: 'http://node.example',
    limits,
    httpRequests: 0,
    send: (calls, signal) => {
      sends.push(calls.map(({ method }) => method))
      signals.push(signal)
      return send(calls, signal)
    },
  }
  const sleep = async (ms: number) => {
    waits.push(ms)
  }
  const settings = { random: () => 0.5, sleep, ...options }
  const batcher = new Batcher(transport, resolveRpcOptions(settings))
  const call = (name: string, signal?: AbortSignal) =>
    batcher.call(createCall(name, []), { signal })
  return { batcher, call, sends, waits, signals }
}
