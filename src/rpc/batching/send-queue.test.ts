import { describe, expect, it } from 'vitest'
import { turnOfEvents, VirtualClock } from '../../../test/faults/virtual-clock.ts'
import type { RpcPriority } from '../rpc-client.ts'
import { createCall } from '../transport.ts'
import { BatchSizes } from './batch-sizes.ts'
import { PendingCall } from './call-group.ts'
import { RateLimit } from './rate-limit.ts'
import { SendQueue } from './send-queue.ts'

interface Settings {
  readonly maxConcurrentSends?: number
  readonly maxBatchCalls?: number
  readonly requestsPerSecond?: number
  readonly computeUnitsPerSecond?: number
}

/** A queue whose sends run until they are ended by hand. */
function setUp(settings: Settings = {}) {
  const { maxConcurrentSends = 2, maxBatchCalls = 3 } = settings
  const { requestsPerSecond, computeUnitsPerSecond } = settings
  const clock = new VirtualClock()
  const sends: string[] = []
  const ends: (() => void)[] = []
  const limits = { requestsPerSecond, computeUnitsPerSecond, computeUnits: {} }
  const queue = new SendQueue({
    maxConcurrentSends,
    sizes: new BatchSizes({ maxBatchCalls, maxBatchBytes: 1e6 }),
    rateLimit: new RateLimit(limits, clock),
    clock,
    start: (calls) => {
      sends.push(calls.map(({ call }) => call.method).join(' '))
      return new Promise((resolve) => ends.push(resolve))
    },
  })
  const callsOf = (text: string, priority: RpcPriority = 'urgent') =>
    text.split(' ').map((name) => new PendingCall(createCall(name, []), priority, () => {}))
  const end = async () => {
    ends.shift()?.()
    await turnOfEvents()
  }
  return { queue, sends, end, callsOf, clock }
}

describe('SendQueue', () => {
  it('starts as many sends as may run, and gathers the rest until there is room', async () => {
    const { queue, sends, end, callsOf } = setUp()
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) queue.add(callsOf(name))
    expect(sends).toEqual(['a', 'b'])
    await end()
    expect(sends).toEqual(['a', 'b', 'c d e'])
    await end()
    await end()
    expect(sends).toEqual(['a', 'b', 'c d e', 'f'])
  })

  it('sends urgent calls first, apart from prefetch, which leaves them a place', async () => {
    const { queue, sends, end, callsOf } = setUp()
    queue.add(callsOf('p1 p2 p3 p4', 'prefetch'))
    expect(sends).toEqual(['p1 p2 p3'])
    queue.add(callsOf('u1'))
    expect(sends).toEqual(['p1 p2 p3', 'u1'])
    queue.add(callsOf('u2'))
    await end()
    expect(sends.at(-1)).toBe('u2')
    await end()
    expect(sends.at(-1)).toBe('p4')
  })

  it('lets prefetch through after some urgent sends, also with one place', async () => {
    const { queue, sends, end, callsOf } = setUp({ maxConcurrentSends: 1 })
    queue.add(callsOf('u'))
    queue.add(callsOf('p', 'prefetch'))
    for (let send = 0; send < 20; send++) {
      queue.add(callsOf('u'))
      await end()
    }
    expect(sends.indexOf('p')).toBeGreaterThan(2)
    expect(sends.indexOf('p')).toBeLessThan(12)
  })

  it('skips calls that have settled', async () => {
    const { queue, sends, end, callsOf } = setUp({ maxConcurrentSends: 1 })
    queue.add(callsOf('a'))
    const calls = callsOf('b c d e')
    queue.add(calls)
    for (const call of calls.slice(0, 3)) call.resolve(0)
    await end()
    expect(sends).toEqual(['a', 'e'])
    await end()
    expect(sends).toHaveLength(2)
  })

  it('sends what was sent before ahead of what waits, and split batches in no company', async () => {
    const { queue, sends, end, callsOf } = setUp({ maxConcurrentSends: 1 })
    queue.add(callsOf('a'))
    queue.add(callsOf('b'))
    queue.addFirst(callsOf('r1 r2'))
    queue.addSplit(callsOf('s1 s2 s3'), 2)
    for (let send = 0; send < 4; send++) await end()
    expect(sends).toEqual(['a', 's1 s2', 's3', 'r1 r2 b'])
  })

  it('starts nothing while it is paused', async () => {
    const { queue, sends, callsOf } = setUp()
    const resume = [queue.pause(), queue.pause()]
    queue.add(callsOf('a'))
    resume[0]?.()
    expect(sends).toEqual([])
    resume[1]?.()
    expect(sends).toEqual(['a'])
  })

  it('waits for its rate, and what comes meanwhile goes along, urgent first', async () => {
    const { queue, sends, clock, callsOf } = setUp({ maxConcurrentSends: 9, requestsPerSecond: 1 })
    queue.add(callsOf('a'))
    queue.add(callsOf('p', 'prefetch'))
    queue.add(callsOf('b'))
    await clock.pass(999)
    queue.add(callsOf('c'))
    expect(sends).toEqual(['a'])
    await clock.pass(1)
    expect(sends).toEqual(['a', 'b c'])
    await clock.pass(1_000)
    expect(sends).toEqual(['a', 'b c', 'p'])
    expect(clock.timers).toBe(0)
  })

  it('makes sends no larger than what a second pays for', async () => {
    const settings = { maxConcurrentSends: 9, maxBatchCalls: 9, computeUnitsPerSecond: 2 }
    const { queue, sends, clock, callsOf } = setUp(settings)
    queue.add(callsOf('a b c d e'))
    expect(sends).toEqual(['a b'])
    await clock.pass(2_000)
    expect(sends).toEqual(['a b', 'c d', 'e'])
  })

  it('forgets everything when it is closed', async () => {
    const { queue, sends, clock, end, callsOf } = setUp({ requestsPerSecond: 1 })
    queue.add(callsOf('a b c d'))
    queue.close()
    await clock.pass(10_000)
    await end()
    expect(sends).toEqual(['a b c'])
  })
})
