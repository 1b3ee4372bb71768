import { getEventListeners } from 'node:events'
import { queryObjects } from 'node:v8'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeChain } from '../../test/support/fake-chain.ts'
import { FakeRpcClient } from '../../test/support/fake-upstream.ts'
import type { ForkWorld } from '../../test/support/fork-world.ts'
import {
  destroyLater,
  endForkWorlds,
  holdAnswers,
  makeForkWorld,
  pinOf,
  rejectionCode,
} from '../../test/support/fork-world.ts'
import { freshAddress, word } from '../../test/support/sample-keys.ts'
import { STATE_MANAGER_ERROR_OUT_OF_MEMORY } from '../ffi/abi.gen.ts'
import { loadWasm } from '../ffi/wasm.ts'
import { StateManager } from '../state/state-manager.ts'
import { ForkBackend } from './fork-backend.ts'

afterEach(endForkWorlds)

describe('waiting reads are rejected', () => {
  const endings: Record<string, readonly [(world: ForkWorld) => unknown, string]> = {
    clearForkCache: [({ fork }) => fork.clearForkCache(), 'READ_CANCELLED'],
    clearCaches: [({ fork }) => fork.clearCaches(), 'READ_CANCELLED'],
    repin: [({ fork }) => void fork.repin(0).catch(() => {}), 'READ_CANCELLED'],
    destroy: [({ fork }) => fork.destroy(), 'DESTROYED'],
  }

  it.each(Object.entries(endings))(
    'by %s, at once, with their address and slot',
    async (_, [end, code]) => {
      const world = await makeForkWorld()
      const { client, fork, address } = world
      const gate = holdAnswers(client)
      const reads = [
        fork.getBalance(address),
        fork.getCode(address),
        fork.getStorage(address, 1n),
        fork.getAccount(address),
      ]
      await gate.arrived()
      const signals = client.calls.map(({ signal }) => signal)
      end(world)
      const outcomes = await Promise.allSettled(reads)
      expect(outcomes.map(rejectionCode)).toEqual([code, code, code, code])
      const [, , storage] = outcomes
      expect(storage).toMatchObject({ reason: { address, slot: word(1) } })
      expect(signals.every((signal) => signal?.aborted)).toBe(true)
      gate.release()
    },
  )

  it.each(Object.entries(endings))(
    'by %s, also before anything was sent',
    async (_, [end, code]) => {
      const world = await makeForkWorld()
      const read = world.fork.getBalance(world.address)
      end(world)
      await expect(read).rejects.toMatchObject({ code })
    },
  )

  it.each(Object.entries(endings))(
    'by %s, also while the block is resolved',
    async (_, [end, code]) => {
      const chain = new FakeChain()
      const client = new FakeRpcClient(chain)
      const gate = holdAnswers(client)
      const fork = new StateManager({ rpcClient: client })
      destroyLater(fork)
      const address = freshAddress()
      const read = fork.getBalance(address)
      await gate.arrived()
      end({ chain, client, fork, address })
      await expect(read).rejects.toMatchObject({ code })
      gate.release()
      if (code === 'READ_CANCELLED') expect(await fork.getBalance(address)).toBe(0n)
    },
  )

  it('and answers to earlier requests are dropped, even if request ids are used again', async () => {
    const { chain, client, fork, address } = await makeForkWorld()
    const first = holdAnswers(client)
    const old = fork.getBalance(address)
    await first.arrived()
    chain.mine({ [address]: { balance: 6n } })
    client.before = undefined
    await Promise.all([
      fork.repin('latest'),
      expect(old).rejects.toMatchObject({ code: 'READ_CANCELLED' }),
    ])
    const second = holdAnswers(client)
    const fresh = fork.getBalance(address)
    await second.arrived()
    first.release()
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(fork.peekBalance(address)).toBeUndefined()
    second.release()
    expect(await fresh).toBe(6n)
  })

  it('also if the client never answers, and the new block is read', async () => {
    const { client, fork, address } = await makeForkWorld()
    const honest = client.getBlock.bind(client)
    client.getBlock = () => new Promise(() => {})
    const stuck = fork.repin('latest')
    const read = fork.getBalance(address)
    client.getBlock = honest
    const repinned = fork.repin('latest')
    await expect(stuck).rejects.toMatchObject({ code: 'READ_CANCELLED' })
    await expect(read).rejects.toMatchObject({ code: 'READ_CANCELLED' })
    expect((await repinned).number).toBe(1n)
    expect(await fork.getBalance(address)).toBe(5n)
  })
})

describe('a signal', () => {
  it('rejects waiting reads and all later ones; known values can still be read', async () => {
    const controller = new AbortController()
    const { client, fork, address } = await makeForkWorld({ signal: controller.signal })
    await fork.getBalance(address)
    const gate = holdAnswers(client)
    const read = fork.getStorage(address, word(1))
    await gate.arrived()
    const reason = new Error('user left')
    controller.abort(reason)
    await expect(read).rejects.toMatchObject({ code: 'ABORTED', cause: reason, address })
    gate.release()
    const sent = client.calls.length
    expect(sent).toBeGreaterThan(0)
    await expect(fork.getCode(address)).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(fork.repin(0)).rejects.toMatchObject({ code: 'ABORTED' })
    expect(client.calls).toHaveLength(sent)
    expect(await fork.getBalance(address)).toBe(5n)
    fork.setBalance(address, 1n)
    expect(fork.peekBalance(address)).toBe(1n)
  })

  it('has one listener for all its forks, and none once they are destroyed', async () => {
    const { signal } = new AbortController()
    const worlds = []
    for (let index = 0; index < 20; index++) worlds.push(await makeForkWorld({ signal }))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    for (const { fork } of worlds) fork.destroy()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('that is invalid leaves no fork behind', async () => {
    const engine = await loadWasm()
    const rpcClient = new FakeRpcClient(new FakeChain())
    const handles: unknown[] = []
    const create = engine.functions.fork_backend_create
    const functions = {
      ...engine.functions,
      fork_backend_create: (config: number, out: number) => {
        handles.push(out)
        return create(config, out)
      },
    }
    const ffi = Object.create(engine, { functions: { value: functions } })
    const options = { ffi, rpcClient, signal: {} as AbortSignal }
    expect(() => new ForkBackend(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    )
    expect(handles).toEqual([])
  })

  it('is released if the core cannot make the fork', async () => {
    const { signal } = new AbortController()
    const engine = await loadWasm()
    const functions = {
      ...engine.functions,
      fork_backend_create: () => STATE_MANAGER_ERROR_OUT_OF_MEMORY,
    }
    const ffi = Object.create(engine, { functions: { value: functions } })
    const rpcClient = new FakeRpcClient(new FakeChain())
    expect(() => new ForkBackend({ ffi, rpcClient, signal })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY' }),
    )
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('that was aborted before stops everything', async () => {
    const client = new FakeRpcClient(new FakeChain())
    const fork = new StateManager({ rpcClient: client, signal: AbortSignal.abort() })
    destroyLater(fork)
    await expect(fork.getBalance(freshAddress())).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(fork.pinned()).rejects.toMatchObject({ code: 'ABORTED' })
    expect(client.calls).toEqual([])
  })
})

describe('pinned()', () => {
  it('leaves nothing in memory, however often it is called', async () => {
    const { fork } = await makeForkWorld()
    const backend = await fork.pinned()
    const before = queryObjects(Promise) as unknown as number
    for (let call = 0; call < 2_000; call++) expect(await fork.pinned()).toEqual(backend)
    const after = queryObjects(Promise) as unknown as number
    expect(after - before).toBeLessThan(500)
  })

  it('leaves nothing in memory while the block is being resolved', async () => {
    const pin = pinOf(new FakeRpcClient(new FakeChain()), 'latest')
    await pin.unlessCancelled(pin.resolve())
    const before = queryObjects(Promise) as unknown as number
    for (let call = 0; call < 2_000; call++) await pin.unlessCancelled(pin.resolve())
    const after = queryObjects(Promise) as unknown as number
    expect(after - before).toBeLessThan(500)
  })
})

describe('lifetimes', () => {
  it('a destroyed parent cancels only its own reads', async () => {
    const { client, fork, address } = await makeForkWorld()
    const branch = fork.branch()
    destroyLater(branch)
    const gate = holdAnswers(client)
    const reads = [fork.getBalance(address), branch.getBalance(address), branch.getCode(address)]
    await gate.arrived()
    fork.destroy()
    gate.release()
    const [own, balance, code] = await Promise.allSettled(reads)
    expect(rejectionCode(own)).toBe('DESTROYED')
    expect(balance).toMatchObject({ value: 5n })
    expect(code).toMatchObject({ value: '0x6001' })
  })

  it('a fork lives as long as its creator or any manager over it', async () => {
    const { client: rpcClient, address } = await makeForkWorld()
    const backend = new ForkBackend({ rpcClient })
    const first = new StateManager({ fork: backend })
    const second = new StateManager({ fork: backend, ffi: backend.ffi })
    for (const state of [first, second]) destroyLater(state)
    expect(await first.getBalance(address)).toBe(5n)
    expect(second.peekBalance(address)).toBe(5n)
    first.setBalance(address, 1n)
    expect(second.peekBalance(address)).toBe(5n)
    backend.destroy()
    backend.destroy()
    await expect(backend.pinned()).rejects.toMatchObject({ code: 'DESTROYED' })
    expect(() => new StateManager({ fork: backend })).toThrow(
      expect.objectContaining({ code: 'DESTROYED' }),
    )
    first.destroy()
    expect(await second.getStorage(address, word(1))).toBe(word(7))
  })

  it('a client that was passed in is never closed', async () => {
    const { client, fork } = await makeForkWorld()
    let closed = 0
    Object.assign(client, { close: () => closed++ })
    fork.destroy()
    expect(closed).toBe(0)
  })

  it('a destroyed fork releases the signal', async () => {
    const controller = new AbortController()
    const { fork } = await makeForkWorld({ signal: controller.signal })
    fork.destroy()
    controller.abort()
    await expect(fork.getBalance(freshAddress())).rejects.toMatchObject({ code: 'DESTROYED' })
  })
})
