import { describe, expect, it } from 'vitest'
import { RpcError } from '../errors.ts'
import { RpcClientAdapter } from '../rpc-client-adapter.ts'

const noWait = { random: () => 0, sleep: async () => {} }

/** A client over a provider that answers from a function, with a count of its calls. */
function setUp(answer: (method: string, nth: number) => unknown, options = {}) {
  const asked: string[] = []
  const provider = {
    request: async ({ method }: { readonly method: string }) => {
      asked.push(method)
      return answer(method, asked.length)
    },
  }
  return { client: new RpcClientAdapter(provider, { ...noWait, ...options }), asked }
}

async function failureOf(promise: Promise<unknown>): Promise<RpcError> {
  const reason = await promise.catch((error: unknown) => error)
  expect(reason).toBeInstanceOf(RpcError)
  return reason as RpcError
}

function raise(fields: object): never {
  throw Object.assign(new Error(), fields)
}

describe('over an EIP-1193 provider', () => {
  it('asks in parallel, all in one turn, more than any HTTP limit', async () => {
    let running = 0
    let peak = 0
    const provider = {
      async request(): Promise<unknown> {
        peak = Math.max(peak, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        return '0x1'
      },
    }
    const client = new RpcClientAdapter(provider)
    await Promise.all(Array.from({ length: 300 }, () => client.getChainId()))
    expect(peak).toBe(300)
    expect(client.metrics()).toMatchObject({ httpRequests: 0, rpcCalls: 300 })
  })

  it('sends the method and parameters of EIP-1193, and keeps `this`', async () => {
    const provider = {
      seen: [] as unknown[],
      async request(args: unknown): Promise<unknown> {
        this.seen.push(args)
        return '0x6001'
      },
    }
    const client = new RpcClientAdapter(provider)
    const address = `0x${'11'.repeat(20)}` as const
    expect(await client.getCode(address, { blockNumber: 5n })).toBe('0x6001')
    expect(provider.seen).toEqual([{ method: 'eth_getCode', params: [address, '0x5'] }])
  })

  it('tries again after failures that may pass, and only then', async () => {
    const flaky = setUp((_, nth) => {
      if (nth === 1) raise({ code: -32005, message: 'limit' })
      if (nth === 2) raise({ message: 'request failed', status: 503 })
      if (nth === 3) raise({ message: 'fetch failed', cause: new Error('connect ECONNREFUSED') })
      return '0x1'
    })
    expect(await flaky.client.getChainId()).toBe(1n)
    expect(flaky.asked).toHaveLength(4)

    const refusing = setUp(() => raise({ code: 4001, message: 'User rejected the request' }))
    const error = await failureOf(refusing.client.getChainId())
    expect(error).toMatchObject({ code: 'RPC_FAILED', rpcCode: 4001, kind: 'fatal' })
    expect(refusing.asked).toHaveLength(1)
  })

  it('finds the code in the causes of wrapped errors', async () => {
    const cause = Object.assign(new Error('header not found'), { code: -32000 })
    const { client } = setUp(() => raise({ message: 'An RPC error occurred.', cause }))
    expect(await failureOf(client.getChainId())).toMatchObject({
      rpcCode: -32000,
      kind: 'unknown-block',
      details: 'An RPC error occurred.: header not found',
    })
  })

  it('finds what a reverted call returned in the causes', async () => {
    const cause = Object.assign(new Error('execution reverted'), { code: 3, data: '0xaa' })
    const { client } = setUp(() => raise({ message: 'An RPC error occurred.', cause }))
    expect(await failureOf(client.request('eth_call'))).toMatchObject({ rpcCode: 3, data: '0xaa' })
  })

  it('keeps URLs of the provider out of its errors', async () => {
    const message = 'HTTP request failed.\nURL: https://node.example/v2/secret-key\n'
    const { client } = setUp(() => raise({ message, code: 1 }))
    const error = await failureOf(client.getChainId())
    expect(`${error.message} ${String(error.cause)}`).not.toContain('secret-key')
    expect(error.message).toContain('https://node.example')
  })

  it.each([['text'], [undefined], [null], [{ code: 'x' }]])(
    'bears a rejection with %j',
    async (reason) => {
      const { client } = setUp(() => Promise.reject(reason))
      expect(await failureOf(client.getChainId())).toMatchObject({ kind: 'fatal' })
    },
  )

  it('bears a provider that throws at once, or answers nothing', async () => {
    const throwing = new RpcClientAdapter({
      request: () => {
        throw new Error('not connected yet')
      },
    })
    await failureOf(throwing.getChainId())
    const { client } = setUp(() => undefined)
    expect(await failureOf(client.getChainId())).toMatchObject({ code: 'RPC_RESPONSE' })
  })

  it('one hanging request does not hold up the others', async () => {
    const settings = { timeoutMs: 30, retries: 0 }
    const { client } = setUp(
      (method) => (method === 'slow' ? new Promise(() => {}) : '0x1'),
      settings,
    )
    const slow = client.request('slow')
    slow.catch(() => {})
    expect(await client.getChainId()).toBe(1n)
    expect(await failureOf(slow)).toMatchObject({ code: 'RPC_TIMEOUT' })
  })
})
