import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/faults/virtual-clock.ts'
import { NO_RETRIES } from '../metrics.ts'
import type { RpcClientOptions } from '../options.ts'
import { resolveRpcOptions } from '../options.ts'
import type {
  RpcCall,
  RpcFailure,
  RpcOutcome,
  RpcTransport,
  TransportLimits,
} from '../transport.ts'
import { createCall, failAll } from '../transport.ts'
import { Batcher } from './batcher.ts'

type Send = (calls: readonly RpcCall[]) => Promise<readonly RpcOutcome[]>

const rateLimited: RpcFailure = { origin: 'answer', kind: 'rate-limit', message: 'slow down' }
const hang: Send = () => new Promise(() => {})

const WIDE: TransportLimits = { maxBatchCalls: 64, maxBatchBytes: 1e6, maxConcurrentSends: 4 }

/** A batcher in virtual time over a node that takes 50 ms, with the time of each send. */
function setUp(options: RpcClientOptions = {}, ...given: (Send | TransportLimits)[]) {
  const clock = new VirtualClock()
  const steps = given.filter((one) => typeof one === 'function')
  const limits = given.find((one) => typeof one === 'object') ?? WIDE
  const sends: { readonly atMs: number; readonly names: string }[] = []
  const transport: RpcTransport = {
    endpoint: 'http://node.example',
    limits,
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

describe('a prefetch that becomes urgent', () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  /** One send of one call at a time. */
  const narrow = { maxBatchCalls: 1, maxBatchBytes: 1e6, maxConcurrentSends: 1 }

  function startPrefetch() {
    const world = setUp({}, narrow)
    const controllers = new Map(many.map((name) => [name, new AbortController()]))
    const calls = many.map((name) =>
      world.batcher.call(createCall(name, []), {
        priority: 'prefetch',
        urgent: controllers.get(name)?.signal,
      }),
    )
    return { ...world, controllers, all: Promise.all(calls) }
  }

  it('leaves the others behind, also if it was made in the same turn', async () => {
    const { clock, controllers, sends, all } = startPrefetch()
    controllers.get('h')?.abort()
    await clock.pass(60)
    controllers.get('f')?.abort()
    await clock.run(all)
    expect(sends.map(({ names }) => names).join('')).toBe('hafbcdeg')
  })

  it('changes nothing once it is sent or answered, and leaves no listener', async () => {
    const { clock, controllers, sends, all } = startPrefetch()
    await clock.pass(10)
    controllers.get('a')?.abort()
    await clock.run(all)
    for (const controller of controllers.values()) {
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
      controller.abort()
    }
    expect(sends.map(({ names }) => names).join('')).toBe(many.join(''))
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

describe('retries of all calls together', () => {
  const down: RpcFailure = { origin: 'network', kind: 'retryable', message: 'down' }
  const fail: Send = async (calls) => failAll(calls, down)

  it('are so many sends a second, and the others wait', async () => {
    const seen = new Set<string>()
    const failOnce: Send = async (sent) => {
      const name = sent.map(({ method }) => method).join()
      if (seen.has(name)) return sent.map(() => ({ result: 'yes' }))
      seen.add(name)
      return fail(sent)
    }
    const options = { retriesPerSecond: 2, backoffMs: 0, retries: 1 }
    const { call, clock, sends } = setUp(options, ...Array.from({ length: 12 }, () => failOnce))
    const calls: Promise<unknown>[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      calls.push(call(name))
      await clock.pass(0)
    }
    await clock.run(Promise.all(calls))
    expect(sends).toHaveLength(12)
    const late = sends.filter(({ atMs }) => atMs > 0)
    expect(late.map(({ atMs }) => atMs)).toEqual([500, 1_000, 1_500, 2_000])
  })

  it('end at the deadline of each call', async () => {
    const options = { retriesPerSecond: 1, backoffMs: 0, retries: 9, totalTimeoutMs: 1_500 }
    const { call, clock, batcher } = setUp(options, ...Array.from({ length: 99 }, () => fail))
    const outcomes = await clock.run(Promise.allSettled([call('a')]))
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { code: 'RPC_FAILED' } })
    expect(batcher.metrics().retries).toBe(2)
    expect(clock.now()).toBeLessThanOrEqual(1_500)
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
  it('have latency, bytes and the causes of retries', async () => {
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
      retriesByCause: { ...NO_RETRIES, 'rate-limit-body': 2, network: 2 },
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
