import { describe, expect, it } from 'vitest'
import {
  echo,
  failure,
  hang,
  type Send,
  script,
  setUp,
  UNBOUNDED,
} from '../../../test/support/batching.ts'
import { RpcError, RpcTimeoutError } from '../errors.ts'
import { waitMicrotasks } from '../microtasks.ts'
import { failAll } from '../transport.ts'

const names = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`)

describe('one turn', () => {
  it('sends together what callers ask after different numbers of promise microtasks', async () => {
    const { call, sends } = setUp(echo)
    await Promise.all(
      names(40).map(async (name, index) => {
        await waitMicrotasks((index % 5) * 5)
        return call(name)
      }),
    )
    expect(sends).toHaveLength(1)
    expect(sends[0]).toHaveLength(40)
  })

  it('needs no timer', async () => {
    const { call, sends } = setUp(hang)
    call('a').catch(() => {})
    let turnEnded = false
    setImmediate(() => {
      turnEnded = true
    })
    await waitMicrotasks(30)
    expect(turnEnded).toBe(false)
    expect(sends).toEqual([['a']])
  })

  it('ends even if calls keep coming', async () => {
    const { call, sends } = setUp(echo, {}, { ...UNBOUNDED, maxBatchCalls: 10_000 })
    const calls: Promise<unknown>[] = []
    for (let index = 0; index < 3_000; index++) {
      calls.push(call(`m${index}`))
      await Promise.resolve()
    }
    await Promise.all(calls)
    expect(sends.length).toBeGreaterThan(1)
    expect(sends.flat()).toHaveLength(3_000)
  })

  it('gives each caller its own result', async () => {
    const { call } = setUp(echo)
    const results = await Promise.all(names(5).map((name) => call(name)))
    expect(results).toEqual(names(5).map((name) => `got ${name}`))
  })

  it('splits by number of calls and by bytes, and sends one that is too long alone', async () => {
    const byCalls = setUp(echo, {}, { ...UNBOUNDED, maxBatchCalls: 4 })
    await Promise.all(names(10).map((name) => byCalls.call(name)))
    expect(byCalls.sends.map((send) => send.length)).toEqual([4, 4, 2])

    const byBytes = setUp(echo, {}, { ...UNBOUNDED, maxBatchBytes: 300 })
    await Promise.all(['a', 'b', 'c', 'd', 'x'.repeat(400), 'e'].map((name) => byBytes.call(name)))
    expect(byBytes.sends.map((send) => send.length)).toEqual([4, 1, 1])
  })
})

describe('retries', () => {
  it('sends only the failed items again', async () => {
    const failOdd: Send = async (calls) =>
      calls.map((_, index) =>
        index % 2 === 1 ? { failure: failure('rate-limit') } : { result: 'first' },
      )
    const { call, sends, batcher } = setUp(script(failOdd))
    const results = await Promise.all(names(5).map((name) => call(name)))
    expect(sends).toEqual([names(5), ['m1', 'm3']])
    expect(results).toEqual(['first', 'got m1', 'first', 'got m3', 'first'])
    expect(batcher.metrics()).toMatchObject({ rpcCalls: 7, retries: 2, errors: 0, inFlight: 0 })
  })

  it('waits with exponential backoff, jitter and a ceiling, then reports the failure', async () => {
    const limited: Send = async (calls) =>
      failAll(calls, failure('rate-limit', { rpcCode: -32005 }))
    const { call, waits, batcher } = setUp(limited, { maxBackoffMs: 300 })
    const error = await call('m').catch((reason: unknown) => reason)
    expect(waits).toEqual([50, 100, 150, 150, 150])
    expect(error).toBeInstanceOf(RpcError)
    expect(error).toMatchObject({ code: 'RPC_FAILED', kind: 'rate-limit', rpcCode: -32005 })
    expect((error as Error).message).toMatch(
      /m at http:\/\/node.example: rate-limit \(6 attempts\)/,
    )
    expect(batcher.metrics()).toMatchObject({ rpcCalls: 6, retries: 5, errors: 1 })
  })

  it('waits as long as the node asks, but not beyond the total time', async () => {
    const wait = (retryAfterMs: number): Send => {
      return async (calls) => failAll(calls, failure('rate-limit', { retryAfterMs }))
    }
    const patient = setUp(script(wait(7_000)))
    await patient.call('m')
    expect(patient.waits).toEqual([7_000])
    const late = setUp(script(wait(61_000)))
    await expect(late.call('m')).rejects.toMatchObject({ kind: 'rate-limit' })
    expect(late.waits).toEqual([])
  })

  it('starts no attempt after the total time', async () => {
    const slow: Send = async (calls) => {
      await new Promise((resolve) => setTimeout(resolve, 40))
      return failAll(calls, failure('retryable'))
    }
    const { call, sends } = setUp(slow, { totalTimeoutMs: 30, backoffMs: 0 })
    await expect(call('m')).rejects.toMatchObject({ kind: 'retryable' })
    expect(sends).toHaveLength(1)
  })

  it.each(['fatal', 'unknown-block', 'missing-state', 'unsupported-method'] as const)(
    'does not ask again after %s',
    async (kind) => {
      const { call, sends } = setUp(async (calls) => failAll(calls, failure(kind)))
      await expect(call('m')).rejects.toMatchObject({ kind })
      expect(sends).toHaveLength(1)
    },
  )

  it('tries again after a timeout, and aborts the send that took too long', async () => {
    const { call, sends, signals } = setUp(script(hang), { timeoutMs: 20 })
    expect(await call('m')).toBe('got m')
    expect(sends).toHaveLength(2)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    const never = setUp(hang, { timeoutMs: 5, retries: 1 })
    const error = await never.call('m').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RpcTimeoutError)
    expect(error).toMatchObject({ code: 'RPC_TIMEOUT' })
  })

  it('rejects the calls if what the user injected throws', async () => {
    const broken = new Error('broken clock')
    const sleep = () => Promise.reject(broken)
    const limited: Send = async (calls) => failAll(calls, failure('rate-limit'))
    const { call } = setUp(limited, { sleep })
    await expect(call('m')).rejects.toBe(broken)
  })
})

describe('refused batches', () => {
  const atMost =
    (max: number): Send =>
    async (calls, signal) =>
      calls.length > max ? failAll(calls, failure('batch-too-large')) : echo(calls, signal)

  it('are halved until they fit, and the limit is remembered', async () => {
    const { call, sends, batcher, waits } = setUp(atMost(3))
    const results = await Promise.all(names(10).map((name) => call(name)))
    expect(results).toEqual(names(10).map((name) => `got ${name}`))
    expect(sends.map((send) => send.length)).toEqual([10, 5, 5, 3, 2, 3, 2])
    expect(batcher.metrics()).toMatchObject({ batchSplits: 3, retries: 0 })
    expect(waits).toEqual([])
    sends.length = 0
    await Promise.all(names(9).map((name) => call(name)))
    expect(sends.map((send) => send.length)).toEqual([3, 3, 3])
  })

  it('by size lower the limit of bytes, not of calls', async () => {
    const tooLong: Send = async (calls) =>
      failAll(calls, failure('batch-too-large', { httpStatus: 413 }))
    const { call, sends } = setUp(script(tooLong))
    await Promise.all(['a'.repeat(500), 'b'.repeat(500)].map((name) => call(name)))
    expect(sends.map((send) => send.length)).toEqual([2, 1, 1])
    await Promise.all(names(6).map((name) => call(name)))
    expect(sends.at(-1)).toHaveLength(6)
  })

  it('in the item of the first call only, as geth does, are sent again too', async () => {
    const geth: Send = async (calls) =>
      calls.map((_, index) => ({
        failure:
          index === 0 ? failure('batch-too-large') : failure('retryable', { origin: 'missing' }),
      }))
    const { call, sends, waits } = setUp(script(geth))
    await Promise.all(names(4).map((name) => call(name)))
    expect(sends.map((send) => send.length)).toEqual([4, 2, 2])
    expect(waits).toEqual([])
  })

  it('whose answer was cut keep what was answered, and the limit', async () => {
    const cut: Send = async (calls) =>
      calls.map((_, index) =>
        index < 2 ? { result: 'first' } : { failure: failure('batch-too-large') },
      )
    const { call, sends } = setUp(script(cut))
    await Promise.all(names(6).map((name) => call(name)))
    expect(sends).toEqual([names(6), ['m2', 'm3', 'm4'], ['m5']])
    await Promise.all(names(6).map((name) => call(name)))
    expect(sends.at(-1)).toHaveLength(6)
  })

  it('leave alone the items that failed for another reason', async () => {
    const mixed: Send = async (calls) =>
      calls.map((_, index) => ({
        failure: failure((['batch-too-large', 'rate-limit', 'fatal'] as const)[index] ?? 'fatal'),
      }))
    const { call, sends, waits } = setUp(script(mixed))
    const settled = await Promise.allSettled(names(3).map((name) => call(name)))
    expect(settled).toMatchObject([
      { value: 'got m0' },
      { value: 'got m1' },
      { reason: { kind: 'fatal' } },
    ])
    expect(sends).toEqual([names(3), ['m0'], ['m1']])
    expect(waits).toHaveLength(1)
  })

  it('fail when a single call is too large', async () => {
    const { call, sends } = setUp(atMost(0))
    await expect(call('m')).rejects.toMatchObject({ kind: 'batch-too-large' })
    expect(sends).toHaveLength(1)
  })

  it('as such make calls go out one by one from then on, and it shows', async () => {
    const noBatches: Send = async (calls, signal) =>
      calls.length > 1 ? failAll(calls, failure('batch-unsupported')) : echo(calls, signal)
    const { call, sends, batcher } = setUp(noBatches)
    expect(batcher.metrics().batchRefusals).toBe(0)
    const results = await Promise.all(names(3).map((name) => call(name)))
    expect(results).toEqual(names(3).map((name) => `got ${name}`))
    await Promise.all(names(2).map((name) => call(name)))
    expect(sends.map((send) => send.length)).toEqual([3, 1, 1, 1, 1, 1])
    expect(batcher.metrics().batchRefusals).toBe(1)
  })
})
