import { keccak256 } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import type { AccountSeed } from '../../../test/support/fake-chain.ts'
import { FakeChain } from '../../../test/support/fake-chain.ts'
import { FakeRpcClient } from '../../../test/support/fake-upstream.ts'
import {
  destroyLater,
  endForkWorlds,
  holdAnswers,
  makeForkWorld,
} from '../../../test/support/fork-world.ts'
import { freshAddress, word } from '../../../test/support/sample-keys.ts'
import { FailoverRpcClient } from '../../rpc/failover/failover-client.ts'
import type { RpcClientOptions } from '../../rpc/options.ts'
import { RpcClientAdapter } from '../../rpc/rpc-client-adapter.ts'
import { keepEveryBlock } from '../../store/facts/block-policy.ts'
import { MemoryStore } from '../../store/media/memory-store.ts'
import { StateManager } from '../state-manager.ts'

afterEach(endForkWorlds)

const ACCOUNTS = 200
const SLOTS_EACH = 5

/** A chain of contracts, each with code of its own, behind a node that is asked by batches. */
function manyContracts(options: RpcClientOptions = {}, delayMs = 0) {
  const chain = new FakeChain()
  const addresses = Array.from({ length: ACCOUNTS }, freshAddress)
  const slots = Array.from({ length: SLOTS_EACH }, (_, slot) => word(slot))
  const storage = Object.fromEntries(slots.map((slot, at) => [slot, BigInt(at + 1)]))
  const seed = (index: number): AccountSeed => ({
    balance: BigInt(index),
    code: `0x60${index.toString(16).padStart(4, '0')}`,
    storage,
  })
  chain.mine(Object.fromEntries(addresses.map((address, index) => [address, seed(index)])))
  const answer = ({ id, method, params }: Call): object => {
    return { jsonrpc: '2.0', id, result: chain.answer(method, params) }
  }
  /** How many calls each HTTP request had, and the first of them. */
  const requests: { readonly calls: number; readonly first: Call }[] = []
  const fetch = async (_: unknown, init?: { readonly body?: unknown }): Promise<Response> => {
    const body = JSON.parse(String(init?.body)) as Call | readonly Call[]
    const [first, ...others] = Array.isArray(body) ? (body as Call[]) : [body as Call]
    requests.push({ calls: 1 + others.length, first: first as Call })
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    return Response.json(Array.isArray(body) ? body.map(answer) : answer(body as Call))
  }
  const makeClient = () => new RpcClientAdapter('http://node.example', { fetch, ...options })
  return { addresses, slots, makeClient, requests }
}

interface Call {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

describe('200 accounts with code and 1,000 slots', () => {
  it('take 3 HTTP requests and 401 calls, prefetched or read in parallel', async () => {
    const { addresses, slots, makeClient } = manyContracts()
    const list = addresses.map((address) => ({ address, slots }))
    const ahead = destroyLater(new StateManager({ rpcClient: makeClient() }))
    await ahead.prefetch(list)
    expect(ahead.metrics()).toMatchObject({ httpRequests: 3, rpcCalls: 401 })
    for (const [index, address] of addresses.entries()) {
      expect(await ahead.getBalance(address)).toBe(BigInt(index))
      expect((await ahead.getCodeBytes(address)).length).toBe(3)
      for (const slot of slots) expect(BigInt(await ahead.getStorage(address, slot))).not.toBe(0n)
    }
    expect(ahead.metrics()).toMatchObject({ httpRequests: 3, rpcCalls: 401, prefetchedKeys: 1200 })

    const parallel = destroyLater(new StateManager({ rpcClient: makeClient() }))
    await Promise.all(
      addresses.flatMap((address) => [
        parallel.getCode(address),
        ...slots.map((slot) => parallel.getStorage(address, slot)),
      ]),
    )
    expect(parallel.metrics()).toMatchObject({ httpRequests: 3, rpcCalls: 401 })
  })

  it('take the pin alone over a store that has them', async () => {
    const { addresses, slots, makeClient } = manyContracts()
    const list = addresses.map((address) => ({ address, slots }))
    const store = new MemoryStore()
    const options = { store, storeOptions: { policy: keepEveryBlock } }
    const first = destroyLater(new StateManager({ ...options, rpcClient: makeClient() }))
    await first.prefetch(list)
    expect(first.metrics().httpRequests).toBe(3)
    first.destroy()
    const second = destroyLater(new StateManager({ ...options, rpcClient: makeClient() }))
    await second.prefetch(list)
    expect(second.metrics()).toMatchObject({ httpRequests: 1, storeHits: 1400, storeMisses: 0 })
  })
})

describe('priorities', () => {
  it('let a read pass all of a prefetch that is not sent yet', async () => {
    const options = { maxBatchSize: 10, maxConcurrentRequests: 2 }
    const { addresses, makeClient, requests } = manyContracts(options, 5)
    const fork = destroyLater(new StateManager({ rpcClient: makeClient() }))
    await fork.pinned()
    requests.length = 0
    const reader = freshAddress()
    const fetching = fork.prefetch(addresses.map((address) => ({ address })))
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(await fork.getBalance(reader)).toBe(0n)
    expect(requests.map(({ calls }) => calls).slice(0, 2)).toEqual([10, 1])
    expect(requests[1]?.first.params[0]).toBe(reader)
    expect(requests.length).toBeLessThan(5)
    await fetching
    expect(requests.length).toBe(41)
  })

  it('let a read of something that is prefetched pass the rest of the prefetch', async () => {
    const options = { maxBatchSize: 10, maxConcurrentRequests: 2 }
    const { addresses, slots, makeClient, requests } = manyContracts(options, 5)
    for (const rpcClient of [makeClient(), new FailoverRpcClient([makeClient(), makeClient()])]) {
      const fork = destroyLater(new StateManager({ rpcClient, verify: false }))
      await fork.pinned()
      requests.length = 0
      const fetching = fork.prefetch(addresses.map((address) => ({ address, slots })))
      await new Promise((resolve) => setTimeout(resolve, 0))
      const last = addresses.at(-1) ?? '0x'
      expect(await fork.getBalance(last)).toBe(BigInt(ACCOUNTS - 1))
      expect(requests.length).toBeLessThan(5)
      expect(requests.map(({ first, calls }) => [first.params[0], calls])).toContainEqual([last, 1])
      await fetching
    }
  })

  it('of calls are passed to the client: guesses alone are prefetch', async () => {
    const { client, fork, address } = await makeForkWorld()
    const read = freshAddress()
    const both = freshAddress()
    const fetching = fork.prefetch([{ address, slots: [1n] }, { address: both }])
    const reading = [fork.getBalance(read), fork.getNonce(both)]
    await Promise.all([fetching, ...reading])
    const priorities = client.calls.map((call) => [call.method, call.address, call.priority])
    expect(priorities).toEqual([
      ['getProof', address, 'prefetch'],
      ['getProof', both, undefined],
      ['getProof', read, undefined],
      ['getCode', address, 'prefetch'],
    ])
  })

  it('hold where the node takes no hashes: the header is asked for along with the guesses', async () => {
    const chain = new FakeChain({ takesBlockHash: false })
    const client = new FakeRpcClient(chain)
    const fork = destroyLater(new StateManager({ rpcClient: client }))
    expect((await fork.pinned()).mode).toBe('number')
    client.calls.length = 0
    await fork.prefetch([{ address: freshAddress() }])
    expect(new Set(client.calls.map(({ priority }) => priority))).toEqual(new Set(['prefetch']))
    expect(client.calls.some(({ method }) => method === 'getBlock')).toBe(true)
    client.calls.length = 0
    await fork.getBalance(freshAddress())
    expect(client.calls.filter(({ priority }) => priority === 'prefetch')).toEqual([])
  })
})

describe('prefetch', () => {
  it('takes both names of slots, hex, bytes and numbers, and each key once', async () => {
    const { client, fork, address } = await makeForkWorld()
    const bytes = Uint8Array.from(Buffer.from(address.slice(2), 'hex'))
    await fork.prefetch([
      { address, slots: [word(1), 1n] },
      { address: bytes, storageKeys: [word(2)] },
    ])
    expect(client.calls.map(({ slots }) => slots)).toEqual([[word(1), word(2)], undefined])
    expect(fork.peekStorage(address, 1n)).toBe(word(7))
    expect(fork.peekStorage(address, 2n)).toBe(word(8))
    expect(fork.peekCode(address)).toBe('0x6001')
    expect(fork.metrics()).toMatchObject({ prefetchedKeys: 3, predictedKeys: 0, prefetchHits: 0 })
    await fork.prefetch([{ address, slots: [word(1)] }])
    expect(fork.metrics().prefetchedKeys).toBe(3)
    expect(client.calls).toHaveLength(2)
  })

  it('asks for nothing that local writes decide, and overwrites none', async () => {
    const { client, fork, address } = await makeForkWorld()
    const gone = freshAddress()
    fork.deleteAccount(gone)
    const gate = holdAnswers(client)
    const fetching = fork.prefetch([
      { address, slots: [word(1)] },
      { address: gone, slots: [word(1)] },
    ])
    await gate.arrived()
    fork.setStorage(address, word(1), 1n)
    fork.setCode(address, '0xfe')
    gate.release()
    await fetching
    expect(client.calls.map((call) => call.address)).toEqual([address])
    expect(fork.peekStorage(address, word(1))).toBe(word(1))
    expect(fork.peekCode(address)).toBe('0xfe')
  })

  it('rejects with the typed error of what failed, and keeps what came', async () => {
    // A proof of the other account would show that this one is absent.
    const { client, fork, address } = await makeForkWorld({ verify: false })
    const bad = freshAddress()
    client.before = (call) => {
      if (call.address === bad) throw new Error('no route')
    }
    const list = [
      { address: bad, slots: [word(1)] },
      { address, slots: [word(1)] },
    ]
    await expect(fork.prefetch(list)).rejects.toMatchObject({ code: 'RPC_FAILED', address: bad })
    expect(fork.peekStorage(address, word(1))).toBe(word(7))
    expect(fork.peekCode(address)).toBe('0x6001')
    expect(fork.peekBalance(bad)).toBeUndefined()
    client.before = undefined
    expect(await fork.getBalance(bad)).toBe(0n)
  })

  it('rejects a malformed list, without an unhandled rejection', async () => {
    const { client, fork, address } = await makeForkWorld()
    client.before = () => {
      throw new Error('no route')
    }
    const list = [{ address }, { address: '0x12' as const }]
    await expect(fork.prefetch(list)).rejects.toThrow()
    await expect(fork.prefetch([{ address, slots: ['0x1'] }])).rejects.toThrow()
  })

  it('is over at once in memory, and refused after destroy', async () => {
    const state = new StateManager()
    await state.prefetch([{ address: freshAddress(), slots: [1n] }])
    expect(await state.prefetchCall({ to: freshAddress() })).toMatchObject({ source: 'none' })
    state.destroy()
    await expect(state.prefetch([{ address: freshAddress() }])).rejects.toMatchObject({
      code: 'DESTROYED',
    })
    await expect(state.prefetchCall({})).rejects.toMatchObject({ code: 'DESTROYED' })
  })

  it('is cancelled with its manager', async () => {
    const { client, fork, address } = await makeForkWorld()
    const gate = holdAnswers(client)
    const fetching = fork.prefetch([{ address, slots: [word(1)] }])
    await gate.arrived()
    fork.destroy()
    await expect(fetching).rejects.toMatchObject({ code: 'DESTROYED' })
    gate.release()
  })

  it('of one code in many accounts fetches it once', async () => {
    const { chain, client, fork } = await makeForkWorld()
    const twins = Array.from({ length: 10 }, freshAddress)
    chain.mine(Object.fromEntries(twins.map((address) => [address, { code: '0x6003' }])))
    await fork.repin('latest')
    await fork.pinned()
    client.calls.length = 0
    await fork.prefetch(twins.map((address) => ({ address })))
    expect(client.calls.filter(({ method }) => method === 'getCode')).toHaveLength(1)
    expect(keccak256(fork.peekCode(twins[9] ?? '0x') ?? '0x')).toBe(keccak256('0x6003'))
  })
})
