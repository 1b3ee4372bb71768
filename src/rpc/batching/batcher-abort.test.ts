import { getEventListeners } from 'node:events'
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
import { AbortedError } from '../../diagnostics/errors.ts'
import { waitMicrotasks } from '../microtasks.ts'
import { failAll } from '../transport.ts'

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
    await waitMicrotasks(30)
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
    await waitMicrotasks(20)
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
    await waitMicrotasks(20)
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
    await waitMicrotasks(40)
    controller.abort()
    await expect(calling).rejects.toBeInstanceOf(AbortedError)
    await waitMicrotasks(40)
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
    await waitMicrotasks(30)
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
    await waitMicrotasks(40)
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
    await waitMicrotasks(30)
    controllers[1]?.abort()
    await settled
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('by close() ends everything, and later calls', async () => {
    const { call, batcher, signals } = setUp(hang)
    const calls = [call('a'), call('b')]
    await waitMicrotasks(20)
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
