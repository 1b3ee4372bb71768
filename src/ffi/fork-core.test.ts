import { describe, expect, it } from 'vitest'
import { FORK_BACKEND_MAX_OPEN_REQUESTS } from './abi.gen.ts'
import { ForkCore } from './fork-core.ts'
import { ManagerCore } from './manager-core.ts'
import { QUEUE_FULL } from './manager-handle.ts'
import { loadWasm } from './wasm.ts'

const ADDRESS = `0x${'aa'.repeat(20)}` as const
const word = (value: number): `0x${string}` => `0x${value.toString(16).padStart(64, '0')}`
const BOUNDS = { maxEntries: 100, maxBytes: 1_000_000 }
const FACT = { balance: 5n, nonce: 1n, codeHash: word(0), storageHash: word(0) }

async function setUp(): Promise<{ fork: ForkCore; core: ManagerCore }> {
  const fork = new ForkCore(await loadWasm(), BOUNDS)
  return { fork, core: ManagerCore.createWithFork(fork) }
}

describe('reads through a fork', () => {
  it('say which request to wait for; a peek opens none', async () => {
    const { fork, core } = await setUp()
    expect(core.reads.balance(ADDRESS, 'peek')).toBeUndefined()
    expect(fork.nextRequest()).toBeUndefined()
    expect(core.reads.balance(ADDRESS, 'get')).toBeUndefined()
    const request = fork.nextRequest()
    expect(request).toEqual({
      id: core.pending,
      generation: expect.any(Number),
      kind: 'account',
      address: ADDRESS,
      word: word(0),
    })
    expect(core.reads.storage(ADDRESS, 7n, 'get')).toBeUndefined()
    expect(fork.nextRequest()).toMatchObject({ id: core.pending, kind: 'storage', word: word(7) })
  })

  it('hit what was provided', async () => {
    const { fork, core } = await setUp()
    core.reads.account(ADDRESS, 'get')
    const request = fork.nextRequest()
    if (request === undefined) throw new Error('no request')
    expect(fork.provideAccount(request, FACT)).toBe(true)
    expect(fork.provideAccount(request, FACT)).toBe(false)
    expect(core.reads.account(ADDRESS, 'peek')).toMatchObject({ balance: 5n, nonce: 1n })
    expect(core.reads.storage(ADDRESS, 1n, 'peek')).toBe(word(0))
  })

  it('say when no more requests can be opened', async () => {
    const { core } = await setUp()
    for (let slot = 0; slot < FORK_BACKEND_MAX_OPEN_REQUESTS; slot++) {
      core.reads.storage(ADDRESS, BigInt(slot), 'get')
      expect(core.pending).not.toBe(QUEUE_FULL)
    }
    expect(core.reads.storage(ADDRESS, 2n ** 40n, 'get')).toBeUndefined()
    expect(core.pending).toBe(QUEUE_FULL)
  })
})

describe('answers', () => {
  it('of an earlier generation are dropped', async () => {
    const { fork, core } = await setUp()
    core.reads.storage(ADDRESS, 1n, 'get')
    const request = fork.nextRequest()
    if (request === undefined) throw new Error('no request')
    fork.clear()
    expect(fork.provideStorage(request, 1n)).toBe(false)
    fork.fail(request)
    fork.insertAccount(request.generation, ADDRESS, FACT)
    expect(core.reads.balance(ADDRESS, 'peek')).toBeUndefined()
  })

  it('with a value out of its range are refused, and the request stays open', async () => {
    const { fork, core } = await setUp()
    core.reads.balance(ADDRESS, 'get')
    const request = fork.nextRequest()
    if (request === undefined) throw new Error('no request')
    for (const wrong of [{ balance: 2n ** 256n }, { nonce: -1n }, { codeHash: '0x00' as const }]) {
      expect(() => fork.provideAccount(request, { ...FACT, ...wrong })).toThrow()
    }
    expect(core.reads.balance(ADDRESS, 'peek')).toBeUndefined()
    expect(fork.provideAccount(request, FACT)).toBe(true)
  })

  it('with code of another hash leave the request open', async () => {
    const { fork, core } = await setUp()
    const code = Uint8Array.of(0x60, 1)
    const codeHash = Buffer.from(fork.keccak256(code).slice(2), 'hex')
    expect(core.reads.codeByHash(ADDRESS, codeHash, 'get')).toBeUndefined()
    const request = fork.nextRequest()
    if (request === undefined) throw new Error('no request')
    expect(fork.provideCode(request, Uint8Array.of(1))).toBe('mismatch')
    expect(fork.provideCode(request, new Uint8Array(0))).toBe('mismatch')
    expect(fork.provideCode(request, code)).toBe('taken')
    expect(fork.provideCode(request, code)).toBe('dropped')
    expect(core.reads.codeByHash(ADDRESS, codeHash, 'peek')).toEqual(code)
  })
})

describe('handles', () => {
  it('that are destroyed give errors, and can be destroyed again', async () => {
    const { fork, core } = await setUp()
    core.destroy()
    core.destroy()
    fork.destroy()
    fork.destroy()
    expect(() => core.checkpoint()).toThrow(expect.objectContaining({ code: 'DESTROYED' }))
    expect(() => core.writes.setBalance(ADDRESS, 1n)).toThrow(
      expect.objectContaining({ code: 'DESTROYED' }),
    )
    expect(() => fork.clear()).toThrow(expect.objectContaining({ code: 'INVALID_HANDLE' }))
    expect(() => ManagerCore.createWithFork(fork)).toThrow(
      expect.objectContaining({ code: 'INVALID_HANDLE' }),
    )
  })
})
