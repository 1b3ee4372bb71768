import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/faults/virtual-clock.ts'
import type { RpcEvent } from '../events.ts'
import { Listeners } from '../listeners.ts'
import type { RpcClientOptions } from '../options.ts'
import { resolveRpcOptions } from '../options.ts'
import { RpcClientAdapter } from '../rpc-client-adapter.ts'
import type { RpcCall, RpcFailure, RpcOutcome, RpcTransport } from '../transport.ts'
import { createCall, failAll } from '../transport.ts'
import { Batcher } from './batcher.ts'

type Send = (calls: readonly RpcCall[]) => Promise<readonly RpcOutcome[]>

const fail = (kind: RpcFailure['kind'], more: Partial<RpcFailure> = {}): RpcFailure => {
  return { origin: 'answer', kind, message: kind, ...more }
}

/** A batcher in virtual time whose sends take 50 ms, and its events. */
function setUp(options: RpcClientOptions = {}, ...steps: Send[]) {
  const clock = new VirtualClock()
  const events: RpcEvent[] = []
  const transport: RpcTransport = {
    endpoint: 'http://node.example',
    limits: { maxBatchCalls: 64, maxBatchBytes: 1e6, maxConcurrentSends: 4 },
    httpRequests: 0,
    async send(calls) {
      await clock.sleep(50)
      const step = steps.shift()
      return step === undefined ? calls.map(() => ({ result: 'yes' })) : step(calls)
    },
  }
  const listeners = new Listeners<RpcEvent>()
  listeners.add((event) => void events.push(event))
  const settings = { clock, random: () => 0.5, backoffMs: 100, ...options }
  const batcher = new Batcher(transport, resolveRpcOptions(settings), listeners)
  const call = (name: string, signal?: AbortSignal) =>
    batcher.call(createCall(name, []), { signal })
  return { batcher, call, clock, events }
}

const endpoint = 'http://node.example'

describe('events of requests', () => {
  it('report what is sent and answered', async () => {
    const mixed: Send = async () => [{ result: 1 }, { failure: fail('fatal') }, { result: 2 }]
    const { call, clock, events } = setUp({}, mixed)
    await clock.run(Promise.allSettled([call('a'), call('b'), call('a')]))
    await clock.run(call('c'))
    expect(events).toEqual([
      { type: 'request-sent', endpoint, request: 1, calls: 3, methods: ['a', 'b'] },
      { type: 'request-answered', endpoint, request: 1, calls: 3, durationMs: 50, failedCalls: 1 },
      { type: 'request-sent', endpoint, request: 2, calls: 1, methods: ['c'] },
      { type: 'request-answered', endpoint, request: 2, calls: 1, durationMs: 50, failedCalls: 0 },
    ])
  })

  it('report why one failed as a whole, and that calls will be sent again', async () => {
    const { call, clock, events } = setUp(
      {},
      async (calls) => failAll(calls, fail('rate-limit', { httpStatus: 429 })),
      async (calls) => calls.map(() => ({ failure: fail('rate-limit', { place: 'item' }) })),
      async (calls) => failAll(calls, { origin: 'network', kind: 'retryable', message: 'down' }),
      async (calls) => failAll(calls, fail('fatal')),
    )
    await clock.run(Promise.allSettled([call('a'), call('b')]))
    const ends = events.filter(({ type }) => type !== 'request-sent')
    expect(ends).toMatchObject([
      { type: 'request-failed', request: 1, cause: 'rate-limit-status', message: 'rate-limit' },
      { type: 'calls-retried', request: 1, calls: 2, delayMs: 50, causes: ['rate-limit-status'] },
      { type: 'request-answered', request: 2, failedCalls: 2 },
      { type: 'calls-retried', request: 2, calls: 2, delayMs: 100, causes: ['rate-limit-item'] },
      { type: 'request-failed', request: 3, cause: 'network', message: 'down' },
      { type: 'calls-retried', request: 3, delayMs: 200, causes: ['network'] },
      { type: 'request-failed', request: 4, cause: 'refused', message: 'fatal' },
    ])
  })

  it('report timeouts, and requests that nobody waits for any more', async () => {
    const { call, clock, events } = setUp({ timeoutMs: 20, retries: 0 })
    await clock.run(Promise.allSettled([call('slow')]))
    const controller = new AbortController()
    const aborted = call('aborted', controller.signal)
    clock.after(5, () => controller.abort())
    await clock.run(Promise.allSettled([aborted]))
    expect(events.filter(({ type }) => type !== 'request-sent')).toMatchObject([
      { type: 'request-failed', request: 1, durationMs: 20, cause: 'timeout' },
      { type: 'request-aborted', request: 2, durationMs: 5 },
    ])
  })

  it('report how batches shrink', async () => {
    const { call, clock, events } = setUp(
      {},
      async (calls) => failAll(calls, fail('batch-too-large')),
      async (calls) => failAll(calls, fail('batch-unsupported')),
    )
    await clock.run(Promise.all(['a', 'b', 'c', 'd'].map((name) => call(name))))
    expect(events.filter(({ type }) => type === 'batch-limited')).toEqual([
      { type: 'batch-limited', endpoint, maxBatchCalls: 2 },
      { type: 'batch-limited', endpoint, maxBatchCalls: 1 },
    ])
  })
})

describe('a client', () => {
  it('reports once that a method is refused, until its listener leaves', async () => {
    const request = async ({ method }: { readonly method: string }): Promise<unknown> => {
      if (method === 'eth_chainId') return '0x1'
      throw Object.assign(new Error(`the method ${method} does not exist`), { code: -32601 })
    }
    const client = new RpcClientAdapter({ request })
    const events: RpcEvent[] = []
    const leave = client.listen((event) => void events.push(event))
    const block = { blockNumber: 1n }
    for (let time = 0; time < 2; time++) {
      await client.getProof(`0x${'11'.repeat(20)}`, [], block).catch(() => {})
    }
    const refusals = events.filter(({ type }) => type === 'method-refused')
    expect(refusals).toEqual([
      { type: 'method-refused', endpoint: 'the EIP-1193 provider', method: 'eth_getProof' },
    ])
    leave()
    const before = events.length
    await client.getChainId()
    expect(events).toHaveLength(before)
  })

  it('is not disturbed by a listener that throws', async () => {
    const client = new RpcClientAdapter({ request: async () => '0x1' })
    client.listen(() => {
      throw new Error('of the listener')
    })
    expect(await client.getChainId()).toBe(1n)
    expect(await client.getChainId()).toBe(1n)
  })
})
