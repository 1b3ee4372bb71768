import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { AbortedError } from '../../errors.ts'
import { Batcher } from './batcher.ts'
import { resolveRpcOptions } from './options.ts'
import type { RpcCall, RpcFailure, RpcOutcome, RpcTransport } from './transport.ts'
import { createCall, failAll } from './transport.ts'

type Send = (calls: readonly RpcCall[], signal: AbortSignal) => Promise<readonly RpcOutcome[]>

const UNBOUNDED = { maxBatchCalls: 250, maxBatchBytes: 1e6, maxConcurrentSends: 16 }
const failure = (kind: RpcFailure['kind'], more: Partial<RpcFailure> = {}): RpcFailure => ({
  origin: 'answer',
  kind,
  message: kind,
  ...more,
})
const echo: Send = async (calls) => calls.map(({ method }) => ({ result: `got ${method}` }))
const hang: Send = () => new Promise(() => {})

/** A batcher over a function, with instant waits that are recorded. */
function setUp(send: Send, options: Record<string, unknown> = {}, limits = UNBOUNDED) {
  const sends: string[][] = []
  const waits: number[] = []
  const signals: AbortSignal[] = []
  const transport: RpcTransport = {
    endpoint: 'http://node.example',
    limits,
    httpRequests: 0,
    send: (calls, signal) => {
      sends.push(calls.map(({ method }) => method))
      signals.push(signal)
      return send(calls, signal)
    },
  }
  const sleep = async (ms: number) => {
    waits.push(ms)
  }
  const settings = { random: () => 0.5, sleep, ...options }
  const batcher = new Batcher(transport, resolveRpcOptions(settings))
  const call = (name: string, signal?: AbortSignal) =>
    batcher.call(createCall(name, []), { signal })
  return { batcher, call, sends, waits, signals }
}

/** Answers from a script for the first sends, then echoes. */
function script(...steps: Send[]): Send {
  return (calls, signal) => (steps.shift() ?? echo)(calls, signal)
}

const hops = async (count: number) => {
  for (let hop = 0; hop < count; hop++) await Promise.resolve()
}

describe('abort', () => {
  it('before the turn ends means that the call is not sent', async () => {
    const { call, sends, batcher } = setUp(echo)
    const controller = new AbortController()
    const calls = [call('a'), call('b', controller.signal), call('c')]
    const reason = new Error('changed my mind')
    controller.abort(reason)
    const [, aborted] = await Promise.allSettled(calls)
    expect(sends).toEqual([['a', 'c']])
    expect(aborted).toMatchObject({ reason: { code: 'ABORTED', cause: reason } })
    await expect(call('d', controller.signal)).rejects.toBeInstanceOf(AbortedError)
    expect(sends).toHaveLength(1)
    expect(batcher.metrics()).toMatchObject({ errors: 0, inFlight: 0 })
  })

  it('leaves no listener behind, nor does an answer', async () => {
    const { call } = setUp(echo)
    const { signal } = new AbortController()
    const calls = [call('a', signal), call('b', signal)]
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await Promise.all(calls)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('while a call waits for its place means that it is not sent', async () => {
    let release = () => {}
    const held: Send = (sent, signal) =>
      new Promise((resolve) => {
        release = () => resolve(echo(sent, signal))
      })
    const limits = { ...UNBOUNDED, maxBatchCalls: 2, maxConcurrentSends: 1 }
    const { call, sends } = setUp(script(held), {}, limits)
    const controller = new AbortController()
    const calls = [call('a'), call('b'), call('c', controller.signal), call('d')]
    await hops(30)
    controller.abort()
    release()
    const settled = await Promise.allSettled(calls)
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(sends).toEqual([['a', 'b'], ['d']])
  })

  it('of one call leaves the others of its batch alone', async () => {
    let answer = () => {}
    const slow: Send = (sent, signal) =>
      new Promise((resolve) => {
        answer = () => resolve(echo(sent, signal))
      })
    const { call, signals } = setUp(slow)
    const controller = new AbortController()
    const calls = [call('a', controller.signal), call('b')]
    await hops(20)
    controller.abort()
    await expect(calls[0]).rejects.toBeInstanceOf(AbortedError)
    expect(signals[0]?.aborted).toBe(false)
    answer()
    expect(await calls[1]).toBe('got b')
  })

  it('of the last call aborts the send', async () => {
    const { call, signals } = setUp(hang)
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map(({ signal }, index) => call(`m${index}`, signal))
    await hops(20)
    controllers[0]?.abort()
    expect(signals[0]?.aborted).toBe(false)
    controllers[1]?.abort()
    expect(signals[0]?.aborted).toBe(true)
    const settled = await Promise.allSettled(calls)
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('ends the wait before a retry', async () => {
    const limited: Send = async (calls) => failAll(calls, failure('rate-limit'))
    const settings = { sleep: undefined, backoffMs: 60_000, maxBackoffMs: 60_000 }
    const { call, sends } = setUp(limited, settings)
    const controller = new AbortController()
    const calling = call('m', controller.signal)
    await hops(40)
    controller.abort()
    await expect(calling).rejects.toBeInstanceOf(AbortedError)
    await hops(40)
    expect(sends).toHaveLength(1)
  })

  it('of a call under way forgets it, whatever the node answers', async () => {
    let answer = () => {}
    const failing: Send = (sent) =>
      new Promise((resolve) => {
        const kinds = ['rate-limit', 'fatal', 'rate-limit'] as const
        answer = () =>
          resolve(sent.map((_, index) => ({ failure: failure(kinds[index] ?? 'fatal') })))
      })
    const { call, sends, batcher } = setUp(script(failing))
    const controller = new AbortController()
    const { signal } = controller
    const calls = [call('a', signal), call('b', signal), call('c')]
    const settled = Promise.allSettled(calls)
    await hops(30)
    controller.abort()
    answer()
    expect(await settled).toMatchObject([
      { reason: { code: 'ABORTED' } },
      { reason: { code: 'ABORTED' } },
      { value: 'got c' },
    ])
    expect(sends).toEqual([['a', 'b', 'c'], ['c']])
    expect(batcher.metrics()).toMatchObject({ retries: 1, errors: 0 })
  })

  it('ends a wait also if other calls of the batch went on in smaller ones', async () => {
    const mixed: Send = async (calls) =>
      calls.map((_, index) => ({
        failure: failure(index === 0 ? 'batch-too-large' : 'rate-limit'),
      }))
    let waiting: AbortSignal | undefined
    const sleep = (_ms: number, signal: AbortSignal) => {
      waiting = signal
      return new Promise<void>(() => {})
    }
    const { call } = setUp(script(mixed, hang), { sleep })
    const controller = new AbortController()
    call('a').catch(() => {})
    const waits = call('b', controller.signal)
    await hops(40)
    expect(waiting?.aborted).toBe(false)
    controller.abort()
    await expect(waits).rejects.toBeInstanceOf(AbortedError)
    expect(waiting?.aborted).toBe(true)
  })

  it('before the turn ends does not keep the others from ending their send', async () => {
    const { call, signals } = setUp(hang)
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map(({ signal }, index) => call(`m${index}`, signal))
    const settled = Promise.allSettled(calls)
    controllers[0]?.abort()
    await hops(30)
    controllers[1]?.abort()
    await settled
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('by close() ends everything, and later calls', async () => {
    const { call, batcher, signals } = setUp(hang)
    const calls = [call('a'), call('b')]
    await hops(20)
    const reason = new Error('enough')
    batcher.close(reason)
    batcher.close()
    const settled = await Promise.allSettled(calls)
    expect(settled).toMatchObject(Array(2).fill({ reason: { code: 'ABORTED', cause: reason } }))
    expect(signals[0]?.aborted).toBe(true)
    await expect(call('c')).rejects.toMatchObject({ code: 'ABORTED', cause: reason })
    expect(batcher.metrics().inFlight).toBe(0)
  })
})
