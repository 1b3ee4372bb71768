import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeChain } from '../../test/support/fake-chain.ts'
import { FakeRpcClient } from '../../test/support/fake-upstream.ts'
import { closeGate } from '../../test/support/hold.ts'
import { ForkStateError } from '../diagnostics/errors.ts'
import { EMPTY_CODE_HASH, ZERO_WORD } from '../encoding/constants.ts'
import type { Hex } from '../encoding/hex.ts'
import { STATE_MANAGER_MAX_CODE_BYTES } from '../ffi/abi.gen.ts'
import { loadWasm } from '../ffi/wasm.ts'
import { ForkBackend } from '../fork/fork-backend.ts'
import { StateManager } from './state-manager.ts'

const ADDRESS = '0x00000000000000000000000000000000000000aa'
const OTHER = '0x00000000000000000000000000000000000000bb'
const word = (value: number): Hex => `0x${value.toString(16).padStart(64, '0')}`
const open: StateManager[] = []

function manager(...args: ConstructorParameters<typeof StateManager>): StateManager {
  const state = new StateManager(...args)
  open.push(state)
  return state
}

afterEach(() => {
  for (const state of open.splice(0)) state.destroy()
})

describe('a manager in memory', () => {
  it('reads what was not written as absent and zero', async () => {
    const state = manager()
    expect(await state.getBalance(ADDRESS)).toBe(0n)
    expect(await state.getNonce(ADDRESS)).toBe(0n)
    expect(await state.getStorage(ADDRESS, 0n)).toBe(ZERO_WORD)
    expect(await state.getCode(ADDRESS)).toBe('0x')
    expect(await state.getAccount(ADDRESS)).toBeUndefined()
    expect(state.peekAccount(ADDRESS)).toBeNull()
    expect(state.peekCode(ADDRESS)).toBe('0x')
  })

  it('reads back what was written, by get and peek, as hex and bytes', async () => {
    const state = manager()
    state.setBalance(ADDRESS, 2n ** 256n - 1n)
    state.setNonce(ADDRESS, 2n ** 64n - 1n)
    state.setStorage(ADDRESS, 1n, '0x1234')
    state.setCode(ADDRESS, '0x6001')
    expect(await state.getBalance(ADDRESS)).toBe(2n ** 256n - 1n)
    expect(await state.getNonce(ADDRESS)).toBe(2n ** 64n - 1n)
    expect(await state.getStorage(ADDRESS, word(1))).toBe(word(0x1234))
    expect(await state.getStorageBytes(ADDRESS, 1n)).toHaveLength(32)
    expect(await state.getCode(ADDRESS)).toBe('0x6001')
    expect(await state.getCodeBytes(ADDRESS)).toEqual(Uint8Array.of(0x60, 1))
    expect(state.peekBalance(ADDRESS)).toBe(2n ** 256n - 1n)
    expect(state.peekNonce(ADDRESS)).toBe(2n ** 64n - 1n)
    expect(state.peekStorage(ADDRESS, 1n)).toBe(word(0x1234))
    expect(state.peekStorageBytes(ADDRESS, 1n)?.at(-1)).toBe(0x34)
    expect(state.peekCode(ADDRESS)).toBe('0x6001')
    expect(state.peekCodeBytes(ADDRESS)).toEqual(Uint8Array.of(0x60, 1))
    expect(await state.getAccount(ADDRESS)).toEqual(state.peekAccount(ADDRESS))
  })

  it('takes addresses, slots, values and code as hex, bytes and bigint alike', () => {
    const state = manager()
    const address = Buffer.from(ADDRESS.slice(2), 'hex')
    const slot = Buffer.from(word(5).slice(2), 'hex')
    state.setStorage(address, slot, Uint8Array.of(1, 2))
    expect(state.peekStorage(ADDRESS.toUpperCase().replace('0X', '0x') as Hex, 5n)).toBe(word(258))
    for (const empty of ['0x', new Uint8Array(0), 0n] as const) {
      state.setStorage(ADDRESS, slot, 7n)
      state.setStorage(ADDRESS, slot, empty)
      expect(state.peekStorage(ADDRESS, slot)).toBe(ZERO_WORD)
    }
    state.setCode(ADDRESS, '0x')
    expect(state.peekAccount(ADDRESS)).toMatchObject({ codeHash: EMPTY_CODE_HASH })
  })

  it('returns bytes that nobody else holds', () => {
    const state = manager()
    state.setStorage(ADDRESS, 1n, 5n)
    state.setCode(ADDRESS, '0x6001')
    state.peekStorageBytes(ADDRESS, 1n)?.fill(9)
    state.peekCodeBytes(ADDRESS)?.fill(9)
    expect(state.peekStorage(ADDRESS, 1n)).toBe(word(5))
    expect(state.peekCode(ADDRESS)).toBe('0x6001')
  })

  it('answers a hit in the same turn, without waiting for other promises', async () => {
    const state = manager()
    const order: string[] = []
    const hit = state.getBalance(ADDRESS).then(() => order.push('hit'))
    const other = Promise.resolve().then(() => order.push('other'))
    await Promise.all([hit, other])
    expect(order).toEqual(['hit', 'other'])
  })

  it('has no block, and says so', async () => {
    const state = manager()
    await expect(state.pinned()).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(state.repin(1)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    state.setBalance(ADDRESS, 1n)
    state.clearForkCache()
    expect(state.peekBalance(ADDRESS)).toBe(1n)
    state.clearCaches()
    expect(state.peekBalance(ADDRESS)).toBe(0n)
  })
})

describe('arguments', () => {
  const state = new StateManager()
  const calls: Record<string, () => unknown> = {
    'an address too short': () => state.peekBalance('0xaa'),
    'an address without 0x': () => state.peekBalance(ADDRESS.slice(2) as Hex),
    'a number for an address': () => state.peekBalance(5 as never),
    'address bytes too long': () => state.setBalance(new Uint8Array(21), 1n),
    'a slot too short': () => state.peekStorage(ADDRESS, '0x01'),
    'a number for a slot': () => state.peekStorage(ADDRESS, 1 as never),
    'a negative slot': () => state.peekStorage(ADDRESS, -1n),
    'a slot too large': () => state.setStorage(ADDRESS, 2n ** 256n, 1n),
    'a value too long': () => state.setStorage(ADDRESS, 1n, `0x${'00'.repeat(33)}`),
    'half a byte of value': () => state.setStorage(ADDRESS, 1n, '0x1'),
    'a balance too large': () => state.setBalance(ADDRESS, 2n ** 256n),
    'a number for a balance': () => state.setBalance(ADDRESS, 1 as never),
    'a nonce too large': () => state.setNonce(ADDRESS, 2n ** 64n),
    'a number for a nonce': () => state.setNonce(ADDRESS, 1 as never),
    'odd code': () => state.setCode(ADDRESS, '0x600'),
    'code too long': () => state.setCode(ADDRESS, new Uint8Array(STATE_MANAGER_MAX_CODE_BYTES + 1)),
    'a number for a snapshot': () => state.revertToSnapshot(1 as never),
    'a negative snapshot': () => state.revertToSnapshot(-1n),
    'a huge snapshot': () => state.revertToSnapshot(2n ** 64n),
  }

  it.each(Object.entries(calls))('%s is a typed error without effect', (_, call) => {
    state.setStorage(ADDRESS, 1n, 7n)
    expect(call).toThrow(ForkStateError)
    expect(state.peekStorage(ADDRESS, 1n)).toBe(word(7))
    expect(state.peekBalance(ADDRESS)).toBe(0n)
  })

  it('of bytes that lie run no code of theirs while a call is made', () => {
    class Meddling extends Uint8Array {
      override get length(): number {
        state.setStorage(`0x${'99'.repeat(20)}`, 9n, 9n)
        return 20
      }
    }
    const address = new Meddling(20).fill(0xab)
    state.setStorage(address, new Meddling(32), new Meddling(1).fill(3))
    state.setCode(address, new Meddling([0x60, 0x01]))
    const honest: Hex = `0x${'ab'.repeat(20)}`
    expect(state.peekStorage(honest, 0n)).toBe(word(3))
    expect(state.peekCode(honest)).toBe('0x6001')
    expect(() => state.setBalance(new Meddling(19), 1n)).toThrow(ForkStateError)
    expect(() => state.setBalance(new Proxy(new Uint8Array(20), {}), 1n)).toThrow(ForkStateError)
    expect(state.peekStorage(`0x${'99'.repeat(20)}`, 9n)).toBe(word(0))
  })

  it('of an async getter reject, and do not throw', async () => {
    await expect(state.getBalance('0x')).rejects.toMatchObject({ code: 'INVALID_HEX' })
    await expect(state.getCode('0x')).rejects.toMatchObject({ code: 'INVALID_HEX' })
    await expect(state.getStorage(ADDRESS, -1n)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('options', () => {
  const rpcClient = new FakeRpcClient(new FakeChain())

  it.each([
    ['an undefined rpcClient', { rpcClient: undefined }],
    ['an engine that was not awaited', { ffi: loadWasm() }],
    ['a block without a client', { forkBlockTag: 1 }],
    ['a bound without a client', { maxCacheSize: 1 }],
    ['a signal without a client', { signal: new AbortController().signal }],
  ])('refuse %s', (_, options) => {
    expect(() => new StateManager(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    )
  })

  it('refuse what belongs to a shared fork', async () => {
    const fork = new ForkBackend({ rpcClient })
    const ffi = await loadWasm()
    for (const extra of [{ rpcClient }, { forkBlockTag: 1 }, { maxCacheBytes: 1 }, { ffi }]) {
      expect(() => new StateManager({ fork, ...extra })).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT' }),
      )
    }
    fork.destroy()
  })

  it('take another engine', async () => {
    const ffi = await loadWasm()
    const state = manager({ ffi })
    state.setBalance(ADDRESS, 1n)
    const forked = manager({ ffi, rpcClient })
    expect(await forked.getBalance(ADDRESS)).toBe(0n)
    expect(state.metrics().memoryBytes).toBe(ffi.bytes.length)
  })
})

describe('checkpoints and snapshots', () => {
  it('count, nest and undo', () => {
    const state = manager()
    expect(state.checkpointDepth).toBe(0)
    state.checkpoint()
    state.setBalance(ADDRESS, 1n)
    const id = state.snapshot()
    state.checkpoint()
    state.setBalance(ADDRESS, 2n)
    expect(state.checkpointDepth).toBe(2)
    state.commit()
    expect(state.peekBalance(ADDRESS)).toBe(2n)
    state.revertToSnapshot(id)
    expect(state.peekBalance(ADDRESS)).toBe(1n)
    expect(state.checkpointDepth).toBe(1)
    state.revert()
    expect(state.peekBalance(ADDRESS)).toBe(0n)
  })

  it('refuse what is not there', () => {
    const state = manager()
    expect(() => state.commit()).toThrow(expect.objectContaining({ code: 'NO_CHECKPOINT' }))
    expect(() => state.revert()).toThrow(expect.objectContaining({ code: 'NO_CHECKPOINT' }))
    const id = state.snapshot()
    state.revertToSnapshot(id)
    const again = (): void => state.revertToSnapshot(id)
    expect(again).toThrow(expect.objectContaining({ code: 'INVALID_SNAPSHOT' }))
    expect(again).toThrow(new RegExp(`snapshot ${id}`))
    const foreign = manager().snapshot()
    expect(() => state.revertToSnapshot(foreign)).toThrow(
      expect.objectContaining({ code: 'INVALID_SNAPSHOT' }),
    )
  })
})

describe('a branch', () => {
  it('starts from the present, and neither sees the other’s later writes', () => {
    const state = manager()
    state.setBalance(ADDRESS, 1n)
    state.checkpoint()
    const branch = state.branch()
    open.push(branch)
    expect(branch.checkpointDepth).toBe(0)
    state.setBalance(ADDRESS, 2n)
    branch.setBalance(OTHER, 3n)
    expect(branch.peekBalance(ADDRESS)).toBe(1n)
    expect(state.peekBalance(OTHER)).toBe(0n)
    state.destroy()
    expect(branch.peekBalance(ADDRESS)).toBe(1n)
  })
})

describe('a destroyed manager', () => {
  it('refuses everything with a typed error, and can be destroyed again', async () => {
    const state = new StateManager()
    state.destroy()
    state.destroy()
    state[Symbol.dispose]()
    const calls = [
      () => state.peekBalance(ADDRESS),
      () => state.peekStorage(ADDRESS, 1n),
      () => state.peekCode(ADDRESS),
      () => state.setBalance(ADDRESS, 1n),
      () => state.setCode(ADDRESS, '0x'),
      () => state.checkpoint(),
      () => state.commit(),
      () => state.snapshot(),
      () => state.revertToSnapshot(1n),
      () => state.checkpointDepth,
      () => state.branch(),
      () => state.metrics(),
      () => state.clearCaches(),
      () => state.clearForkCache(),
    ]
    for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: 'DESTROYED' }))
    const reads = [state.getBalance(ADDRESS), state.getCode(ADDRESS), state.pinned()]
    for (const read of reads) await expect(read).rejects.toMatchObject({ code: 'DESTROYED' })
  })
})

describe('metrics', () => {
  it('are flat numbers but for a few, and zero for a fork that is not there', () => {
    const state = manager()
    state.setBalance(ADDRESS, 1n)
    state.setStorage(ADDRESS, 1n, 1n)
    state.setCode(ADDRESS, '0x6001')
    state.checkpoint()
    state.snapshot()
    state.peekBalance(ADDRESS)
    const metrics = state.metrics()
    const { retriesByCause, latency, endpoints, ...numbers } = metrics
    for (const value of Object.values(numbers)) expect(Number.isSafeInteger(value)).toBe(true)
    expect(Object.values(retriesByCause)).toEqual(Array(8).fill(0))
    expect([latency.count, latency.sumMs, endpoints]).toEqual([0, 0, []])
    expect(latency.counts).toHaveLength(latency.boundsMs.length + 1)
    expect(metrics).toMatchObject({
      overlayAccounts: 1,
      overlaySlots: 1,
      codeEntries: 1,
      codeBytes: 2,
      checkpointDepth: 1,
      snapshots: 1,
      layers: 1,
      overlayHits: 1,
      baseEntries: 0,
      httpRequests: 0,
    })
    expect(metrics.memoryBytes).toBeGreaterThan(0)
  })

  it('show what a fork holds and does', async () => {
    const chain = new FakeChain({ takesBlockHash: false })
    chain.mine({ [ADDRESS]: { balance: 1n, code: '0x60', storage: { [word(1)]: 1n } } })
    const state = manager({ rpcClient: new FakeRpcClient(chain) })
    await Promise.all([state.getStorage(ADDRESS, 1n), state.getCode(ADDRESS)])
    await state.getBalance(ADDRESS)
    expect(state.metrics()).toMatchObject({
      baseEntries: 3,
      baseAccounts: 1,
      baseSlots: 1,
      baseCodes: 1,
      openRequests: 0,
      pinnedByNumber: 1,
      fetchedFacts: 3,
      storeHits: 0,
    })
    const { baseBytes, baseAccountBytes, baseSlotBytes, baseCodeBytes } = state.metrics()
    expect(baseAccountBytes + baseSlotBytes + baseCodeBytes).toBe(baseBytes)
    expect(Math.min(baseAccountBytes, baseSlotBytes, baseCodeBytes)).toBeGreaterThan(0)
    expect(state.metrics().blockChecks).toBeGreaterThan(0)
    expect(state.metrics().baseHits).toBeGreaterThan(0)
    expect((await state.pinned()).mode).toBe('number')
  })
})

describe('garbage collection', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 5; round++) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  it('frees the memory of managers nobody holds', async () => {
    const ffi = await loadWasm()
    const fill = (): void => {
      for (let count = 0; count < 50; count++) {
        const state = new StateManager({ ffi })
        for (let slot = 0n; slot < 500n; slot++) state.setStorage(ADDRESS, slot, 1n)
      }
    }
    fill()
    await settle()
    const before = ffi.bytes.length
    for (let round = 0; round < 4; round++) {
      fill()
      await settle()
    }
    expect(ffi.bytes.length).toBeLessThanOrEqual(before * 1.5)
  })

  it('leaves a manager alone whose read still waits', async () => {
    const chain = new FakeChain()
    chain.mine({ [ADDRESS]: { balance: 1n } })
    const client = new FakeRpcClient(chain)
    const gate = closeGate()
    client.before = ({ method }) => (method === 'getProof' ? gate.enter() : undefined)
    const read = new StateManager({ rpcClient: client }).getBalance(ADDRESS)
    await gate.arrived()
    await settle()
    gate.release()
    expect(await read).toBe(1n)
  })
})
