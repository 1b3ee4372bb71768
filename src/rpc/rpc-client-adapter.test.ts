import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { InvalidHexError, InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import type { RpcClientOptions } from './options.ts'
import { RpcClientAdapter } from './rpc-client-adapter.ts'

interface Call {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

const ADDRESS: Hex = '0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1'
const HASH: Hex = `0x${'ab'.repeat(32)}`
const slotOf = (index: number): Hex => `0x${index.toString(16).padStart(64, '0')}`

function answer({ method, params }: Call): unknown {
  if (method === 'eth_chainId') return '0x7a69'
  if (method === 'eth_getCode') return '0x6001'
  if (method !== 'eth_getProof') return null
  const [address, keys] = params as [Hex, Hex[]]
  return {
    address,
    balance: '0x1',
    nonce: '0x0',
    codeHash: HASH,
    storageHash: HASH,
    accountProof: [],
    storageProof: keys.map((key) => ({ key, value: key, proof: [] })),
  }
}

/** A client whose `fetch` answers from a function, with the requests it made. */
function setUp(options: RpcClientOptions = {}, result: (call: Call) => unknown = answer) {
  const requests: Call[][] = []
  const client = new RpcClientAdapter('http://node.example/', {
    sleep: async () => {},
    fetch: async (_url, init) => {
      const body: Call | Call[] = JSON.parse(String(init.body))
      requests.push([body].flat())
      const items = [body].flat().map((call) => ({ id: call.id, result: result(call) }))
      return new Response(JSON.stringify(Array.isArray(body) ? items : items[0]))
    },
    ...options,
  })
  return { client, requests }
}

describe('RpcClientAdapter', () => {
  it('sends 100 parallel reads of code and proof in exactly one request', async () => {
    const { client, requests } = setUp()
    const block = { blockNumber: 7n }
    const reads = Array.from({ length: 100 }, async (_, index) => {
      const address: Hex = `0x${(index + 1).toString(16).padStart(40, '0')}`
      const proof = await client.getProof(address, [slotOf(index)], block)
      return [proof.address, proof.storageProof[0]?.value] as const
    })
    const codes = Array.from({ length: 100 }, () => client.getCode(ADDRESS, block))
    const values = await Promise.all(reads)
    await Promise.all(codes)
    expect(requests.map((calls) => calls.length)).toEqual([200])
    for (const [index, [address, value]] of values.entries()) {
      expect(BigInt(address)).toBe(BigInt(index + 1))
      expect(value).toBe(BigInt(index))
    }
    expect(client.metrics()).toMatchObject({
      httpRequests: 1,
      rpcCalls: 200,
      retries: 0,
      errors: 0,
      inFlight: 0,
      batchSplits: 0,
      batchRefusals: 0,
      maxBatchCalls: 250,
      latency: { count: 1 },
    })
  })

  it('names blocks on the wire as asked', async () => {
    const { client, requests } = setUp()
    await Promise.all([
      client.getCode(ADDRESS, { blockHash: HASH }),
      client.getCode(ADDRESS, { blockHash: HASH, requireCanonical: true }),
      client.getProof(ADDRESS, [slotOf(1)], { blockNumber: 256n }),
      client.getBlock(16n),
      client.getBlock('finalized'),
      client.getBlock(HASH),
      client.getChainId(),
      client.request('web3_clientVersion'),
    ])
    const address = ADDRESS.toLowerCase()
    expect(requests[0]?.map(({ method, params }) => [method, params])).toEqual([
      ['eth_getCode', [address, { blockHash: HASH }]],
      ['eth_getCode', [address, { blockHash: HASH, requireCanonical: true }]],
      ['eth_getProof', [address, [slotOf(1)], '0x100']],
      ['eth_getBlockByNumber', ['0x10', false]],
      ['eth_getBlockByNumber', ['finalized', false]],
      ['eth_getBlockByHash', [HASH, false]],
      ['eth_chainId', []],
      ['web3_clientVersion', []],
    ])
  })

  it('takes null for a block that is not there, and for nothing else', async () => {
    const { client, requests } = setUp({}, () => null)
    expect(await client.getBlock(1n)).toBeNull()
    for (const read of [
      client.getChainId(),
      client.getCode(ADDRESS, { blockNumber: 1n }),
      client.getProof(ADDRESS, [], { blockNumber: 1n }),
    ]) {
      await expect(read).rejects.toMatchObject({ code: 'RPC_RESPONSE' })
    }
    expect(requests).toHaveLength(2)
    expect(client.metrics()).toMatchObject({ retries: 0, errors: 3 })
  })

  it('does not ask again for an answer about something else', async () => {
    const other = (call: Call) => answer({ ...call, params: [ADDRESS.replace('9', '8'), []] })
    const { client, requests } = setUp({}, other)
    const error = await client.getProof(ADDRESS, [], { blockHash: HASH }).catch((reason) => reason)
    expect(error).toMatchObject({
      code: 'RPC_RESPONSE',
      method: 'eth_getProof',
      endpoint: 'http://node.example',
      address: ADDRESS.toLowerCase(),
      block: HASH,
    })
    expect(requests).toHaveLength(1)
  })

  it('refuses malformed arguments without a request', async () => {
    const { client, requests } = setUp()
    const block = { blockNumber: 1n }
    await expect(client.getCode('0x12', block)).rejects.toBeInstanceOf(InvalidHexError)
    await expect(client.getProof(ADDRESS, ['0x0'], block)).rejects.toBeInstanceOf(InvalidHexError)
    await expect(client.getBlock(-1n)).rejects.toBeInstanceOf(InvalidInputError)
    await expect(client.request('m', [1n])).rejects.toBeInstanceOf(InvalidInputError)
    expect(requests).toEqual([])
  })

  it('shares one listener on a signal with other clients, and leaves none', () => {
    const { signal } = new AbortController()
    const clients = Array.from({ length: 20 }, () => setUp({ signal }).client)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    for (const client of clients) client.close()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('ends with its signal', async () => {
    const controller = new AbortController()
    const { client, requests } = setUp({ signal: controller.signal })
    const call = client.getChainId()
    const reason = new Error('over')
    controller.abort(reason)
    await expect(call).rejects.toMatchObject({ code: 'ABORTED', cause: reason })
    await expect(client.getChainId()).rejects.toMatchObject({ code: 'ABORTED', cause: reason })
    expect(requests).toEqual([])
    const late = setUp({ signal: controller.signal })
    await expect(late.client.getChainId()).rejects.toMatchObject({ code: 'ABORTED' })
  })

  it('uses jitter from the given source', async () => {
    const waits: number[] = []
    let asked = 0
    const { client } = setUp({
      random: () => 0.25,
      sleep: async (ms) => {
        waits.push(ms)
      },
      backoffMs: 1_000,
      fetch: async () => {
        if (++asked < 3) return new Response('', { status: 503 })
        return new Response(JSON.stringify({ id: asked, result: '0x1' }))
      },
    })
    expect(await client.getChainId()).toBe(1n)
    expect(waits).toEqual([250, 500])
  })

  it('shows no URL that the runtime puts in its errors', async () => {
    const { client } = setUp({
      retries: 0,
      fetch: async () => {
        const cause = Object.assign(new Error('refused by https://node.example/v2/key'), {
          url: 'x',
        })
        throw new Error('request to https://node.example/v2/key failed', { cause })
      },
    })
    const error = await client.getChainId().catch((reason) => reason)
    expect(error).toMatchObject({ code: 'RPC_FAILED', kind: 'retryable' })
    expect(error.cause).toBeUndefined()
    expect(error.details).toBe(
      'request to https://node.example failed: refused by https://node.example',
    )
  })

  it.each([
    { timeoutMs: 0 },
    { timeoutMs: 2 ** 31 },
    { retries: -1 },
    { retries: 1.5 },
    { maxBatchSize: 0 },
    { maxBatchBytes: Number.NaN },
    { backoffMs: '100' as unknown as number },
  ])('refuses options out of range: %o', (options) => {
    expect(() => setUp(options)).toThrow(InvalidInputError)
  })

  it('refuses what is no provider, and headers that are not valid, without showing them', () => {
    for (const provider of [undefined, null, 5, {}, { request: 5 }, 'node.example', 'ftp://x.y']) {
      expect(() => new RpcClientAdapter(provider as string)).toThrow(InvalidInputError)
    }
    const headers = { 'x-key': 'secret\nkey' }
    expect(() => setUp({ headers })).toThrow(/"x-key"/)
    expect(() => setUp({ headers })).not.toThrow(/secret/)
  })
})
