import { describe, expect, it } from 'vitest'
import { HASH, headerOf, raise, setUp } from '../../../test/faults/fake-endpoint.ts'
import type { RpcEvent } from '../events.ts'
import { FailoverRpcClient } from './failover-client.ts'

const ADDRESS = `0x${'11'.repeat(20)}` as const
const BY_HASH = { blockHash: HASH }

function listenTo(client: FailoverRpcClient): RpcEvent[] {
  const events: RpcEvent[] = []
  client.listen((event) => void events.push(event))
  return events
}

describe('events of endpoints', () => {
  it('report that one rests after a failure, and that it answers again', async () => {
    const { client, endpoints, run, clock } = setUp(['a', 'b'])
    const events = listenTo(client)
    endpoints[0]?.on('getCode', raise('retryable'))
    await run(client.getCode(ADDRESS, BY_HASH))
    await run(client.getCode(ADDRESS, BY_HASH))
    expect(events).toMatchObject([
      {
        type: 'endpoint-demoted',
        endpoint: 'a',
        condition: 'backoff',
        error: { kind: 'retryable' },
      },
    ])
    endpoints[0]?.on('getCode', undefined)
    await clock.pass(1_000)
    await run(client.getCode(ADDRESS, BY_HASH))
    expect(events.slice(1)).toEqual([{ type: 'endpoint-restored', endpoint: 'a' }])
  })

  it('report that one is on another chain, or contradicted', async () => {
    const { client, endpoints, run } = setUp(['wrong', 'liar', 'b', 'c'], { chainId: 1n })
    const events = listenTo(client)
    endpoints[0]?.on('getChainId', () => 5n)
    await run(client.getBlock(7n))
    endpoints[1]?.on('getBlock', () => headerOf(7n, 'ee'))
    await run(client.getBlock(7n))
    expect(events).toMatchObject([
      { type: 'endpoint-demoted', endpoint: 'wrong', condition: 'wrong-chain' },
      { type: 'endpoint-demoted', endpoint: 'liar', condition: 'suspect' },
    ])
    expect(events[1]).not.toHaveProperty('error')
  })

  it('come with those of the clients below, until the listener leaves', async () => {
    const provider = { request: async () => '0x1' }
    const client = new FailoverRpcClient([provider])
    const events: RpcEvent[] = []
    const leave = client.listen((event) => void events.push(event))
    await client.getChainId()
    expect(events.map(({ type }) => type)).toEqual(['request-sent', 'request-answered'])
    leave()
    await client.getCode(ADDRESS, BY_HASH).catch(() => {})
    expect(events).toHaveLength(2)
    client.close()
  })
})
