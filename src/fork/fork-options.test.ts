import { createPublicClient, createTestClient, custom, publicActions } from 'viem'
import { describe, expect, it } from 'vitest'
import { FakeChain } from '../../test/support/fake-chain.ts'
import { FakeRpcClient, fakeProvider } from '../../test/support/fake-upstream.ts'
import { InvalidHexError, InvalidInputError } from '../diagnostics/errors.ts'
import { defaultEngine } from '../ffi/wasm.ts'
import { FailoverRpcClient } from '../rpc/failover/failover-client.ts'
import { record } from '../rpc/record/record.ts'
import { replay } from '../rpc/record/replay.ts'
import type { RpcClient } from '../rpc/rpc-client.ts'
import { RPC_CLIENT } from '../rpc/rpc-client.ts'
import { RpcClientAdapter } from '../rpc/rpc-client-adapter.ts'
import type { ForkBackendOptions } from './fork-options.ts'
import {
  DEFAULT_MAX_CACHE_BYTES,
  DEFAULT_MAX_CACHE_SIZE,
  resolveForkOptions,
} from './fork-options.ts'

const HASH = `0x${'aa'.repeat(32)}` as const
const rpcClient = new FakeRpcClient(new FakeChain())

describe('resolveForkOptions', () => {
  it('has defaults', () => {
    const options = resolveForkOptions({ rpcClient })
    expect(options.engine === defaultEngine()).toBe(true)
    expect(options).toMatchObject({
      target: 'latest',
      maxEntries: DEFAULT_MAX_CACHE_SIZE,
      maxBytes: 0.75 * DEFAULT_MAX_CACHE_BYTES,
      maxTrieNodeBytes: 0.25 * DEFAULT_MAX_CACHE_BYTES,
      verify: { mode: 'possible', blockHash: undefined, isNamedByHash: false },
      closesClient: false,
      signal: undefined,
    })
    expect(options.client).toBe(rpcClient)
  })

  it.each(['http://127.0.0.1:1', new URL('http://127.0.0.1:1'), fakeProvider(new FakeChain())])(
    'makes a client from a URL or a provider, and closes it',
    (given) => {
      const { client, closesClient } = resolveForkOptions({ rpcClient: given })
      expect(client).toBeInstanceOf(RpcClientAdapter)
      expect(closesClient).toBe(true)
    },
  )

  it('makes one client from a list, and closes that client but not those in the list', async () => {
    const own = new FakeRpcClient(new FakeChain())
    const ends: string[] = []
    const given = Object.assign(own, { close: () => void ends.push('given') })
    const list = [given, 'http://127.0.0.1:1', fakeProvider(new FakeChain())]
    const { client, closesClient } = resolveForkOptions({ rpcClient: list })
    expect(client).toBeInstanceOf(FailoverRpcClient)
    expect(closesClient).toBe(true)
    expect((client as FailoverRpcClient).metrics().endpoints).toHaveLength(3)
    client.close?.()
    expect(ends).toEqual([])
    await expect(client.getChainId()).rejects.toMatchObject({ code: 'ABORTED' })
  })

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
    { rpcClient: [] },
    { rpcClient: [5] },
    { rpcClient: [rpcClient, 'no url'] },
    { rpcClient: 'no url' },
    { rpcClient: { getProof: async () => {} } },
    { rpcClient: { [RPC_CLIENT]: true } },
    { signal: {} },
    { signal: null },
    { signal: { aborted: false, addEventListener: () => {} } },
    { signal: new AbortController() },
    { verify: 'yes' },
    { verify: null },
    { trustedStateRoot: 5 },
    { trustedStateRoot: HASH, verify: false },
    { trustedBlockHash: HASH, verify: false },
  ])('refuses %j', (wrong) => {
    const options = { rpcClient, ...wrong } as ForkBackendOptions
    expect(() => resolveForkOptions(options)).toThrow(InvalidInputError)
  })

  it('never gives up verification if it was asked for, or with a trusted hash or root', () => {
    const modeOf = (options: object) => resolveForkOptions({ rpcClient, ...options }).verify.mode
    expect(modeOf({ verify: true })).toBe('always')
    expect(modeOf({ verify: false })).toBe('never')
    expect(modeOf({ trustedStateRoot: HASH })).toBe('always')
    expect(modeOf({ trustedBlockHash: HASH })).toBe('always')
    expect(() => modeOf({ trustedBlockHash: '0x12' })).toThrow(InvalidHexError)
  })

  it('forks the block with the trusted hash, if no block is named', () => {
    const trustedBlockHash = HASH.replace('aa', 'AA') as typeof HASH
    expect(resolveForkOptions({ rpcClient, trustedBlockHash }).target).toBe(HASH)
    const options = { rpcClient, trustedBlockHash, forkBlockTag: 7 }
    expect(resolveForkOptions(options)).toMatchObject({ target: 7n, verify: { blockHash: HASH } })
  })

  it('treats viem clients as providers, though they have the four methods of a client', async () => {
    const chain = new FakeChain()
    const transport = custom(fakeProvider(chain))
    const clients = [
      createPublicClient({ transport }),
      createTestClient({ transport, mode: 'anvil' }).extend(publicActions),
      createTestClient({ transport, mode: 'anvil' }),
    ]
    for (const viem of clients) {
      const { client } = resolveForkOptions({ rpcClient: viem })
      expect(client).toBeInstanceOf(RpcClientAdapter)
      expect(await client.getBlock('latest')).toMatchObject({ number: 0n })
      const failover = new FailoverRpcClient([viem])
      expect(await failover.getChainId()).toBe(chain.chainId)
    }
  })

  it('treats an object with the mark as a client, even if it has request too', () => {
    const methods = ['getProof', 'getCode', 'getBlock', 'getChainId', 'request']
    const members = Object.fromEntries(methods.map((name) => [name, async () => {}]))
    const own = { ...members, [Symbol.for('forkstate.rpc-client')]: true } as unknown as RpcClient
    expect(resolveForkOptions({ rpcClient: own }).client).toBe(own)
    const unmarked = members as unknown as RpcClient
    expect(resolveForkOptions({ rpcClient: unmarked }).client).not.toBe(unmarked)
  })

  it('recognises its own clients', () => {
    const adapter = new RpcClientAdapter('http://127.0.0.1:1')
    const clients = [
      adapter,
      new FailoverRpcClient([adapter]),
      record(adapter),
      replay({ text: record(adapter).text() }),
    ]
    for (const own of clients) {
      expect(own[RPC_CLIENT]).toBe(true)
      expect(resolveForkOptions({ rpcClient: own }).client).toBe(own)
    }
  })

  it('names the methods that a client lacks', () => {
    const client = { getProof: async () => {}, getCode: async () => {} }
    const options = { rpcClient: client } as unknown as ForkBackendOptions
    expect(() => resolveForkOptions(options)).toThrow(/lacks getBlock, getChainId/)
  })
})
