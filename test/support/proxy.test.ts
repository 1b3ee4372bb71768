/** Other tests rely on the proxy, so its own behaviour is tested first. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { JsonRpcError, jsonRpcEndpoint } from './json-rpc.ts'
import { type RpcProxy, startProxy } from './proxy.ts'

/** A node that answers each call with its own method name and parameters. */
const echo = createServer(async (incoming, response) => {
  let body = ''
  for await (const chunk of incoming) body += chunk
  const parsed = JSON.parse(body)
  const reply = ({ id, method, params }: { id: number; method: string; params: unknown }) => ({
    jsonrpc: '2.0',
    id,
    result: [method, params],
  })
  response.end(JSON.stringify(Array.isArray(parsed) ? parsed.map(reply) : reply(parsed)))
})

let proxy: RpcProxy
let direct: ReturnType<typeof jsonRpcEndpoint>

beforeAll(() => new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise<void>((resolve) => echo.close(() => resolve())))
beforeEach(async () => {
  proxy = await startProxy(`http://127.0.0.1:${(echo.address() as AddressInfo).port}`)
  direct = jsonRpcEndpoint(proxy.url)
})
afterEach(() => proxy.stop())

const PAIR = [{ method: 'first' }, { method: 'second' }]

function post(body: unknown, signal?: AbortSignal): Promise<Response> {
  const text = JSON.stringify(body)
  return fetch(proxy.url, {
    method: 'POST',
    body: text,
    ...(signal === undefined ? {} : { signal }),
  })
}

const BATCH = PAIR.map(({ method }, id) => ({ jsonrpc: '2.0', id, method, params: [] }))

describe('a transparent proxy', () => {
  test('passes calls and counts requests, calls and methods', async () => {
    expect(await direct.rpc('hello', [1])).toEqual(['hello', [1]])
    expect(await direct.batch([...PAIR, { method: 'first' }])).toHaveLength(3)

    expect(proxy.stats).toMatchObject({ httpRequests: 2, rpcCalls: 4, aborted: 0 })
    expect(Object.fromEntries(proxy.stats.byMethod)).toEqual({ hello: 1, first: 2, second: 1 })
    expect(proxy.calls[0]).toMatchObject({ method: 'hello', params: [1], sequence: 0 })
    expect(proxy.calls[3]).toMatchObject({ method: 'first', methodSequence: 1 })
    expect(proxy.requests.map((request) => request.isBatch)).toEqual([false, true])
  })

  test('resets counts', async () => {
    await direct.rpc('hello')
    proxy.reset()
    expect(proxy.stats).toMatchObject({ httpRequests: 0, rpcCalls: 0 })
    await direct.rpc('hello')
    expect(proxy.calls[0]?.sequence).toBe(0)
  })
})

describe('request faults', () => {
  test('HTTP status with headers, once', async () => {
    proxy.setFaults({
      onRequest: ({ sequence }) =>
        sequence === 0 ? { status: 429, headers: { 'retry-after': '2' }, body: 'slow' } : undefined,
    })
    const refused = await post(BATCH[0])
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
    expect(await refused.text()).toBe('slow')
    expect(await direct.rpc('hello')).toEqual(['hello', []])
  })

  test('one error for a whole batch', async () => {
    proxy.setFaults({ onRequest: () => ({ error: { code: -32005, message: 'limit' } }) })
    const answer = await (await post(BATCH)).json()
    expect(answer).toEqual({ jsonrpc: '2.0', id: null, error: { code: -32005, message: 'limit' } })
  })

  test('delay, truncation, dropped connections', async () => {
    proxy.setFaults({ onRequest: () => ({ delayMs: 40 }) })
    const start = performance.now()
    await direct.rpc('hello')
    expect(performance.now() - start).toBeGreaterThan(35)

    proxy.setFaults({ onRequest: () => ({ truncate: true }) })
    await expect(direct.rpc('hello')).rejects.toThrow('no JSON')
    proxy.setFaults({ onRequest: () => ({ drop: 'before' }) })
    await expect(post(BATCH)).rejects.toThrow()
    proxy.setFaults({ onRequest: () => ({ drop: 'midway' }) })
    await expect((await post(BATCH)).text()).rejects.toThrow()
    expect(proxy.stats.aborted).toBe(0)
  })

  test('reordered and duplicated batch answers', async () => {
    proxy.setFaults({ onRequest: () => ({ answers: (items) => items.toReversed() }) })
    const ids = async () =>
      ((await (await post(BATCH)).json()) as { id: number }[]).map((a) => a.id)
    expect(await ids()).toEqual([1, 0])
    proxy.setFaults({ onRequest: () => ({ answers: (items) => [...items, ...items] }) })
    expect(await ids()).toEqual([0, 1, 0, 1])
  })
})

describe('call faults', () => {
  test('an error for one call of a batch', async () => {
    const error = { code: -32000, message: 'broken' }
    proxy.setFaults({ onCall: ({ method }) => (method === 'second' ? { error } : undefined) })
    const [first, second] = (await (await post(BATCH)).json()) as object[]
    expect(first).toHaveProperty('result')
    expect(second).toEqual({ jsonrpc: '2.0', id: 1, error })
    await expect(direct.rpc('second')).rejects.toBeInstanceOf(JsonRpcError)
  })

  test('a lie, a missing answer, a wrong id', async () => {
    proxy.setFaults({ onCall: () => ({ result: (real) => ({ lie: real }) }) })
    expect(await direct.rpc('hello')).toEqual({ lie: ['hello', []] })
    proxy.setFaults({ onCall: ({ id }) => (id === 0 ? { omit: true } : { id: 77 }) })
    expect(await (await post(BATCH)).json()).toMatchObject([{ id: 77, result: ['second', []] }])
  })
})

describe('holds', () => {
  test('requests wait until released, others pass', async () => {
    const hold = proxy.hold(({ calls }) => calls.some(({ method }) => method === 'slow'))
    const answers: string[] = []
    const slow = direct.rpc('slow').then(() => answers.push('slow'))
    await hold.arrived()
    await direct.rpc('fast').then(() => answers.push('fast'))
    expect(hold.waiting).toBe(1)
    hold.release()
    await slow
    expect(answers).toEqual(['fast', 'slow'])
    await direct.rpc('slow')
    expect(proxy.stats.maxInFlight).toBe(2)
  })

  test('a client that leaves is counted', async () => {
    const hold = proxy.hold()
    const abort = new AbortController()
    const request = post(BATCH, abort.signal)
    await hold.arrived()
    abort.abort()
    await expect(request).rejects.toThrow()
    await expect.poll(() => proxy.stats.aborted, { timeout: 20_000 }).toBe(1)
    hold.release()
  })
})
