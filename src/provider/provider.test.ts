import { afterEach, describe, expect, it, vi } from 'vitest'
import { FakeChain } from '../../test/support/fake-chain.ts'
import { FakeRpcClient } from '../../test/support/fake-upstream.ts'
import { InvalidInputError } from '../diagnostics/errors.ts'
import { RpcError } from '../rpc/errors.ts'
import { EndpointsError } from '../rpc/failover/errors.ts'
import { StateManager } from '../state/state-manager.ts'
import { ProviderRpcError, RPC_CODES, toProviderError } from './errors.ts'
import { eip1193Provider } from './provider.ts'

const ADDRESS = `0x${'11'.repeat(20)}` as const

async function failureOf(request: Promise<unknown>): Promise<ProviderRpcError> {
  const error = await request.then(
    (value) => expect.unreachable(`answered ${String(value)}`),
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(ProviderRpcError)
  return error as ProviderRpcError
}

describe('eip1193Provider', () => {
  it('refuses what is no request', async () => {
    using state = new StateManager()
    const { request } = eip1193Provider(state)
    const wrong = [{ method: 5 }, { method: 'eth_chainId', params: 'none' }]
    for (const args of wrong) {
      const error = await failureOf(request(args as unknown as { method: string }))
      expect(error.code).toBe(RPC_CODES.invalidParams)
    }
    expect(await request({ method: 'eth_chainId', params: null })).toBe('0x7a69')
  })

  it('passes nothing on over a client that cannot, unless an option says so', async () => {
    const chain = new FakeChain()
    chain.mine({ [ADDRESS]: { balance: 5n } })
    using state = new StateManager({ rpcClient: new FakeRpcClient(chain) })
    const provider = eip1193Provider(state)
    expect(await provider.request({ method: 'eth_getBalance', params: [ADDRESS] })).toBe('0x5')
    const refused = await failureOf(provider.request({ method: 'eth_gasPrice' }))
    expect(refused).toMatchObject({
      code: RPC_CODES.methodNotFound,
      message: 'eth_gasPrice is not served: nothing is passed on to the chain',
    })
    const passing = eip1193Provider(state, { unknown: 'upstream' })
    const error = await failureOf(passing.request({ method: 'eth_gasPrice' }))
    expect(error.message).toContain('has no request()')
  })

  it('says why a call cannot be run over a client that returns no header fields', async () => {
    const chain = new FakeChain()
    chain.mine({})
    const client = new FakeRpcClient(chain)
    const { getBlock } = client
    client.getBlock = async (...args) => {
      const header = await getBlock.apply(client, args)
      return header && { ...header, fields: undefined }
    }
    using state = new StateManager({ rpcClient: client, verify: false })
    const call = eip1193Provider(state).request({ method: 'eth_call', params: [{}, 'latest'] })
    expect(await failureOf(call)).toMatchObject({
      code: RPC_CODES.notSupported,
      message: expect.stringContaining('fields of the header'),
    })
  })
})

describe('without EthereumJS', () => {
  afterEach(() => {
    vi.doUnmock('@ethereumjs/evm')
    vi.resetModules()
  })

  it('calls are refused with what to install, and all else works', async () => {
    vi.resetModules()
    vi.doMock('@ethereumjs/evm', () => {
      throw new Error('Cannot find package')
    })
    const { eip1193Provider: withoutEvm } = await import('./provider.ts')
    const { StateManager: StateManagerAnew } = await import('../state/state-manager.ts')
    using state = new StateManagerAnew()
    const provider = withoutEvm(state)
    for (const method of ['eth_call', 'eth_estimateGas']) {
      const error: unknown = await provider
        .request({ method, params: [{ to: ADDRESS }, 'latest'] })
        .catch((caught: unknown) => caught)
      expect(error).toMatchObject({
        name: 'ProviderRpcError',
        code: RPC_CODES.notSupported,
        message: expect.stringContaining('install @ethereumjs/evm'),
        cause: expect.any(Error),
      })
    }
    expect(await provider.request({ method: 'eth_getCode', params: [ADDRESS] })).toBe('0x')
  })
})

describe('toProviderError', () => {
  const fields = { method: 'eth_call', endpoint: 'http://node' }

  it('keeps code and data of the node, and the error as the cause', () => {
    const cause = new RpcError('reverted', { ...fields, rpcCode: 3, data: '0xaa' })
    expect(toProviderError(cause)).toMatchObject({ code: 3, data: '0xaa', cause })
    const all = new EndpointsError('none of 2 endpoints answered', { ...fields, cause }, [])
    expect(toProviderError(all)).toMatchObject({ code: 3, data: '0xaa', cause: all })
    const network = new RpcError('the connection failed', fields)
    expect(toProviderError(network)).toMatchObject({ code: RPC_CODES.internal, data: undefined })
  })

  it('distinguishes wrong input from other failures', () => {
    const input = new InvalidInputError('wrong', { details: 'too large' })
    expect(toProviderError(input)).toMatchObject({
      code: RPC_CODES.invalidParams,
      message: 'wrong: too large',
    })
    const foreign = new TypeError('a defect')
    expect(toProviderError(foreign)).toMatchObject({ code: RPC_CODES.internal, cause: foreign })
    const ready = new ProviderRpcError(3, 'reverted')
    expect(toProviderError(ready)).toBe(ready)
  })
})
