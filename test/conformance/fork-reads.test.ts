/** Statements 20, 21, 23, 24: how reads become requests, over both builds and upstreams. */

import { expect, test } from 'vitest'

import { FORK_BACKEND_MAX_OPEN_REQUESTS } from '../../src/ffi/abi.gen.ts'
import { ForkStateError, StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { type AccountSeeds, FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import type { ProxyCall } from '../support/proxy.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { describeForks } from '../support/upstreams.ts'

const UNAVAILABLE = { code: -32_000, message: 'the upstream is on fire' }
const RATE_LIMITED = { code: -32_005, message: 'rate limit exceeded' }

/** How many calls each key got. */
function countBy(
  calls: readonly ProxyCall[],
  key: (call: ProxyCall) => unknown,
): Map<unknown, number> {
  const counts = new Map<unknown, number>()
  for (const call of calls) counts.set(key(call), (counts.get(key(call)) ?? 0) + 1)
  return counts
}

describeForks('reads of a fork', (context) => {
  const { upstream } = context

  test('statement 20: 100 concurrent reads of one slot make one request', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { code: '0x60', storage: { [word(1)]: 7n } } })
    const fork = await context.fork()
    const reads = Array.from({ length: 100 }, () => fork.getStorage(address, word(1)))
    expect(new Set(await Promise.all(reads))).toEqual(new Set([word(7)]))
    expect(context.proxy.calls.map(({ method }) => method)).toEqual(['eth_getProof'])
  })

  test('statement 20: reads made while the request is in flight share it', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { balance: 5n, nonce: 2n } })
    const fork = await context.fork()
    const hold = context.proxy.hold()
    const early = fork.getBalance(address)
    await hold.arrived()
    const late = [fork.getBalance(address), fork.getNonce(address), fork.getAccount(address)]
    hold.release()
    expect(await early).toBe(5n)
    expect(await Promise.all(late)).toMatchObject([5n, 2n, { balance: 5n, nonce: 2n }])
    expect(context.stateCalls()).toBe(1)
  })

  test('statement 20: if it fails all readers get the same cause, and the next read asks again', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { code: '0x60', storage: { [word(1)]: 7n } } })
    const fork = await context.fork({ client: { retries: 0 } })
    context.proxy.setFaults({ onCall: () => ({ error: UNAVAILABLE }) })
    const reads = Array.from({ length: 50 }, () => fork.getStorage(address, word(1)))
    const results = await Promise.allSettled(reads)
    const reasons = results.map((result) => result.status === 'rejected' && result.reason)
    for (const reason of reasons) expect(reason).toBeInstanceOf(ForkStateError)
    expect(new Set(reasons.map(({ cause, ...error }) => cause ?? error.details)).size).toBe(1)
    expect(context.stateCalls()).toBe(1)
    expect(fork.peekStorage(address, word(1))).toBeUndefined()

    context.proxy.setFaults()
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(context.stateCalls()).toBe(2)
  })

  test('statement 21: 100 slots of one account make one eth_getProof', async () => {
    const address = freshAddress()
    const slots = Array.from({ length: 100 }, (_, index) => word(index))
    const storage = Object.fromEntries(slots.map((slot, index) => [slot, BigInt(index)]))
    await upstream.mine({ [address]: { code: '0x60', storage } })
    const fork = await context.fork()
    const values = await Promise.all(slots.map((slot) => fork.getStorage(address, slot)))
    expect(values).toEqual(slots)
    expect(context.proxy.calls.map(({ method }) => method)).toEqual(['eth_getProof'])
    expect(context.proxy.calls[0]?.params[1]).toHaveLength(100)
  })

  test('statement 21: reads of many accounts and fields make one HTTP request', async () => {
    const addresses = Array.from({ length: 50 }, freshAddress)
    const seeds = addresses.map((address, index) => [
      address,
      { balance: BigInt(index), nonce: 1n, storage: { [word(1)]: BigInt(index) } },
    ])
    await upstream.mine(Object.fromEntries(seeds) as AccountSeeds)
    const fork = await context.fork()
    const values = await Promise.all(
      addresses.map((address) =>
        Promise.all([fork.getBalance(address), fork.getStorage(address, word(1))]),
      ),
    )
    expect(values).toEqual(addresses.map((_, index) => [BigInt(index), word(index)]))
    expect(context.proxy.stats.httpRequests).toBe(1)
    const perAccount = countBy(context.proxy.calls, ({ params }) => params[0])
    expect(perAccount.size).toBe(50)
    expect(new Set(perAccount.values())).toEqual(new Set([1]))
  })

  test('statement 23: an error inside a 200 response is an error, never a zero', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { balance: 5n, code: '0x60', storage: { [word(1)]: 7n } } })
    const fork = await context.fork({ client: { retries: 0 } })
    context.proxy.setFaults({ onCall: () => ({ error: UNAVAILABLE }) })
    const reads = {
      balance: () => fork.getBalance(address),
      nonce: () => fork.getNonce(address),
      code: () => fork.getCode(address),
      storage: () => fork.getStorage(address, word(1)),
      account: () => fork.getAccount(address),
    }
    for (const read of Object.values(reads)) {
      await expect(read()).rejects.toMatchObject({ code: 'RPC_FAILED', address })
    }
    expect(fork.peekAccount(address)).toBeUndefined()
    context.proxy.setFaults()
    expect(await reads.balance()).toBe(5n)
    expect(await reads.nonce()).toBe(0n)
    expect(await reads.code()).toBe('0x60')
    expect(await reads.storage()).toBe(word(7))
  })

  test('statement 23: an error for the code alone never becomes empty code', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { code: '0x60' } })
    const fork = await context.fork({ client: { retries: 0 } })
    context.proxy.setFaults({
      onCall: ({ method }) => (method === 'eth_getCode' ? { error: UNAVAILABLE } : undefined),
    })
    await expect(fork.getCode(address)).rejects.toMatchObject({ code: 'RPC_FAILED' })
    expect(fork.peekCode(address)).toBeUndefined()
    context.proxy.setFaults()
    expect(await fork.getCode(address)).toBe('0x60')
  })

  test('statement 23: only the failed items of a batch are sent again', async () => {
    const addresses = Array.from({ length: 6 }, freshAddress)
    const seeds = addresses.map((address, index) => [address, { balance: BigInt(index + 1) }])
    await upstream.mine(Object.fromEntries(seeds) as AccountSeeds)
    const fork = await context.fork()
    const failing = new Set<unknown>([addresses[1], addresses[4]])
    context.proxy.setFaults({
      onCall: ({ params }) => (failing.delete(params[0]) ? { error: RATE_LIMITED } : undefined),
    })
    const balances = await Promise.all(addresses.map((address) => fork.getBalance(address)))
    expect(balances).toEqual([1n, 2n, 3n, 4n, 5n, 6n])
    const counts = countBy(context.proxy.calls, ({ params }) => params[0])
    expect(addresses.map((address) => counts.get(address))).toEqual([1, 2, 1, 1, 2, 1])
  })

  test('statement 23: an item that keeps failing fails alone', async () => {
    const addresses = Array.from({ length: 4 }, freshAddress)
    const seeds = addresses.map((address, index) => [address, { balance: BigInt(index + 1) }])
    await upstream.mine(Object.fromEntries(seeds) as AccountSeeds)
    const fork = await context.fork({ client: { retries: 2 } })
    const [, broken] = addresses
    context.proxy.setFaults({
      onCall: ({ params }) => (params[0] === broken ? { error: RATE_LIMITED } : undefined),
    })
    const results = await Promise.allSettled(addresses.map((address) => fork.getBalance(address)))
    expect(results).toMatchObject([
      { value: 1n },
      { reason: { code: 'RPC_FAILED', address: broken } },
      { value: 3n },
      { value: 4n },
    ])
  })

  test('statement 23: an oversized batch is split until it fits', async () => {
    const addresses = Array.from({ length: 20 }, freshAddress)
    const seeds = addresses.map((address, index) => [address, { balance: BigInt(index + 1) }])
    await upstream.mine(Object.fromEntries(seeds) as AccountSeeds)
    const fork = await context.fork()
    context.proxy.setFaults({
      onRequest: ({ calls }) => (calls.length > 5 ? { status: 413 } : undefined),
    })
    const balances = await Promise.all(addresses.map((address) => fork.getBalance(address)))
    expect(balances).toEqual(addresses.map((_, index) => BigInt(index + 1)))
    const sizes = context.proxy.requests.map(({ calls }) => calls.length)
    expect(Math.max(...sizes.slice(1))).toBeLessThan(20)
  })

  test('statement 24: with a cache of one entry 10,000 writes still read back', async () => {
    const addresses = Array.from({ length: 100 }, freshAddress)
    const fork = await context.fork({ maxCacheSize: 1 })
    for (const [index, address] of addresses.entries()) {
      for (let slot = 0; slot < 100; slot++) {
        fork.setStorage(address, word(slot), BigInt(index * 100 + slot))
      }
    }
    for (const [index, address] of addresses.entries()) {
      for (let slot = 0; slot < 100; slot++) {
        expect(fork.peekStorage(address, word(slot))).toBe(word(index * 100 + slot))
      }
    }
    expect(await fork.getStorage(addresses[99] ?? '0x', word(99))).toBe(word(9_999))
    expect(context.stateCalls()).toBe(0)
  })

  test.for([
    { bound: 'one entry', options: { maxCacheSize: 1 } },
    { bound: 'one byte', options: { maxCacheBytes: 1 } },
  ])('statement 24: with a cache of $bound every read still completes', async ({ options }) => {
    const [first, second] = [freshAddress(), freshAddress()]
    const seed = { balance: 5n, nonce: 2n, code: '0x60', storage: { [word(1)]: 7n } } as const
    await upstream.mine({ [first]: seed, [second]: { ...seed, code: '0x61' } })
    const fork = await context.fork(options)
    for (const [address, code] of [
      [first, '0x60'],
      [second, '0x61'],
    ] as const) {
      expect(await fork.getCode(address)).toBe(code)
      expect(await fork.getStorage(address, word(1))).toBe(word(7))
      expect(await fork.getAccount(address)).toMatchObject({ balance: 5n, nonce: 2n })
    }
    const together = [first, second, first].flatMap((address) => [
      fork.getCode(address),
      fork.getStorage(address, word(1)),
      fork.getStorage(address, word(2)),
      fork.getBalance(address),
    ])
    expect(await Promise.all(together)).toEqual([
      ...['0x60', word(7), word(0), 5n],
      ...['0x61', word(7), word(0), 5n],
      ...['0x60', word(7), word(0), 5n],
    ])
  })

  test('statement 24: the cache stays within its bound of entries', async () => {
    const addresses = Array.from({ length: 40 }, freshAddress)
    const fork = await context.fork({ maxCacheSize: 10 })
    await Promise.all(addresses.map((address) => fork.getBalance(address)))
    const { baseAccounts, baseSlots, baseCodes, evictions } = fork.metrics()
    expect(Number(baseAccounts) + Number(baseSlots) + Number(baseCodes)).toBeLessThanOrEqual(10)
    expect(Number(evictions)).toBeGreaterThanOrEqual(30)
  })
})

describeEngines('more reads than the core has requests for', (engine) => {
  test('statement 20: all of them are answered, in turn', async () => {
    const chain = new FakeChain()
    const fork = new StateManager({ ffi: engine, rpcClient: new FakeRpcClient(chain) })
    const slots = Array.from({ length: FORK_BACKEND_MAX_OPEN_REQUESTS + 1_000 }, (_, slot) => slot)
    const address = freshAddress()
    const last = slots.at(-1) as number
    chain.mine({ [address]: { storage: { [word(last)]: 7n } } })
    const values = await Promise.all(slots.map((slot) => fork.getStorage(address, BigInt(slot))))
    expect(values[last]).toBe(word(7))
    expect(new Set(values.slice(0, -1))).toEqual(new Set([word(0)]))
    expect(fork.metrics().openRequests).toBe(0)
    fork.destroy()
  })
})
