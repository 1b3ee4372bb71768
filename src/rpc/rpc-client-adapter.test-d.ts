import { expectTypeOf, it } from 'vitest'
import type { RpcError, RpcErrorCode } from './errors.ts'
import type { FailoverRpcClient } from './failover/failover-client.ts'
import type { RecordingRpcClient } from './record/record.ts'
import type { ReplayRpcClient } from './record/replay.ts'
import type { BlockHeader, BlockRef, RpcCallOptions, RpcClient } from './rpc-client.ts'
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

it('takes limits and priorities, and no others', () => {
  expectTypeOf(RpcClientAdapter).toBeConstructibleWith('ws://127.0.0.1:8545', {
    windowMs: 2,
    requestsPerSecond: 10,
    computeUnitsPerSecond: 330,
    computeUnits: { eth_getProof: 21, '*': 10 },
  })
  expectTypeOf<RpcCallOptions['priority']>().toEqualTypeOf<'urgent' | 'prefetch' | undefined>()
  // @ts-expect-error there is no such priority
  const wrong: RpcCallOptions = { priority: 'low' }
  expectTypeOf(wrong).toEqualTypeOf<RpcCallOptions>()
})

it('leaves to a client of the user what is not needed for proofs', () => {
  type Least = Pick<RpcClient, 'getProof' | 'getCode' | 'getBlock' | 'getChainId'>
  expectTypeOf<Least>().toExtend<RpcClient>()
  expectTypeOf<FailoverRpcClient>().toExtend<RpcClient>()
  expectTypeOf<RecordingRpcClient>().toExtend<RpcClient>()
  expectTypeOf<ReplayRpcClient>().toExtend<RpcClient>()
  expectTypeOf<Least>().toExtend<ConstructorParameters<typeof FailoverRpcClient>[0][number]>()
})

it('keeps its shapes', () => {
  expectTypeOf<RpcClient['getBlock']>().returns.resolves.toEqualTypeOf<BlockHeader | null>()
  expectTypeOf<RpcError['code']>().toEqualTypeOf<RpcErrorCode>()
  // @ts-expect-error a block is named by hash or by bigint
  const wrong: BlockRef = { blockNumber: 1 }
  expectTypeOf(wrong).toEqualTypeOf<BlockRef>()
})
