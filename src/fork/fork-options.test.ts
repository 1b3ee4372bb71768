import { describe, expect, it } from 'vitest'
import { FakeChain } from '../../test/support/fake-chain.ts'
import { FakeRpcClient, fakeProvider } from '../../test/support/fake-upstream.ts'
import { InvalidInputError } from '../errors.ts'
import { defaultEngine } from '../ffi/wasm.ts'
import type { ForkBackendOptions } from './fork-options.ts'
import {
  DEFAULT_MAX_CACHE_BYTES,
  DEFAULT_MAX_CACHE_SIZE,
  resolveForkOptions,
} from './fork-options.ts'
import { RpcClientAdapter } from './rpc/rpc-client-adapter.ts'

const rpcClient = new FakeRpcClient(new FakeChain())

describe('resolveForkOptions', () => {
  it('has defaults', () => {
    const options = resolveForkOptions({ rpcClient })
    expect(options.engine === defaultEngine()).toBe(true)
    expect(options).toMatchObject({
      target: 'latest',
      maxEntries: DEFAULT_MAX_CACHE_SIZE,
      maxBytes: DEFAULT_MAX_CACHE_BYTES,
      closesClient: false,
      signal: undefined,
    })
    expect(options.client).toBe(rpcClient)
  })

  it.each(['http://127.0.0.1:1', new URL('http://127.0.0.1:1'), fakeProvider(new FakeChain())])(
    'makes a client of a URL or a provider, and closes it',
    (given) => {
      const { client, closesClient } = resolveForkOptions({ rpcClient: given })
      expect(client).toBeInstanceOf(RpcClientAdapter)
      expect(closesClient).toBe(true)
    },
  )

  it.each([
    { maxCacheSize: 0 },
    { maxCacheSize: -1 },
    { maxCacheSize: 1.5 },
    { maxCacheSize: Number.POSITIVE_INFINITY },
    { maxCacheSize: 2 ** 40 },
    { maxCacheSize: '5' },
    { maxCacheBytes: 0 },
    { maxCacheBytes: Number.NaN },
    { forkBlockTag: 'pending' },
    { rpcClient: 5 },
    { rpcClient: null },
    { rpcClient: {} },
    { rpcClient: 'no url' },
    { rpcClient: { getProof: async () => {} } },
  ])('refuses %j', (wrong) => {
    const options = { rpcClient, ...wrong } as ForkBackendOptions
    expect(() => resolveForkOptions(options)).toThrow(InvalidInputError)
  })

  it('names what an incomplete client lacks', () => {
    const client = { getProof: async () => {}, getCode: async () => {} }
    const options = { rpcClient: client } as unknown as ForkBackendOptions
    expect(() => resolveForkOptions(options)).toThrow(/lacks getBlock, getChainId/)
  })
})
