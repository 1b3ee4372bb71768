import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/faults/virtual-clock.ts'
import { RateLimit } from './rate-limit.ts'

function setUp(options: Partial<ConstructorParameters<typeof RateLimit>[0]>) {
  const clock = new VirtualClock()
  const none = { requestsPerSecond: undefined, computeUnitsPerSecond: undefined, computeUnits: {} }
  return { clock, limit: new RateLimit({ ...none, ...options }, clock) }
}

describe('RateLimit', () => {
  it('without options lets everything pass at once', () => {
    const { limit } = setUp({})
    for (let send = 0; send < 1_000; send++) {
      expect(limit.waitMs(1e6)).toBe(0)
      limit.take(1e6)
    }
    expect(limit.maxUnits).toBe(Number.POSITIVE_INFINITY)
  })

  it('lets a second of requests go at once, then one by one', async () => {
    const { limit, clock } = setUp({ requestsPerSecond: 4 })
    for (let send = 0; send < 4; send++) {
      expect(limit.waitMs(1)).toBe(0)
      limit.take(1)
    }
    expect(limit.waitMs(1)).toBe(250)
    await clock.pass(250)
    expect(limit.waitMs(1)).toBe(0)
    await clock.pass(60_000)
    for (let send = 0; send < 4; send++) limit.take(1)
    expect(limit.waitMs(1)).toBe(250)
  })

  it('takes less than one request a second', async () => {
    const { limit, clock } = setUp({ requestsPerSecond: 0.5 })
    limit.take(1)
    expect(limit.waitMs(1)).toBe(2_000)
    await clock.pass(1_999)
    expect(limit.waitMs(1)).toBe(1)
  })

  it('counts compute units by method', async () => {
    const { limit, clock } = setUp({
      computeUnitsPerSecond: 100,
      computeUnits: { eth_getProof: 21, '*': 10 },
    })
    expect([limit.unitsOf('eth_getProof'), limit.unitsOf('eth_call')]).toEqual([21, 10])
    expect(limit.maxUnits).toBe(100)
    limit.take(84)
    expect(limit.waitMs(16)).toBe(0)
    expect(limit.waitMs(21)).toBe(50)
    await clock.pass(50)
    expect(limit.waitMs(21)).toBe(0)
  })

  it('lets a call that costs more than a second brings go, and pays for it after', async () => {
    const { limit, clock } = setUp({ computeUnitsPerSecond: 10 })
    expect(limit.waitMs(35)).toBe(0)
    limit.take(35)
    expect(limit.waitMs(1)).toBe(2_600)
    await clock.pass(2_600)
    expect(limit.waitMs(1)).toBe(0)
  })
})
