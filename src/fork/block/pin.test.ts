import { describe, expect, it } from 'vitest'
import { FakeChain } from '../../../test/support/fake-chain.ts'
import { FakeRpcClient } from '../../../test/support/fake-upstream.ts'
import { pinOf } from '../../../test/support/fork-world.ts'
import { closeGate } from '../../../test/support/hold.ts'
import type { BlockHeader, RpcClient } from '../../rpc/rpc-client.ts'
import { FactStore } from '../../store/facts/fact-store.ts'
import { MemoryStore } from '../../store/media/memory-store.ts'
import { PinError, ReadCancelledError } from '../errors.ts'

const HASH = `0x${'AB'.repeat(32)}` as const

function headerClient(header: unknown, chainId: unknown = 1n): RpcClient {
  const chain = new FakeRpcClient(new FakeChain())
  return Object.assign(chain, {
    getBlock: async () => header as BlockHeader,
    getChainId: async () => chainId as bigint,
  })
}

describe('Pin', () => {
  it('resolves once, with one header, however many wait', async () => {
    const client = new FakeRpcClient(new FakeChain())
    const pin = pinOf(client, 'latest')
    expect(pin.reader).toBeUndefined()
    const readers = await Promise.all([pin.resolve(), pin.resolve(), pin.resolve()])
    expect(new Set([...readers, pin.reader, await pin.resolve()]).size).toBe(1)
    expect(client.calls.map(({ method }) => method)).toEqual(['getBlock'])
  })

  it('asks for the chain id only if it is needed, once, and again if that fails', async () => {
    const client = new FakeRpcClient(new FakeChain())
    client.before = () => {
      throw new Error('no route')
    }
    const pin = pinOf(client, 'latest')
    await expect(pin.chainId()).rejects.toMatchObject({ code: 'PIN_FAILED' })
    client.before = undefined
    expect(await Promise.all([pin.chainId(), pin.chainId()])).toEqual([31_337n, 31_337n])
    expect(client.calls.map(({ method }) => method)).toEqual(['getChainId', 'getChainId'])
  })

  it('with a store asks in one turn for chain id, head and finalized block', async () => {
    const client = new FakeRpcClient(new FakeChain())
    const store = new FactStore(new MemoryStore())
    const pin = pinOf(client, 'latest', { verify: false, store })
    const resolving = pin.resolve()
    expect(client.calls.map(({ block }) => block)).toEqual([
      'latest',
      undefined,
      'latest',
      'finalized',
    ])
    await resolving
    expect(pin.facts?.keepsState).toBe(true)
  })

  it('with a store works without knowing the head of the chain', async () => {
    const client = new FakeRpcClient(new FakeChain())
    client.before = ({ block }) => {
      if (block === 'latest' || block === 'finalized') throw new Error('no such tag')
    }
    const store = new FactStore(new MemoryStore())
    const pin = pinOf(client, 0n, { verify: false, store })
    await pin.resolve()
    expect(pin.facts?.keepsState).toBe(false)
  })

  it('fails alike for all that wait, keeps nothing, and tries again', async () => {
    const client = new FakeRpcClient(new FakeChain())
    client.before = () => {
      throw new Error('no route to https://user:secret@node.example/key')
    }
    const pin = pinOf(client, 'latest')
    const waits = await Promise.allSettled([pin.resolve(), pin.resolve()])
    const [first, second] = waits.map((wait) => wait.status === 'rejected' && wait.reason)
    expect(first).toBeInstanceOf(PinError)
    expect(second).toBe(first)
    expect(first).toMatchObject({ code: 'PIN_FAILED', block: 'latest' })
    expect((first as PinError).message).not.toMatch(/secret|key/)
    expect((first as PinError).message).toContain('https://node.example')
    client.before = undefined
    const reader = await pin.resolve()
    expect(pin.reader).toBe(reader)
  })

  it('reports that there is no such block', async () => {
    const client = new FakeRpcClient(new FakeChain())
    await expect(pinOf(client, 77n).resolve()).rejects.toMatchObject({
      code: 'PIN_FAILED',
      block: '77',
    })
  })

  it.each([
    [{ number: 1, hash: HASH, stateRoot: HASH }, 1n],
    [{ number: 1n, hash: null, stateRoot: HASH }, 1n],
    [{ number: 1n, hash: HASH, stateRoot: '0x' }, 1n],
    [{ number: 1n, hash: HASH, stateRoot: HASH }, 1],
    [{ number: 1n, hash: HASH, stateRoot: HASH }, Symbol('chain')],
    [{ number: Symbol('number'), hash: Object.create(null), stateRoot: HASH }, 1n],
    [undefined, 1n],
    ['0x1', 1n],
    [7, 1n],
  ])('refuses a malformed header or chain id of a user: %o', async (header, chainId) => {
    const pin = pinOf(headerClient(header, chainId), 'latest')
    await expect(Promise.all([pin.resolve(), pin.chainId()])).rejects.toMatchObject({
      code: 'PIN_FAILED',
    })
  })

  it('keeps hashes in lower case', async () => {
    const pin = pinOf(headerClient({ number: 1n, hash: HASH, stateRoot: HASH }), 'latest')
    const { block } = await pin.resolve()
    expect(block.hash).toBe(HASH.toLowerCase())
    expect(block.stateRoot).toBe(HASH.toLowerCase())
  })

  it('rejects with the reason of a cancellation before, during and after an attempt', async () => {
    const client = new FakeRpcClient(new FakeChain())
    const gate = closeGate()
    client.before = () => gate.enter()
    const pin = pinOf(client, 'latest')
    const reason = new ReadCancelledError('changed')
    const resolving = pin.resolve()
    pin.cancel(reason)
    await expect(pin.unlessCancelled(resolving)).rejects.toBe(reason)
    await expect(pin.unlessCancelled(new Promise(() => {}))).rejects.toBe(reason)
    gate.release()
    await expect(resolving).rejects.toBe(reason)
    await expect(pin.resolve()).rejects.toBe(reason)
    expect(pin.reader).toBeUndefined()
  })
})
