import { describe, expect, it } from 'vitest'
import { HASH, headerOf, proofOf, raise, setUp } from '../../../test/faults/fake-endpoint.ts'
import { EMPTY_CODE_HASH, ZERO_WORD } from '../../encoding/constants.ts'
import type { QuorumError } from './errors.ts'

const ADDRESS = `0x${'11'.repeat(20)}` as const
const BY_HASH = { blockHash: HASH }
const QUORUM = { quorum: 2, retries: 0 }

describe('a quorum', () => {
  it('asks as many endpoints as must agree', async () => {
    const { client, endpoints, run } = setUp(['a', 'b', 'c'], QUORUM)
    expect(await run(client.getProof(ADDRESS, [], BY_HASH))).toEqual(proofOf(ADDRESS))
    expect(endpoints.map(({ asked }) => asked.length)).toEqual([2, 2, 0])
  })

  it('asks one more for each that fails or disagrees', async () => {
    const { client, endpoints, run } = setUp(['liar', 'down', 'b', 'c'], QUORUM)
    endpoints[0]?.on('getProof', () => ({ ...proofOf(ADDRESS), balance: 10n ** 30n }))
    endpoints[1]?.on('getProof', raise('retryable'))
    expect(await run(client.getProof(ADDRESS, [], BY_HASH))).toEqual(proofOf(ADDRESS))
    expect(client.metrics().endpoints).toMatchObject([
      { condition: 'suspect', disagreements: 1 },
      { condition: 'backoff', failures: 1 },
      { condition: 'ready' },
      { condition: 'ready' },
    ])
  })

  it('compares what answers mean, not how nodes write what is absent', async () => {
    const { client, endpoints, run } = setUp(['a', 'b'], QUORUM)
    const absent = { ...proofOf(ADDRESS), codeHash: ZERO_WORD, storageHash: ZERO_WORD }
    endpoints[0]?.on('getProof', () => ({
      ...absent,
      codeHash: EMPTY_CODE_HASH,
      accountProof: ['0x01'],
    }))
    endpoints[1]?.on('getProof', () => absent)
    await run(client.getProof(ADDRESS, [], BY_HASH))
  })

  it('that is not reached reports each answer', async () => {
    const { client, endpoints, run } = setUp(['a', 'b', 'c'], QUORUM)
    endpoints[0]?.on('getCode', () => '0x01')
    endpoints[1]?.on('getCode', () => '0x02')
    endpoints[2]?.on('getCode', raise('missing-state'))
    const error = await run(client.getCode(ADDRESS, BY_HASH)).catch((reason) => reason)
    expect(error).toMatchObject({
      code: 'RPC_QUORUM',
      kind: 'fatal',
      address: ADDRESS,
      shortMessage: 'eth_getCode: 1 of 2 required endpoints agree',
    })
    expect((error as QuorumError).answers).toMatchObject([
      { endpoint: 'a', answer: '0x01' },
      { endpoint: 'b', answer: '0x02' },
      { endpoint: 'c', answer: { kind: 'missing-state' } },
    ])
    expect(error.details).toMatch(/^a: 0x01; b: 0x02; c: .*missing-state/)
  })

  it('is tried again if it may be reached later', async () => {
    const { client, endpoints, run, clock } = setUp(['a', 'b'], { quorum: 2, backoffMs: 1_000 })
    endpoints[1]?.on('getCode', () => (clock.now() < 100 ? raise('retryable')() : '0x6001'))
    expect(await run(client.getCode(ADDRESS, BY_HASH))).toBe('0x6001')
  })

  it('holds for the chain id as well', async () => {
    const { client, endpoints, run } = setUp(['wrong', 'b', 'c'], QUORUM)
    endpoints[0]?.on('getChainId', () => 5n)
    expect(await run(client.getChainId())).toBe(1n)
    expect(client.metrics().endpoints[0]?.condition).toBe('wrong-chain')
  })

  it('takes the newest block that enough endpoints have for a tag', async () => {
    const { client, endpoints, run } = setUp(['a', 'b', 'c'], QUORUM)
    for (const [at, head] of [110n, 108n, 109n].entries()) {
      endpoints[at]?.on('getBlock', (block) => {
        if (typeof block !== 'bigint') return headerOf(head)
        return block <= head ? headerOf(block) : null
      })
    }
    expect(await run(client.getBlock('latest'))).toEqual(headerOf(108n))
    expect(client.metrics().endpoints.map(({ disagreements }) => disagreements)).toEqual([0, 0, 0])
  })

  it('is not misled about the head by one endpoint', async () => {
    const { client, endpoints, run } = setUp(['liar', 'b', 'c'], QUORUM)
    endpoints[0]?.on('getBlock', () => headerOf(9_999n, 'ee'))
    const header = await run(client.getBlock('latest'))
    expect(header).toEqual(headerOf(100n))
  })

  it('agrees that there is no such block', async () => {
    const { client, endpoints, run } = setUp(['a', 'b', 'c'], QUORUM)
    for (const endpoint of endpoints.slice(0, 2)) endpoint.on('getBlock', () => null)
    expect(await run(client.getBlock(7n))).toBeNull()
    expect(endpoints[2]?.asked).toEqual([])
  })
})
