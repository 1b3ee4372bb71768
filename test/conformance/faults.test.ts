/**
 * Faults seen in other fork state managers. Each test is named after a fault and shows that it does
 * not occur here, over both builds.
 */

import { type Hex, keccak256, toBytes } from 'viem'
import { beforeEach, describe, expect, test } from 'vitest'

import { ForkStateError, RpcClientAdapter, StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient, fakeProvider } from '../support/fake-upstream.ts'
import { closeGate } from '../support/hold.ts'
import { chainWithAccounts, LIES, lyingClient, subject } from '../support/lying-client.ts'
import { freshAddress, word } from '../support/sample-keys.ts'

const REMOTE = { balance: 5n, nonce: 2n, code: '0x60', storage: { [word(1)]: 7n } } as const

describeEngines('faults of journals', (engine) => {
  const address = freshAddress()
  let state: StateManager

  beforeEach(() => {
    state = new StateManager({ ffi: engine })
    return () => state.destroy()
  })

  test('fault: revert after a commit past a snapshot restores the wrong state', async () => {
    state.checkpoint()
    state.setBalance(address, 1n)
    state.checkpoint()
    state.setBalance(address, 2n)
    state.snapshot()
    state.commit()
    state.setBalance(address, 3n)
    state.revert()
    expect(await state.getBalance(address)).toBe(0n)
    expect(state.checkpointDepth).toBe(0)
  })

  test('fault: snapshot, reverts below it, revertToSnapshot loops for ever', () => {
    state.checkpoint()
    state.checkpoint()
    const id = state.snapshot()
    state.revert()
    state.revert()
    expect(() => state.revertToSnapshot(id)).toThrow(
      expect.objectContaining({ code: 'INVALID_SNAPSHOT' }),
    )
    expect(() => state.revert()).toThrow(expect.objectContaining({ code: 'NO_CHECKPOINT' }))
    expect(state.checkpointDepth).toBe(0)
  })

  test('fault: nested commit, then outer revert, keeps storage', async () => {
    state.checkpoint()
    state.checkpoint()
    state.setStorage(address, word(1), 1n)
    state.commit()
    state.revert()
    expect(await state.getStorage(address, word(1))).toBe(word(0))
  })

  test('fault: revert with no checkpoint corrupts', async () => {
    state.setBalance(address, 1n)
    expect(() => state.revert()).toThrow(ForkStateError)
    expect(await state.getBalance(address)).toBe(1n)
    state.checkpoint()
    state.setBalance(address, 2n)
    state.revert()
    expect(await state.getBalance(address)).toBe(1n)
  })

  test('fault: setCode leaves the old code hash', async () => {
    state.setCode(address, '0x60')
    await state.getAccount(address)
    state.setCode(address, '0x61')
    expect(await state.getAccount(address)).toMatchObject({ codeHash: keccak256('0x61') })
    state.setCode(address, '0x')
    expect(await state.getAccount(address)).toMatchObject({ codeHash: keccak256('0x') })
  })

  test('fault: arrays given or returned alias internal state', async () => {
    const code = toBytes('0x60016002')
    const value = toBytes(word(7))
    const slot = toBytes(word(1))
    const addressBytes = toBytes(address)
    state.setCode(addressBytes, code)
    state.setStorage(addressBytes, slot, value)
    for (const bytes of [code, value, slot, addressBytes]) bytes.fill(0xee)
    expect(await state.getCode(address)).toBe('0x60016002')
    expect(await state.getStorage(address, word(1))).toBe(word(7))
    const account = await state.getAccount(address)
    state.setNonce(address, 9n)
    expect(account?.nonce).toBe(0n)
  })

  test.for([
    ['decimal', '1234567890123456789012345678901234567890'],
    ['binary', `0b${'1'.repeat(40)}`],
    ['unprefixed', 'a'.repeat(40)],
    ['short', `0x${'a'.repeat(39)}`],
    ['long', `0x${'a'.repeat(42)}`],
    ['not hex', `0x${'g'.repeat(40)}`],
    ['empty', '0x'],
    ['a number', 5],
    ['bytes of another length', new Uint8Array(32)],
  ] as const)('fault: a %s address is accepted', ([, wrong]) => {
    const badAddress = wrong as Hex
    const refused = { code: expect.stringMatching(/INVALID_(HEX|INPUT)/) }
    const refusal = expect.objectContaining(refused)
    expect(() => state.setBalance(badAddress, 1n)).toThrow(refusal)
    expect(() => state.setStorage(badAddress, word(1), 1n)).toThrow(refusal)
    expect(() => state.deleteAccount(badAddress)).toThrow(refusal)
    expect(() => state.peekBalance(badAddress)).toThrow(refusal)
    return expect(state.getBalance(badAddress)).rejects.toMatchObject(refused)
  })

  test('fault: a value out of its range is wrapped', () => {
    const refusal = expect.objectContaining({ code: 'INVALID_INPUT' })
    expect(() => state.setBalance(address, 2n ** 256n)).toThrow(refusal)
    expect(() => state.setBalance(address, -1n)).toThrow(refusal)
    expect(() => state.setNonce(address, 2n ** 64n)).toThrow(refusal)
    expect(() => state.setStorage(address, word(1), 2n ** 256n)).toThrow(refusal)
    expect(state.peekAccount(address)).toBeNull()
  })
})

describeEngines('faults of forks', (engine) => {
  const address = freshAddress()
  let chain: FakeChain
  let client: FakeRpcClient
  let fork: StateManager

  beforeEach(async () => {
    chain = new FakeChain()
    chain.mine({ [address]: REMOTE })
    client = new FakeRpcClient(chain)
    fork = new StateManager({ ffi: engine, rpcClient: client })
    await fork.pinned()
    client.calls.length = 0
    return () => fork.destroy()
  })

  /** The next request fails. */
  function failOnce(): void {
    client.before = () => {
      client.before = undefined
      throw new Error('connection reset')
    }
  }

  test('fault: one RPC error makes a key fail for ever', async () => {
    for (const read of [
      () => fork.getStorage(address, word(1)),
      () => fork.getBalance(address),
      () => fork.getCode(address),
    ]) {
      fork.clearForkCache()
      failOnce()
      await expect(read()).rejects.toThrow(ForkStateError)
      await expect(read()).resolves.toBeDefined()
    }
  })

  test('fault: an RPC error is cached as zero or empty code', async () => {
    failOnce()
    await expect(fork.getBalance(address)).rejects.toThrow(ForkStateError)
    expect(await fork.getBalance(address)).toBe(5n)
    failOnce()
    await expect(fork.getCode(address)).rejects.toThrow(ForkStateError)
    expect(fork.peekCode(address)).toBeUndefined()
    expect(await fork.getCode(address)).toBe('0x60')
    failOnce()
    await expect(fork.getStorage(address, word(1))).rejects.toThrow(ForkStateError)
    expect(fork.peekStorage(address, word(1))).toBeUndefined()
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
  })

  test('fault: parallel reads of one key: 1 succeeds, 99 throw', async () => {
    const reads = Array.from({ length: 100 }, () => fork.getBalance(address))
    expect(new Set(await Promise.all(reads))).toEqual(new Set([5n]))
    expect(client.stateCalls).toHaveLength(1)
  })

  test('fault: balance and nonce of one account read together: one throws', async () => {
    const reads = [fork.getBalance(address), fork.getNonce(address), fork.getCode(address)]
    expect(await Promise.all(reads)).toEqual([5n, 2n, '0x60'])
  })

  test('fault: writing a balance before the account was fetched throws', async () => {
    fork.setBalance(address, 6n)
    expect(await fork.getAccount(address)).toMatchObject({ balance: 6n, nonce: 2n })
  })

  test('fault: "latest" moves between reads', async () => {
    const other = freshAddress()
    expect(await fork.getBalance(address)).toBe(5n)
    chain.mine({ [address]: { balance: 0n }, [other]: { balance: 5n } })
    expect((await fork.getBalance(address)) + (await fork.getBalance(other))).toBe(5n)
  })

  test('fault: destroy during a read traps', async () => {
    const gate = closeGate()
    client.before = () => gate.enter()
    const reads = [fork.getCode(address), fork.getStorage(address, word(1))]
    await gate.arrived()
    fork.destroy()
    gate.release()
    for (const read of reads) await expect(read).rejects.toThrow(ForkStateError)
    const next = new StateManager({ ffi: engine })
    next.setBalance(address, 1n)
    expect(await next.getBalance(address)).toBe(1n)
    next.destroy()
  })

  test('fault: clearing the fork cache does not refresh', async () => {
    await fork.getBalance(address)
    fork.clearForkCache()
    expect(fork.peekBalance(address)).toBeUndefined()
    expect(await fork.getBalance(address)).toBe(5n)
    expect(client.stateCalls).toHaveLength(2)
  })

  test('fault: bounding the cache does not bound memory', async () => {
    const small = new StateManager({ ffi: engine, rpcClient: client, maxCacheSize: 100 })
    const slots = Array.from({ length: 100 }, (_, index) => index)
    const bytesAfter: number[] = []
    for (let round = 0; round < 20; round++) {
      const offset = round * slots.length
      await Promise.all(slots.map((slot) => small.getStorage(address, word(offset + slot))))
      bytesAfter.push(Number(small.metrics().baseBytes))
    }
    expect(Math.max(...bytesAfter.slice(5))).toBeLessThanOrEqual(
      Math.max(...bytesAfter.slice(0, 5)),
    )
    small.destroy()
  })

  test('fault: bounding the cache does not bound memory, when sizes of code change', async () => {
    const maxCacheBytes = 500_000
    const bounded = new StateManager({ ffi: engine, rpcClient: client, maxCacheBytes })
    const sizes = [300, 700, 1_300, 2_300, 3_500, 5_500, 9_000, 13_000, 18_000, 24_000]
    const codes = new Map<Hex, Hex>()
    for (const size of sizes) {
      for (let index = 0; index * size < 2 * maxCacheBytes; index++) {
        const salt = `${size}${index}`.padStart(16, '0')
        codes.set(freshAddress(), `0x${salt}${'5b'.repeat(size - 8)}`)
      }
    }
    const seeds = [...codes].map(([holder, code]) => [holder, { code }])
    const block = chain.mine(Object.fromEntries(seeds))
    await bounded.repin(block.number)
    const before = bounded.metrics().memoryBytes
    for (const [holder, code] of codes) expect(await bounded.getCode(holder)).toBe(code)
    expect(bounded.metrics().baseBytes).toBeLessThanOrEqual(maxCacheBytes)
    expect(bounded.metrics().memoryBytes - before).toBeLessThanOrEqual(4 * maxCacheBytes)
    bounded.destroy()
  })

  test('fault: code of an account known to have none is fetched', async () => {
    const codeless = freshAddress()
    await fork.getAccount(codeless)
    expect(await fork.getCode(codeless)).toBe('0x')
    expect(client.stateCalls.map(({ method }) => method)).toEqual(['getProof'])
  })

  test('fault: a local write during a fetch is lost', async () => {
    const gate = closeGate()
    client.before = () => gate.enter()
    const read = fork.getBalance(address)
    await gate.arrived()
    fork.setBalance(address, 50n)
    gate.release()
    await read
    expect(await fork.getBalance(address)).toBe(50n)
    expect(await fork.getNonce(address)).toBe(2n)
  })

  test('fault: clearStorage does not hide remote slots', async () => {
    fork.clearStorage(address)
    expect(await fork.getStorage(address, word(1))).toBe(word(0))
    fork.clearForkCache()
    expect(await fork.getStorage(address, word(1))).toBe(word(0))
    expect(client.stateCalls).toHaveLength(0)
  })
})

describeEngines('faults of answers', (engine) => {
  const address = freshAddress()

  /** A fork over a provider whose `eth_getProof` answers are changed by `lie`. */
  function forkWithLies(lie: (proof: Record<string, unknown>) => object) {
    const chain = new FakeChain()
    chain.mine({ [address]: REMOTE })
    const honest = fakeProvider(chain)
    const provider = {
      async request(args: { readonly method: string; readonly params?: unknown }) {
        const answer = await honest.request(args)
        return args.method === 'eth_getProof' ? lie(answer as Record<string, unknown>) : answer
      },
    }
    const rpcClient = new RpcClientAdapter(provider, { retries: 10, backoffMs: 1, maxBackoffMs: 1 })
    return { fork: new StateManager({ ffi: engine, rpcClient }), requests: honest.requests }
  }

  describe.each([
    ['a 70-digit balance', { balance: `0x${'f'.repeat(70)}` }],
    ['a 17-digit nonce', { nonce: `0x${'f'.repeat(17)}` }],
    ['a decimal balance', { balance: '5' }],
    ['no balance', { balance: undefined }],
    ['a short code hash', { codeHash: '0x1234' }],
    ['the account of another address', { address: freshAddress() }],
    ['no storage proofs', { storageProof: [] }],
    ['the proof of another slot', { storageProof: [{ key: word(2), value: '0x1', proof: [] }] }],
    ['a value of 33 bytes', { storageProof: [{ key: word(1), value: `0x1${'0'.repeat(64)}` }] }],
  ])('an answer with %s', (_, change) => {
    test('fault: it is accepted, wrapped, or retried ten times', async () => {
      const { fork, requests } = forkWithLies((proof) => ({ ...proof, ...change }))
      await fork.pinned()
      const before = requests.length
      const read = fork.getStorage(address, word(1))
      await expect(read).rejects.toMatchObject({ code: 'RPC_RESPONSE', address })
      expect(fork.peekStorage(address, word(1))).toBeUndefined()
      expect(fork.peekBalance(address)).toBeUndefined()
      expect(requests.length - before).toBeLessThan(5)
      fork.destroy()
    })
  })

  test.each(LIES)('fault: a forged proof is accepted: %s', async (_, check, lie) => {
    const { chain } = chainWithAccounts()
    const fork = new StateManager({ ffi: engine, rpcClient: lyingClient(chain, lie) })
    const reads = [fork.getStorage(subject, 1n), fork.getStorage(subject, 2n)]
    for (const outcome of await Promise.allSettled(reads)) {
      expect(outcome).toMatchObject({ reason: { code: 'PROOF_INVALID', check, address: subject } })
    }
    expect(fork.metrics()).toMatchObject({ baseEntries: 0, openRequests: 0 })
    fork.destroy()
  })
})
