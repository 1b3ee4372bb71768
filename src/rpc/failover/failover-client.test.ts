import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import {
  type FakeEndpoint,
  HASH,
  headerOf,
  raise,
  setUp,
} from '../../../test/faults/fake-endpoint.ts'
import { InvalidInputError } from '../../diagnostics/errors.ts'
import { NO_RETRIES } from '../metrics.ts'
import type { EndpointsError } from './errors.ts'
import { FailoverRpcClient } from './failover-client.ts'

const ADDRESS = `0x${'11'.repeat(20)}` as const
const BY_HASH = { blockHash: HASH }
const BY_NUMBER = { blockNumber: 7n }

describe('failover', () => {
  it('asks the first endpoint, with one look at its chain id', async () => {
    const { client, endpoints, run } = setUp(['a', 'b'])
    const reads = [client.getCode(ADDRESS, BY_HASH), client.getProof(ADDRESS, [], BY_HASH)]
    await run(Promise.all(reads))
    await run(client.getCode(ADDRESS, BY_HASH))
    expect(endpoints[0]?.asked).toEqual(['getCode', 'getChainId', 'getProof', 'getCode'])
    expect(endpoints[1]?.asked).toEqual([])
  })

  it('asks the next one at once when one fails, and leaves that alone for a while', async () => {
    const { client, endpoints, run, clock } = setUp(['a', 'b'])
    endpoints[0]?.on('getCode', raise('retryable'))
    expect(await run(client.getCode(ADDRESS, BY_HASH))).toBe('0x6001')
    expect(clock.now()).toBe(20)
    await run(client.getCode(ADDRESS, BY_HASH))
    expect(endpoints[0]?.asked).toEqual(['getCode', 'getChainId'])
    expect(client.metrics().endpoints.map(({ condition }) => condition)).toEqual([
      'backoff',
      'ready',
    ])
    await clock.pass(1_000)
    endpoints[0]?.on('getCode', undefined)
    await run(client.getCode(ADDRESS, BY_HASH))
    expect(endpoints[0]?.asked).toEqual(['getCode', 'getChainId', 'getCode'])
  })

  it('asks all again after a wait, together', async () => {
    const { client, endpoints, run, clock } = setUp(['a', 'b'], { backoffMs: 1_000 })
    for (const endpoint of endpoints) {
      endpoint.on('getCode', () => (clock.now() < 300 ? raise('retryable')() : '0x01'))
    }
    const reads = Array.from({ length: 5 }, () => client.getCode(ADDRESS, BY_HASH))
    expect(await run(Promise.all(reads))).toEqual(Array(5).fill('0x01'))
    expect(clock.now()).toBe(530)
    expect(client.metrics()).toMatchObject({ rounds: 5, errors: 0, inFlight: 0 })
  })

  it('counts what was asked again, elsewhere or later, by cause', async () => {
    const { client, endpoints, run, clock } = setUp(['a', 'b', 'c'], { retries: 1 })
    endpoints[0]?.on('getCode', raise('retryable'))
    endpoints[1]?.on('getCode', raise('rate-limit', { httpStatus: 429 }))
    await run(client.getCode(ADDRESS, BY_HASH))
    const { retries, retriesByCause } = client.metrics()
    expect([retries, retriesByCause]).toEqual([
      2,
      { ...NO_RETRIES, network: 1, 'rate-limit-status': 1 },
    ])
    endpoints[2]?.on('getCode', raise('missing-state'))
    await clock.pass(100_000)
    await run(client.getCode(ADDRESS, BY_HASH).catch(() => {}))
    expect(client.metrics()).toMatchObject({ rounds: 1 })
    expect(client.metrics().retries).toBeGreaterThan(4)
  })

  it('says how each one failed when none answers', async () => {
    const { client, endpoints, run } = setUp(['a', 'b'], { retries: 1 })
    endpoints[0]?.on('getCode', raise('retryable'))
    endpoints[1]?.on('getCode', raise('rate-limit'))
    const error = await run(client.getCode(ADDRESS, BY_HASH)).catch((reason) => reason)
    expect(error).toMatchObject({
      code: 'RPC_FAILED',
      kind: 'rate-limit',
      method: 'eth_getCode',
      address: ADDRESS,
      block: HASH,
      details: expect.stringMatching(/b: .*rate-limit.*; a: .*retryable|a: .*retryable.*; b: .*/),
    })
    expect((error as EndpointsError).answers).toHaveLength(2)
    expect(client.metrics()).toMatchObject({ errors: 1, rounds: 1 })
  })

  it('waits as long as all of them ask', async () => {
    const { client, endpoints, run, clock } = setUp(['a', 'b'])
    for (const [at, endpoint] of endpoints.entries()) {
      const limit = raise('rate-limit', { retryAfterMs: 9_000 + at })
      endpoint.on('getCode', () => (clock.now() < 9_000 ? limit() : '0x01'))
    }
    expect(await run(client.getCode(ADDRESS, BY_HASH))).toBe('0x01')
    expect(clock.now()).toBeGreaterThanOrEqual(9_000)
  })

  it('finds the state of an old block at the endpoint that has it, and remembers', async () => {
    const { client, endpoints, run } = setUp(['full', 'archive'])
    endpoints[0]?.on('getProof', raise('missing-state'))
    for (let time = 0; time < 3; time++) await run(client.getProof(ADDRESS, [], BY_HASH))
    expect(endpoints[0]?.asked).toEqual(['getProof', 'getChainId'])
    expect(endpoints[1]?.asked).toHaveLength(4)
    expect(client.metrics().endpoints[0]).toMatchObject({ condition: 'ready', failures: 1 })
  })

  it('says what to do when no endpoint has the state', async () => {
    const { client, endpoints, run } = setUp(['a', 'b'])
    for (const endpoint of endpoints) endpoint.on('getProof', raise('missing-state'))
    const reading = run(client.getProof(ADDRESS, [], BY_HASH))
    await expect(reading).rejects.toMatchObject({
      kind: 'missing-state',
      hint: expect.stringContaining('archive node'),
      block: HASH,
    })
  })

  it('sends reads by hash to the endpoints that take hashes', async () => {
    const { client, endpoints, run } = setUp(['old', 'new'])
    endpoints[0]?.on('getCode', raise('unsupported-block-ref'))
    await run(client.getCode(ADDRESS, BY_HASH))
    await run(client.getCode(ADDRESS, BY_HASH))
    expect(endpoints[0]?.asked).toEqual(['getCode', 'getChainId'])
    endpoints[0]?.on('getCode', undefined)
    await run(client.getCode(ADDRESS, BY_NUMBER))
    expect(endpoints[0]?.asked).toHaveLength(3)
  })

  it('takes an endpoint of another chain out for good', async () => {
    const { client, endpoints, run, clock } = setUp(['wrong', 'right'], { chainId: 1n })
    endpoints[0]?.on('getChainId', () => 5n)
    expect(await run(client.getChainId())).toBe(1n)
    await clock.pass(10_000_000)
    await run(client.getCode(ADDRESS, BY_HASH))
    expect(endpoints[0]?.asked).toEqual(['getChainId'])
    expect(client.metrics().endpoints[0]?.condition).toBe('wrong-chain')
  })

  it('holds the others to the chain of the first answer', async () => {
    const { client, endpoints, run } = setUp(['a', 'b'], { retries: 0 })
    endpoints[1]?.on('getChainId', () => 5n)
    expect(await run(client.getChainId())).toBe(1n)
    endpoints[0]?.on('getCode', raise('retryable'))
    const error = await run(client.getCode(ADDRESS, BY_HASH)).catch((reason) => reason)
    expect(error.details).toContain('another chain')
  })

  it('uses a second endpoint that is much faster than the first', async () => {
    const { client, endpoints, run } = setUp(['slow', 'fast'])
    endpoints[0]?.delay(400)
    await run(client.getCode(ADDRESS, BY_HASH))
    endpoints[0]?.on('getCode', raise('retryable'))
    await run(client.getCode(ADDRESS, BY_HASH))
    endpoints[0]?.on('getCode', undefined)
    const before = endpoints[0]?.asked.length
    for (let time = 0; time < 5; time++) await run(client.getCode(ADDRESS, BY_HASH))
    expect(endpoints[0]?.asked).toHaveLength(before as number)
  })
})

describe('hedging', () => {
  it('asks another endpoint when one is late, and aborts the loser', async () => {
    const { client, endpoints, run, clock } = setUp(['slow', 'quick'], { hedgeAfterMs: 100 })
    endpoints[0]?.delay(5_000)
    expect(await run(client.getCode(ADDRESS, BY_HASH))).toBe('0x6001')
    expect(clock.now()).toBe(110)
    expect(endpoints[0]?.aborted).toBe(1)
    expect(client.metrics()).toMatchObject({ hedges: 1 })
  })

  it('is not done when the answer comes in time', async () => {
    const { client, endpoints, run, clock } = setUp(['a', 'b'], { hedgeAfterMs: 100 })
    await run(client.getCode(ADDRESS, BY_HASH))
    await clock.pass(1_000)
    expect(endpoints[1]?.asked).toEqual([])
  })
})

describe('blocks', () => {
  it('that an endpoint does not have yet are asked for elsewhere', async () => {
    const { client, endpoints, run } = setUp(['behind', 'ahead'])
    endpoints[0]?.on('getBlock', () => null)
    expect(await run(client.getBlock(7n))).toEqual(headerOf(7n))
    endpoints[1]?.on('getBlock', () => null)
    expect(await run(client.getBlock(8n))).toBeNull()
    expect(client.metrics().endpoints.map(({ condition }) => condition)).toEqual(['ready', 'ready'])
  })

  it('read by number come only from endpoints that have the block known there', async () => {
    const { client, endpoints, run } = setUp(['a', 'b'])
    await run(client.getBlock(7n))
    endpoints[0]?.on('getBlock', () => headerOf(7n, 'ee'))
    endpoints[0]?.on('getCode', () => '0xbad0')
    expect(await run(client.getCode(ADDRESS, BY_NUMBER))).toBe('0x6001')
    expect(endpoints[1]?.asked.sort()).toEqual(['getBlock', 'getChainId', 'getCode'])
    expect(client.metrics().endpoints[0]?.condition).toBe('suspect')
  })

  it('may be named with the hash that is expected there', async () => {
    const { client, endpoints, run } = setUp(['other', 'right'])
    endpoints[0]?.on('getBlock', () => headerOf(7n, 'ee'))
    endpoints[0]?.on('getCode', () => '0xbad0')
    const block = { ...BY_NUMBER, expectedHash: headerOf(7n).hash }
    expect(await run(client.getCode(ADDRESS, block))).toBe('0x6001')
  })

  it('are asked for elsewhere when they have not the hash that is expected', async () => {
    const { client, endpoints, run } = setUp(['other', 'right'])
    endpoints[0]?.on('getBlock', () => headerOf(7n, 'ee'))
    const expectedHash = headerOf(7n).hash
    expect(await run(client.getBlock(7n, { expectedHash }))).toEqual(headerOf(7n))
    endpoints[1]?.on('getBlock', () => headerOf(7n, 'ee'))
    expect(await run(client.getBlock(7n, { expectedHash }))).toEqual(headerOf(7n, 'ee'))
  })

  it('that nobody can confirm are reported, but not held against later answers', async () => {
    const { client, endpoints, run, clock } = setUp(['main', 'other'], { retries: 0 })
    await run(client.getBlock(7n))
    endpoints[0]?.on('getBlock', raise('retryable'))
    endpoints[1]?.on('getBlock', () => headerOf(7n, 'ee'))
    endpoints[1]?.on('getCode', () => '0xbad0')
    expect(await run(client.getBlock(7n))).toEqual(headerOf(7n, 'ee'))
    const reading = run(client.getCode(ADDRESS, BY_NUMBER))
    await expect(reading).rejects.toMatchObject({ code: 'RPC_FAILED' })
    endpoints[0]?.on('getBlock', undefined)
    await clock.pass(1_000)
    expect(await run(client.getCode(ADDRESS, BY_NUMBER))).toBe('0x6001')
  })

  it('are looked at once for the answers of a turn, and again for the next', async () => {
    const { client, endpoints, run } = setUp(['a', 'b'])
    endpoints[0]?.delay(0)
    await run(client.getBlock(7n))
    const looks = () => endpoints[0]?.asked.filter((name) => name === 'getBlock').length
    await run(Promise.all(Array.from({ length: 9 }, () => client.getCode(ADDRESS, BY_NUMBER))))
    expect(looks()).toBe(2)
    await run(client.getCode(ADDRESS, BY_NUMBER))
    expect(looks()).toBe(3)
  })

  it('that one endpoint replaces are believed only if the others agree', async () => {
    const { client, endpoints, run } = setUp(['a', 'b', 'c'])
    await run(client.getBlock(7n))
    endpoints[0]?.on('getBlock', () => headerOf(7n, 'ee'))
    expect(await run(client.getBlock(7n))).toEqual(headerOf(7n))
    expect(client.metrics().endpoints[0]).toMatchObject({ condition: 'suspect', disagreements: 1 })
    for (const endpoint of endpoints) endpoint.on('getBlock', () => headerOf(7n, 'ee'))
    expect(await run(client.getBlock(7n))).toEqual(headerOf(7n, 'ee'))
    expect(client.metrics().endpoints[1]?.condition).toBe('ready')
  })
})

describe('the client', () => {
  it('has the optional methods that some endpoint has, and asks only those', async () => {
    const plain = setUp(['a', 'b'])
    expect(plain.client.getAccountState).toBeUndefined()
    const { client, endpoints, run } = setUp(['a', 'b'])
    const able = Object.assign(endpoints[1] as FakeEndpoint, {
      getAccountState: async () => ({ address: ADDRESS, values: [5n] }),
    })
    const both = new FailoverRpcClient([endpoints[0] as FakeEndpoint, able])
    const query = { address: ADDRESS, slots: [HASH], want: 'slots' } as const
    expect(await run(both.getAccountState?.(query, BY_HASH) as Promise<unknown>)).toEqual({
      address: ADDRESS,
      values: [5n],
    })
    expect(client.capabilities().eth_getProof).toBe('unknown')
    expect(endpoints[0]?.asked).toEqual([])
  })

  it('ends with its signal, and with close(), which leaves clients of others open', async () => {
    const { client, endpoints } = setUp(['a', 'b'])
    endpoints[0]?.delay(1e9)
    const reading = client.getCode(ADDRESS, BY_HASH)
    client.close()
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(client.getCode(ADDRESS, BY_HASH)).rejects.toMatchObject({ code: 'ABORTED' })
    expect(endpoints[0]).toMatchObject({ aborted: 1, isClosed: false })

    const controller = new AbortController()
    const other = setUp(['a', 'b'], { signal: controller.signal })
    const waiting = other.client.getCode(ADDRESS, BY_HASH)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', cause: reason })
  })

  it('has one listener on a signal, however many clients and calls it ends', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    const controller = new AbortController()
    const { signal } = controller
    const worlds = Array.from({ length: 20 }, () =>
      setUp(['a', 'b', 'c'], { signal, quorum: 2, retries: 1 }),
    )
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    const { client, run, endpoints } = worlds[0] as (typeof worlds)[0]
    for (const endpoint of endpoints.slice(1)) endpoint.on('getCode', raise('retryable'))
    const own = new AbortController()
    const options = { signal: own.signal }
    const reads = Array.from({ length: 1_000 }, () => client.getCode(ADDRESS, BY_HASH, options))
    expect(getEventListeners(own.signal, 'abort')).toHaveLength(1)
    const outcomes = await run(Promise.allSettled(reads))
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1_000)
    expect(getEventListeners(own.signal, 'abort')).toHaveLength(0)
    for (const world of worlds) world.client.close()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    await new Promise((resolve) => setTimeout(resolve, 1))
    process.off('warning', note)
    expect(warnings).toEqual([])
  })

  it('aborts a read by its signal, also during a wait between rounds', async () => {
    const { client, endpoints, run, clock } = setUp(['a'], { backoffMs: 10_000, maxBackoffMs: 1e6 })
    endpoints[0]?.on('getCode', raise('retryable'))
    const controller = new AbortController()
    const reading = client.getCode(ADDRESS, BY_HASH, { signal: controller.signal })
    clock.after(2_000, () => controller.abort())
    await expect(run(reading)).rejects.toMatchObject({ code: 'ABORTED' })
    expect(clock.now()).toBe(2_000)
    expect(client.metrics()).toMatchObject({ errors: 0, inFlight: 0 })
  })

  it('makes clients for URLs and providers', async () => {
    const provider = { request: async () => '0x1' }
    const client = new FailoverRpcClient([provider, 'http://127.0.0.1:1'])
    expect(await client.getChainId()).toBe(1n)
    expect(client.metrics().endpoints.map(({ endpoint }) => endpoint)).toEqual([
      'the EIP-1193 provider',
      'http://127.0.0.1:1',
    ])
    client.close()
    await expect(client.getChainId()).rejects.toMatchObject({ code: 'ABORTED' })
  })

  it('passes other methods on, to endpoints that agree', async () => {
    const answers: Record<string, unknown> = { eth_chainId: '0x1', eth_gasPrice: '0x5' }
    const request = async ({ method }: { method: string }): Promise<unknown> => answers[method]
    const down = { request: () => Promise.reject(new Error('down')) }
    const client = new FailoverRpcClient([down, { request }, { request }], {
      quorum: 2,
      retries: 0,
    })
    expect(await client.request?.('eth_gasPrice', [])).toBe('0x5')
    const prices = ['0x1', '0x2'].map((price) => ({
      request: async ({ method }: { method: string }) => (method === 'eth_chainId' ? '0x1' : price),
    }))
    const divided = new FailoverRpcClient(prices, { quorum: 2, retries: 0 })
    await expect(divided.request?.('eth_gasPrice')).rejects.toMatchObject({ code: 'RPC_QUORUM' })
    for (const one of [client, divided]) one.close()
  })

  it.each([
    [[], {}],
    [['http://127.0.0.1:1'], { quorum: 2 }],
    [['http://127.0.0.1:1'], { quorum: 0 }],
    [['http://127.0.0.1:1'], { hedgeAfterMs: -1 }],
    [['nowhere'], {}],
  ])('refuses %j with %j', (sources, options) => {
    expect(() => new FailoverRpcClient(sources, options)).toThrow(InvalidInputError)
  })
})
