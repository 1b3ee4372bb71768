import { createPublicClient, http } from 'viem'
import { expectTypeOf, it } from 'vitest'
import type { Account, Hex, PinnedBlock } from '../index.ts'
import { ForkBackend, RpcClientAdapter, StateManager } from '../index.ts'

declare const state: StateManager
declare const address: Hex

it('is made in memory, over anything that reads a chain, or over a shared fork', () => {
  expectTypeOf(StateManager).toBeConstructibleWith()
  expectTypeOf(StateManager).toBeConstructibleWith({ rpcClient: 'http://127.0.0.1:8545' })
  const viem = createPublicClient({ transport: http('http://127.0.0.1:8545') })
  expectTypeOf(StateManager).toBeConstructibleWith({ rpcClient: viem, forkBlockTag: 1n })
  const rpcClient = new RpcClientAdapter('http://127.0.0.1:8545')
  expectTypeOf(StateManager).toBeConstructibleWith({ rpcClient, forkBlockTag: 'finalized' })
  const fork = new ForkBackend({ rpcClient })
  expectTypeOf(StateManager).toBeConstructibleWith({ fork })
  // @ts-expect-error a pending block keeps changing
  new StateManager({ rpcClient, forkBlockTag: 'pending' })
  // @ts-expect-error unknown options are mistakes
  new StateManager({ rpcClient, forkBlock: 1 })
  // @ts-expect-error a fork needs a client
  new ForkBackend({})
  // @ts-expect-error a client that may be missing would fork nothing
  new StateManager({ rpcClient: undefined })
})

it('gets promises and peeks values that may be unknown', () => {
  expectTypeOf(state.getBalance(address)).resolves.toEqualTypeOf<bigint>()
  expectTypeOf(state.getNonce(address)).resolves.toEqualTypeOf<bigint>()
  expectTypeOf(state.getStorage(address, 1n)).resolves.toEqualTypeOf<Hex>()
  expectTypeOf(state.getStorageBytes(address, 1n)).resolves.toEqualTypeOf<Uint8Array>()
  expectTypeOf(state.getCode(address)).resolves.toEqualTypeOf<Hex>()
  expectTypeOf(state.getAccount(address)).resolves.toEqualTypeOf<Account | undefined>()
  expectTypeOf(state.peekBalance(address)).toEqualTypeOf<bigint | undefined>()
  expectTypeOf(state.peekStorage(address, address)).toEqualTypeOf<Hex | undefined>()
  expectTypeOf(state.peekAccount(address)).toEqualTypeOf<Account | null | undefined>()
  expectTypeOf(state.pinned()).resolves.toEqualTypeOf<PinnedBlock>()
  expectTypeOf<PinnedBlock['mode']>().toEqualTypeOf<'hash' | 'number'>()
  expectTypeOf(state.snapshot()).toEqualTypeOf<bigint>()
  expectTypeOf(state.branch()).toEqualTypeOf<StateManager>()
})

it('takes hex or bytes, and bigint where a number is meant', () => {
  state.setStorage(new Uint8Array(20), new Uint8Array(32), new Uint8Array(1))
  state.setBalance(address, 1n)
  // @ts-expect-error hex starts with 0x
  state.peekBalance('aa')
  // @ts-expect-error a balance is a bigint
  state.setBalance(address, 1)
  // @ts-expect-error a nonce is a bigint
  state.setNonce(address, 1)
  // @ts-expect-error a slot is no number
  void state.getStorage(address, 1)
  // @ts-expect-error an address is no bigint
  void state.getBalance(1n)
})
