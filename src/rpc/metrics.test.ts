import { describe, expect, it } from 'vitest'
import type { RetryCause } from './metrics.ts'
import { causeOf, LatencyCounter, NO_RETRIES, RetryCounter, sumMetrics } from './metrics.ts'
import type { RpcFailure } from './transport.ts'

const plain = { httpRequests: 1, rpcCalls: 2, retries: 3, errors: 4, inFlight: 5 }

describe('LatencyCounter', () => {
  it('puts each duration into the first bucket that holds it', () => {
    const counter = new LatencyCounter()
    for (const ms of [0, 1, 1.5, 10_000, 10_001]) counter.add(ms)
    const { boundsMs, counts, count, sumMs } = counter.snapshot()
    expect([counts[0], counts[1], counts.at(-2), counts.at(-1)]).toEqual([2, 1, 1, 1])
    expect(counts).toHaveLength(boundsMs.length + 1)
    expect([count, sumMs]).toEqual([5, 20_003.5])
  })

  it('gives snapshots that stay', () => {
    const counter = new LatencyCounter()
    const before = counter.snapshot()
    counter.add(1)
    expect(before.counts[0]).toBe(0)
  })
})

describe('causeOf', () => {
  const limit = { origin: 'answer', kind: 'rate-limit' } as const
  const passing = { origin: 'answer', kind: 'retryable' } as const
  it.each<[RetryCause, Pick<RpcFailure, 'origin' | 'kind' | 'httpStatus' | 'place'>]>([
    ['rate-limit-status', { ...limit, httpStatus: 429 }],
    ['rate-limit-status', { ...limit, httpStatus: 429, place: 'item' }],
    ['rate-limit-body', { ...limit, place: 'body' }],
    ['rate-limit-body', limit],
    ['rate-limit-item', { ...limit, place: 'item' }],
    ['server-status', { ...passing, httpStatus: 503 }],
    ['server-error', { ...passing, place: 'item' }],
    ['timeout', { origin: 'timeout', kind: 'retryable' }],
    ['network', { origin: 'network', kind: 'retryable' }],
    ['malformed', { origin: 'malformed', kind: 'retryable', httpStatus: 200 }],
    ['malformed', { origin: 'missing', kind: 'retryable' }],
  ])('is %s for %j', (cause, failure) => {
    expect(causeOf(failure)).toBe(cause)
    const counter = new RetryCounter()
    counter.add(failure)
    expect(counter.snapshot()).toEqual({ ...NO_RETRIES, [cause]: 1 })
  })
})

describe('sumMetrics', () => {
  it('adds up clients that count everything and those that do not', () => {
    const latency = new LatencyCounter()
    latency.add(3)
    const retries = new RetryCounter()
    retries.add({ origin: 'answer', kind: 'rate-limit' })
    retries.add({ origin: 'missing', kind: 'retryable' })
    const full = {
      ...plain,
      bytesSent: 10,
      bytesReceived: 20,
      latency: latency.snapshot(),
      retriesByCause: retries.snapshot(),
    }
    expect(sumMetrics([plain, full, full])).toEqual({
      httpRequests: 3,
      rpcCalls: 6,
      retries: 9,
      errors: 12,
      inFlight: 15,
      bytesSent: 20,
      bytesReceived: 40,
      retriesByCause: { ...NO_RETRIES, 'rate-limit-body': 2, malformed: 2 },
      latency: expect.objectContaining({ count: 2, sumMs: 6 }),
    })
    expect(sumMetrics([]).latency.counts.every((count) => count === 0)).toBe(true)
  })
})
