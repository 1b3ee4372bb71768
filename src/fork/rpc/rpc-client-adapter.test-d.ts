import { expectTypeOf, it } from 'vitest'
import type { RpcError, RpcErrorCode } from './errors.ts'
import type { BlockHeader, BlockRef, RpcClient } from './rpc-client.ts'
import { RpcClientAdapter } from './rpc-client-adapter.ts'

it('is an RpcClient over a URL or anything with request()', () => {
  expectTypeOf<RpcClientAdapter>().toExtend<RpcClient>()
  expectTypeOf(RpcClientAdapter).toBeConstructibleWith('http://127.0.0.1:8545')
  expectTypeOf(RpcClientAdapter).toBeConstructibleWith(new URL('http://127.0.0.1:8545'), {
    signal: undefined,
  })
  const typed = { request: async (_: { method: string; params?: unknown[] }) => '0x' as unknown }
  expectTypeOf(RpcClientAdapter).toBeConstructibleWith(typed)
  // @ts-expect-error a client is not a provider
  new RpcClientAdapter({ getProof: async () => undefined })
})

it('keeps its shapes', () => {
  expectTypeOf<RpcClient['getBlock']>().returns.resolves.toEqualTypeOf<BlockHeader | null>()
  expectTypeOf<RpcError['code']>().toEqualTypeOf<RpcErrorCode>()
  // @ts-expect-error a block is named by hash or by bigint
  const wrong: BlockRef = { blockNumber: 1 }
  expectTypeOf(wrong).toEqualTypeOf<BlockRef>()
})
