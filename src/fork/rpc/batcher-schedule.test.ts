import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/faults/virtual-clock.ts'
import { Batcher } from './batcher.ts'
import type { RpcClientOptions } from './options.ts'
import { resolveRpcOptions } from './options.ts'
import type { RpcCall, RpcFailure, RpcOutcome, RpcTransport } from './transport.ts'
import { createCall, failAll } from './transport.ts'

type Send = (calls: readonly RpcCall[]) => Promise<readonly RpcOutcome[]>

const rateLimited: RpcFailure = { origin: 'answer', kind: 'rate-limit', message: 'slow down' }
const hang: Send = () => new Promise(() => {})

/** A batcher in virtual time over a node that takes 50 ms, with the time of each send. */
function setUp(options: RpcClientOptions = {}, ...steps: Send[]) {
  const clock = new VirtualClock()
  const sends: { readonly atMs: number; readonly names: string }[] = []
  const transport: RpcTransport = {
    endpoint: 'http://node.example',
    limits: { maxBatchCalls: 64, maxBatchBytes: 1e6, maxConcurrentSends: 4 },
    httpRequests: 0,
    traffic: { sent: 11, received: 22 },
    async send(calls) {
      sends.push({ atMs: clock.now(), names: calls.map(({ method }) => method).join(' ') })
      const step = steps.shift()
      if (step !== undefined) return step(calls)
      await clock.sleep(50)
      return calls.map(() => ({ result: 'yes' }))
    },
  }
  const settings = { clock, random: () => 0.5, ...options }
  const batcher = new Batcher(transport, resolveRpcOptions(settings))
  const call = (name: string, priority?: 'prefetch') =>
    batcher.call(createCall(name, []), { priority })
  const many = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => call(`m${index}`)))
  return { batcher, call, many, clock, sends }
}

describe('a window', () => {
  it('gathers calls of several turns', async () => {
    const { call, clock, sends } = setUp({ windowMs: 5 })
    const calls = [call('a')]
    await clock.pass(3)
    calls.push(call('b'))
    await clock.pass(1)
    calls.push(call('c'))
    await clock.run(Promise.all(calls))
    expect(sends).toEqual([{ atMs: 5, names: 'a b c' }])
    await clock.run(call('d'))
    expect(sends.at(-1)).toEqual({ atMs: 60, names: 'd' })
  })

  it('ends early when a batch is full', async () => {
    const { many, clock, sends } = setUp({ windowMs: 1_000 })
    await clock.run(many(64))
    expect(sends.map(({ atMs }) => atMs)).toEqual([0])
    expect(clock.timers).toBe(0)
  })

  it('leaves no timer when the client is closed', async () => {
    const { call, batcher, clock } = setUp({ windowMs: 5 })
    call('a').catch(() => {})
    batcher.close()
    expect(clock.timers).toBe(0)
  })
})

describe('priorities', () => {
  it('send a read before guesses of the same turn', async () => {
    const { call, clock, sends } = setUp()
    const calls = [call('guess', 'prefetch'), call('read'), call('another', 'prefetch')]
    await clock.run(Promise.all(calls))
    expect(sends.map(({ names }) => names)).toEqual(['read', 'guess another'])
  })
})

describe('slow nodes', () => {
  it('get smaller batches after a timeout, and larger ones again by and by', async () => {
    const { many, clock, batcher, sends } = setUp({ timeoutMs: 1_000 }, hang)
    expect(await clock.run(many(40))).toHaveLength(40)
    expect(sends.map(({ names }) => names.split(' ').length)).toEqual([40, 20, 20])
    expect(batcher.metrics()).toMatchObject({ maxBatchCalls: 20, retries: 40 })
    expect(batcher.metrics().retriesByCause).toMatchObject({ timeout: 40, network: 0 })
    for (let round = 0; round < 40; round++) await clock.run(many(64))
    expect(batcher.metrics().maxBatchCalls).toBe(64)
  })

  it('keep the size of small batches, which are not to blame', async () => {
    const { many, clock, batcher } = setUp({ timeoutMs: 1_000 }, hang)
    await clock.run(many(3))
    expect(batcher.metrics().maxBatchCalls).toBe(64)
  })
})

describe('rate limits of the node', () => {
  it('hold up everything else, which then leaves together', async () => {
    const limit: Send = async (all) => failAll(all, { ...rateLimited, retryAfterMs: 2_000 })
    const { call, clock, sends } = setUp({}, limit)
    const calls = [call('a')]
    await clock.pass(500)
    calls.push(call('b'))
    await clock.pass(500)
    calls.push(call('c'))
    await clock.run(Promise.all(calls))
    expect(sends).toEqual([
      { atMs: 0, names: 'a' },
      { atMs: 2_000, names: 'a b c' },
    ])
  })

  it('of single items hold up only those', async () => {
    const limit: Send = async (all) =>
      all.map((_, at) => (at === 0 ? { failure: rateLimited } : { result: 'yes' }))
    const { call, many, clock, sends } = setUp({ backoffMs: 1_000 }, limit)
    const calls = many(2)
    await clock.pass(100)
    await clock.run(call('x'))
    await clock.run(calls)
    expect(sends.map(({ names }) => names)).toEqual(['m0 m1', 'x', 'm0'])
  })
})

describe('the total time', () => {
  it('does not count the wait for a place', async () => {
    const fail: Send = async (calls) => failAll(calls, { ...rateLimited, kind: 'retryable' })
    const options = { requestsPerSecond: 0.01, totalTimeoutMs: 5_000, retries: 1 }
    const { call, clock, sends } = setUp({ ...options, backoffMs: 10 })
    await clock.run(call('first'))
    const late = setUp({ ...options, backoffMs: 10 }, fail)
    await late.clock.run(late.call('a'))
    expect(sends).toHaveLength(1)
    expect(late.sends.map(({ names }) => names)).toEqual(['a', 'a'])
  })
})

describe('calls that wait', () => {
  it('are limited in number', async () => {
    const { many, call, clock, batcher } = setUp({ maxWaitingCalls: 3 })
    const three = many(3)
    await expect(call('one more')).rejects.toMatchObject({
      code: 'RPC_FAILED',
      kind: 'fatal',
      hint: expect.stringContaining('maxWaitingCalls'),
    })
    expect(await clock.run(three)).toHaveLength(3)
    expect(await clock.run(call('later'))).toBe('yes')
    expect(batcher.metrics().errors).toBe(1)
  })
})

describe('metrics', () => {
  it('tell latency, bytes and what retries were for', async () => {
    const down: RpcFailure = { origin: 'network', kind: 'retryable', message: 'down' }
    const { many, clock, batcher } = setUp(
      {},
      async (calls) => failAll(calls, down),
      async (calls) => failAll(calls, rateLimited),
    )
    await clock.run(many(2))
    const { latency, ...counts } = batcher.metrics()
    expect(counts).toEqual({
      httpRequests: 0,
      rpcCalls: 6,
      retries: 4,
      errors: 0,
      inFlight: 0,
      bytesSent: 11,
      bytesReceived: 22,
      retriesByCause: { 'rate-limit': 2, timeout: 0, network: 2, server: 0, malformed: 0 },
      batchSplits: 0,
      batchRefusals: 0,
      maxBatchCalls: 64,
    })
    expect(latency).toMatchObject({ count: 3, sumMs: 50 })
    expect(latency.counts[latency.boundsMs.indexOf(1)]).toBe(2)
    expect(latency.counts[latency.boundsMs.indexOf(50)]).toBe(1)
    expect(latency.counts).toHaveLength(latency.boundsMs.length + 1)
  })
})
