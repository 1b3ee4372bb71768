import { describe, expect, it } from 'vitest'
import { turnOfEvents, VirtualClock } from '../../../test/faults/virtual-clock.ts'
import { Batcher } from '../batching/batcher.ts'
import type { RpcClientOptions } from '../options.ts'
import { resolveRpcOptions } from '../options.ts'
import { createCall } from '../transport.ts'
import type { ChannelEvents } from './message-channel.ts'
import { SocketTransport } from './socket-transport.ts'

interface Call {
  readonly id: number
  readonly method: string
}

/** One connection that was opened, as the other side sees it. */
interface FakeConnection {
  readonly events: ChannelEvents
  readonly received: (Call | Call[])[]
  readonly busy: string[]
  isClosed: boolean
}

const limits = { maxBatchCalls: 10, maxBatchBytes: 1e6, maxConcurrentSends: 16 }

/** A batcher over a socket transport in virtual time. `opens` decides what an attempt becomes. */
function setUp(
  opens: (nth: number) => Promise<unknown> | undefined = () => undefined,
  options: RpcClientOptions & { readonly holdsProcess?: boolean } = {},
) {
  const clock = new VirtualClock()
  const connections: FakeConnection[] = []
  let attempts = 0
  const { holdsProcess = true } = options
  const transport = new SocketTransport({
    endpoint: { origin: 'ws://node.example', redact: (text) => text },
    limits,
    clock,
    timeoutMs: 1_000,
    maxResponseBytes: 1_000,
    open: async (events) => {
      attempts++
      await opens(attempts)
      const connection: FakeConnection = { events, received: [], busy: [], isClosed: false }
      connections.push(connection)
      return {
        holdsProcess,
        send: (text) => connection.received.push(JSON.parse(text)),
        close: () => {
          connection.isClosed = true
        },
        setBusy: (busy) => connection.busy.push(busy),
      }
    },
  })
  const settings = resolveRpcOptions({ clock, random: () => 0.5, timeoutMs: 1_000, ...options })
  const batcher = new Batcher(transport, settings)
  const call = (name: string) => batcher.call(createCall(name, []))
  const answer = (nth = 0) => {
    const connection = connections[nth] as FakeConnection
    for (const message of connection.received.splice(0)) say(connection, message)
  }
  return { call, batcher, clock, connections, answer, attempts: () => attempts, transport }
}

function say({ events }: FakeConnection, message: Call | Call[]): void {
  const answerOf = ({ id, method }: Call) => ({ jsonrpc: '2.0', id, result: `got ${method}` })
  const body = Array.isArray(message) ? message.map(answerOf) : answerOf(message)
  events.onMessage(JSON.stringify(body))
}

describe('SocketTransport', () => {
  it('opens one connection when it is needed, and keeps it', async () => {
    const { call, connections, answer, attempts, transport } = setUp()
    expect(attempts()).toBe(0)
    const first = [call('a'), call('b')]
    await turnOfEvents()
    const [batch] = connections[0]?.received ?? []
    expect(batch).toMatchObject([{ method: 'a' }, { method: 'b' }])
    answer()
    expect(await Promise.all(first)).toEqual(['got a', 'got b'])
    const second = call('c')
    await turnOfEvents()
    answer()
    expect(await second).toBe('got c')
    expect(attempts()).toBe(1)
    expect(transport.traffic.received).toBeGreaterThan(0)
    expect(transport.traffic.sent).toBeGreaterThan(0)
  })

  it('finds the send of each answer, in whatever order they come', async () => {
    const { call, connections } = setUp()
    const calls = []
    for (const name of ['a', 'b', 'c']) {
      calls.push(call(name))
      await turnOfEvents()
    }
    const connection = connections[0] as FakeConnection
    for (const message of connection.received.splice(0).reverse()) {
      say(connection, message)
      say(connection, message)
    }
    expect(await Promise.all(calls)).toEqual(['got a', 'got b', 'got c'])
  })

  it('passes over notifications, foreign ids and what nobody waits for', async () => {
    const { call, connections, answer } = setUp()
    const calling = call('a')
    await turnOfEvents()
    const { events } = connections[0] as FakeConnection
    for (const message of [
      { jsonrpc: '2.0', method: 'eth_subscription', params: {} },
      { jsonrpc: '2.0', id: 999, result: 'wrong' },
      [],
      5,
      null,
    ]) {
      events.onMessage(JSON.stringify(message))
    }
    answer()
    expect(await calling).toBe('got a')
  })

  it('sends again what was under way when the connection was lost', async () => {
    const { call, connections, answer, clock, batcher } = setUp()
    const calls = [call('a'), call('b')]
    await turnOfEvents()
    const late = call('c')
    await turnOfEvents()
    connections[0]?.events.onClose('gone')
    await clock.pass(500)
    expect(connections).toHaveLength(2)
    answer(1)
    expect(await Promise.all([...calls, late])).toEqual(['got a', 'got b', 'got c'])
    expect(batcher.metrics().retriesByCause).toMatchObject({ network: 3 })
  })

  it('tries to connect again, and reports why it cannot', async () => {
    const refuse = () => Promise.reject(new Error('connect ECONNREFUSED'))
    const { call, clock, answer } = setUp((nth) => (nth < 3 ? refuse() : undefined))
    const calling = call('a')
    await clock.pass(1_000)
    answer()
    expect(await calling).toBe('got a')
    const never = setUp(refuse, { retries: 1 })
    const error = await never.clock.run(never.call('a')).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'RPC_FAILED', details: 'connect ECONNREFUSED' })
  })

  it('gives up a connection attempt that takes too long', async () => {
    let open = () => {}
    const slow = new Promise<void>((resolve) => {
      open = resolve
    })
    const { call, clock, connections, answer } = setUp((nth) => (nth === 1 ? slow : undefined))
    const calling = call('a')
    await clock.pass(2_000)
    answer()
    expect(await calling).toBe('got a')
    open()
    await turnOfEvents()
    expect(connections.map(({ isClosed }) => isClosed)).toEqual([false, true])
  })

  it('gives up a connection that stays silent, but not one that is slow for one call', async () => {
    const { call, clock, connections, answer } = setUp()
    const calling = call('a')
    await clock.pass(1_500)
    expect(connections.map(({ isClosed }) => isClosed)).toEqual([true, false])
    answer(1)
    expect(await calling).toBe('got a')

    const slow = call('slow')
    await clock.pass(100)
    const quick = call('quick')
    await turnOfEvents()
    const connection = connections[1] as FakeConnection
    const [, message] = connection.received.splice(0)
    say(connection, message as Call)
    expect(await quick).toBe('got quick')
    await clock.pass(1_400)
    expect(connection.isClosed).toBe(false)
    answer(1)
    expect(await slow).toBe('got slow')
  })

  it('takes an error without id for the answer to the oldest batch', async () => {
    const { call, connections, answer, batcher } = setUp()
    const single = call('single')
    await turnOfEvents()
    const batch = [call('a'), call('b')]
    await turnOfEvents()
    const connection = connections[0] as FakeConnection
    const [first] = connection.received.splice(0)
    const error = { code: -32600, message: 'batches are not supported' }
    connection.events.onMessage(JSON.stringify({ jsonrpc: '2.0', id: null, error }))
    await turnOfEvents()
    answer()
    say(connection, first as Call)
    expect(await Promise.all([single, ...batch])).toEqual(['got single', 'got a', 'got b'])
    expect(batcher.metrics().batchRefusals).toBe(1)
  })

  it('asks in halves for an answer that is too long, and leaves the others alone', async () => {
    const { call, connections, answer, batcher } = setUp()
    const other = call('other')
    await turnOfEvents()
    const calls = [call('a'), call('b')]
    await turnOfEvents()
    const connection = connections[0] as FakeConnection
    const [first, batch] = connection.received.splice(0) as [Call, Call[]]
    connection.events.onTooLong(`[{"jsonrpc":"2.0","id":${batch[0]?.id},"result":"0x`)
    await turnOfEvents()
    say(connection, first)
    answer()
    expect(await Promise.all([other, ...calls])).toEqual(['got other', 'got a', 'got b'])
    expect(batcher.metrics()).toMatchObject({ batchSplits: 1, retries: 0 })
  })

  it('gives up the connection if nobody knows whose answer is too long', async () => {
    const { call, clock, connections, answer } = setUp()
    const calls = [call('a'), call('b')]
    await turnOfEvents()
    connections[0]?.events.onTooLong('[[[[[[')
    await clock.pass(100)
    answer(1)
    expect(await Promise.all(calls)).toEqual(['got a', 'got b'])
    expect(connections[0]?.isClosed).toBe(true)
  })

  it('closes an idle connection that would keep the process alive', async () => {
    const { call, clock, connections, answer } = setUp()
    const calling = call('a')
    await turnOfEvents()
    answer()
    await calling
    await clock.pass(29_000)
    expect(connections[0]?.isClosed).toBe(false)
    await clock.pass(2_000)
    expect(connections[0]?.isClosed).toBe(true)
    const later = call('b')
    await turnOfEvents()
    answer(1)
    expect(await later).toBe('got b')
  })

  it('leaves one alone that does not, and reports it when it is needed', async () => {
    const { call, clock, connections, answer } = setUp(undefined, { holdsProcess: false })
    const calling = call('a')
    await turnOfEvents()
    answer()
    await calling
    expect(clock.timers).toBe(0)
    expect(connections[0]?.busy).toEqual(['busy', 'idle'])
  })

  it('closes the connection with the client, also one that is just being opened', async () => {
    const { call, batcher, connections } = setUp()
    const calling = call('a')
    await turnOfEvents()
    batcher.close()
    await expect(calling).rejects.toMatchObject({ code: 'ABORTED' })
    expect(connections[0]?.isClosed).toBe(true)

    let open = () => {}
    const early = setUp(() => new Promise<void>((resolve) => (open = resolve)))
    const opening = early.call('a')
    await turnOfEvents()
    early.batcher.close()
    open()
    await expect(opening).rejects.toMatchObject({ code: 'ABORTED' })
    await turnOfEvents()
    expect(early.connections[0]?.isClosed).toBe(true)
  })
})
