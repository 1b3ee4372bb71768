import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../clock.ts'
import { isRetryable, nextDelayMs, parseRetryAfter, sleepBy } from './retry.ts'

const policy = { retries: 5, backoffMs: 100, maxBackoffMs: 5_000, totalTimeoutMs: 60_000 }
const first = {
  retriesDone: 0,
  elapsedMs: 0,
  retryAfterMs: undefined,
  budgetMs: 0,
  jitter: 0.5,
}

describe('nextDelayMs', () => {
  it('doubles the ceiling up to its maximum, with full jitter', () => {
    const delays = [0, 1, 2, 3, 4].map((retriesDone) =>
      nextDelayMs({ ...policy, maxBackoffMs: 700 }, { ...first, retriesDone }),
    )
    expect(delays).toEqual([50, 100, 200, 350, 350])
    expect(nextDelayMs(policy, { ...first, jitter: 0 })).toBe(0)
  })

  it('gives up after the last retry', () => {
    expect(nextDelayMs(policy, { ...first, retriesDone: 5 })).toBeUndefined()
    expect(nextDelayMs({ ...policy, retries: 0 }, first)).toBeUndefined()
  })

  it('gives up when the wait would end after the total time', () => {
    expect(nextDelayMs(policy, { ...first, elapsedMs: 59_950 })).toBe(50)
    expect(nextDelayMs(policy, { ...first, elapsedMs: 59_951 })).toBeUndefined()
    expect(nextDelayMs(policy, { ...first, retryAfterMs: 60_001 })).toBeUndefined()
  })

  it('never waits less than the node asked', () => {
    expect(nextDelayMs(policy, { ...first, retryAfterMs: 9_000 })).toBe(9_000)
    expect(nextDelayMs(policy, { ...first, retryAfterMs: 10 })).toBe(50)
  })

  it('waits for the retries of others, as long as the total time lets it', () => {
    expect(nextDelayMs(policy, { ...first, budgetMs: 9_000 })).toBe(9_000)
    expect(nextDelayMs(policy, { ...first, budgetMs: 10, retryAfterMs: 70 })).toBe(70)
    expect(nextDelayMs(policy, { ...first, budgetMs: 60_001 })).toBeUndefined()
  })

  it('stays within its bounds for any number of retries', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (done, jitter) => {
        const attempt = { ...first, retriesDone: done, jitter }
        const delayMs = nextDelayMs({ ...policy, retries: 5_000 }, attempt)
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThanOrEqual(policy.maxBackoffMs)
      }),
    )
  })
})

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')

  it.each([
    ['3', 3_000],
    [' 0.5 ', 500],
    ['Thu, 01 Jan 2026 00:00:07 GMT', 7_000],
    ['Wed, 31 Dec 2025 00:00:07 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('%s', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected)
  })
})

describe('sleep', () => {
  it('ends early when the signal fires, before or during it', async () => {
    const controller = new AbortController()
    const waits: number[] = []
    let stopped = 0
    /** A clock that stands still: only the signal can end a sleep. */
    const clock: Clock = {
      now: () => 0,
      after(ms) {
        waits.push(ms)
        return () => stopped++
      },
    }
    const sleep = sleepBy(clock)
    const asleep = sleep(60_000, controller.signal)
    expect(waits).toEqual([60_000])
    controller.abort()
    await asleep
    await sleep(60_000, controller.signal)
    expect(waits).toEqual([60_000])
    expect(stopped).toBe(1)
  })

  it('ends when its time is over', async () => {
    const callbacks: (() => void)[] = []
    const after: Clock['after'] = (_, callback) => {
      callbacks.push(callback)
      return () => {}
    }
    const asleep = sleepBy({ now: () => 0, after })(5, new AbortController().signal)
    for (const callback of callbacks) callback()
    await asleep
  })
})

describe('isRetryable', () => {
  it('holds for failures that may pass, and for no other', () => {
    expect(isRetryable('rate-limit')).toBe(true)
    expect(isRetryable('retryable')).toBe(true)
    for (const kind of ['fatal', 'unknown-block', 'missing-state', 'batch-too-large'] as const) {
      expect(isRetryable(kind)).toBe(false)
    }
  })
})
