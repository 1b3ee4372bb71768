import { beforeEach, describe, expect, it } from 'vitest'
import { newCounters, type StoreCounters } from './counters.ts'
import { type StoreEvent, StoreHealth } from './store-health.ts'

const RETRY_MS = 100
const MAX_RETRY_MS = 400

describe('the health of a store', () => {
  let nowMs: number
  let events: StoreEvent[]
  let counters: StoreCounters
  let health: StoreHealth

  beforeEach(() => {
    nowMs = 0
    events = []
    counters = newCounters()
    const terms = { readTimeoutMs: 5, writeTimeoutMs: 10, retryMs: RETRY_MS }
    health = new StoreHealth({
      terms: { ...terms, maxRetryMs: MAX_RETRY_MS },
      counters,
      onEvent: (event) => events.push(event),
      now: () => nowMs,
    })
  })

  const works = async (): Promise<string> => 'value'
  const fails = async (): Promise<string> => {
    throw new Error('no space left')
  }
  const types = (): readonly string[] => events.map(({ type }) => type)

  it('gives what an operation gives', async () => {
    expect(await health.run('read', works)).toEqual({ value: 'value' })
    expect(events).toEqual([])
  })

  it('leaves the store alone after a failure, longer each time, and tries it again', async () => {
    let tries = 0
    const failing = (): Promise<string> => {
      tries++
      return fails()
    }
    const pauses: number[] = []
    for (let round = 0; round < 5; round++) {
      expect(await health.run('write', failing)).toBeUndefined()
      const start = nowMs
      while (health.isDown('write')) nowMs++
      pauses.push(nowMs - start)
    }
    expect(tries).toBe(5)
    expect(pauses).toEqual([100, 200, 400, 400, 400])
    expect(await health.run('write', works)).toEqual({ value: 'value' })
    expect(types()).toEqual(['store-degraded', 'store-recovered'])
    expect(counters.storeFailures).toBe(5)
  })

  it('does not ask a store that is out of use', async () => {
    await health.run('read', fails)
    let asked = false
    const operation = async (): Promise<void> => {
      asked = true
    }
    expect(await health.run('read', operation)).toBeUndefined()
    expect(asked).toBe(false)
  })

  it('lets one operation try first', async () => {
    await health.run('read', fails)
    nowMs += RETRY_MS
    const [first, second] = await Promise.all([
      health.run('read', works),
      health.run('read', works),
    ])
    expect([first, second]).toEqual([{ value: 'value' }, undefined])
  })

  it('warns once, with the first cause, and is back when everything works again', async () => {
    await health.run('write', fails)
    await health.run('claim', fails)
    await health.run('read', fails)
    expect(counters.storeDegraded).toBe(1)
    nowMs += RETRY_MS
    await health.run('read', works)
    await health.run('claim', works)
    expect(types()).toEqual(['store-degraded'])
    await health.run('write', works)
    expect(types()).toEqual(['store-degraded', 'store-recovered'])
    expect(counters.storeDegraded).toBe(0)
    expect(events[0]).toMatchObject({
      access: 'write',
      error: { code: 'STORE_UNAVAILABLE', details: 'no space left' },
    })
  })

  it('reads go on while writes fail', async () => {
    await health.run('write', fails)
    expect(await health.run('read', works)).toEqual({ value: 'value' })
  })

  it('gives up on an operation that does not end, whatever comes of it later', async () => {
    let end: (error: Error) => void = () => {}
    const hangs = (): Promise<never> =>
      new Promise((_, reject) => {
        end = reject
      })
    expect(await health.run('read', hangs)).toBeUndefined()
    end(new Error('late'))
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(counters.storeFailures).toBe(1)
  })

  it('takes an operation that throws for one that fails', async () => {
    const throws = (): Promise<string> => {
      throw new Error('at once')
    }
    expect(await health.run('read', throws)).toBeUndefined()
  })
})
