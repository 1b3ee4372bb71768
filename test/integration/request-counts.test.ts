/** How many requests reads cost on real nodes. Counted in the proxy, not by forkstate itself. */

import { expect, test } from 'vitest'

import { word } from '../support/sample-keys.ts'
import { SLOT_COUNT } from './history.ts'
import { describeRpcNodes } from './rpc-node-cases.ts'

await describeRpcNodes('requests', ['anvil', 'hardhat'], (context) => {
  const { history, proxy } = context

  test('100 parallel reads of one slot: 1 JSON-RPC call', async () => {
    const fork = await context.fork()
    const reads = Array.from({ length: 100 }, () => fork.getStorage(history.contract, word(3)))
    expect(new Set(await Promise.all(reads))).toEqual(new Set([word(4)]))
    expect(proxy.stats).toMatchObject({ httpRequests: 1, rpcCalls: 1 })
    fork.destroy()
  })

  test('100 parallel reads of 100 slots of one account: 1 eth_getProof', async () => {
    const fork = await context.fork()
    const slots = Array.from({ length: SLOT_COUNT }, (_, slot) => slot)
    const reads = slots.map((slot) => fork.getStorage(history.contract, word(slot)))
    expect(await Promise.all(reads)).toEqual(slots.map((slot) => word(slot + 1)))
    expect([...proxy.stats.byMethod]).toEqual([['eth_getProof', 1]])
    fork.destroy()
  })

  test('50 accounts in parallel: 1 HTTP request', async () => {
    const fork = await context.fork()
    const accounts = history.receivers.slice(0, 50)
    const balances = await Promise.all(accounts.map((address) => fork.getBalance(address)))
    expect(balances).toEqual(accounts.map((_, index) => BigInt(index + 1)))
    expect(proxy.stats).toMatchObject({ httpRequests: 1, rpcCalls: 50 })
    expect([...proxy.stats.byMethod]).toEqual([['eth_getProof', 50]])
    fork.destroy()
  })

  test('all values of 50 accounts twice: no request the second time', async () => {
    const fork = await context.fork()
    const readAll = (): Promise<unknown> =>
      Promise.all(
        history.receivers.slice(0, 50).map(async (address) => {
          const [account, code] = [fork.getAccount(address), fork.getCode(address)]
          return [await account, await code, await fork.getStorage(address, word(0))]
        }),
      )
    const first = await readAll()
    const { httpRequests } = proxy.stats
    expect(await readAll()).toEqual(first)
    expect(proxy.stats.httpRequests).toBe(httpRequests)
    fork.destroy()
  })

  test('the metrics equal the counts of the proxy', async () => {
    const fork = await context.fork()
    const { httpRequests, rpcCalls } = fork.metrics()
    await Promise.all(history.receivers.map((address) => fork.getBalance(address)))
    await fork.getCode(history.contract)
    const after = fork.metrics()
    expect(after.httpRequests - httpRequests).toBe(proxy.stats.httpRequests)
    expect(after.rpcCalls - rpcCalls).toBe(proxy.stats.rpcCalls)
    expect(after.retries).toBe(0)
    fork.destroy()
  })
})

await describeRpcNodes('requests to a node without EIP-1898', ['ganache'], (context) => {
  const { history, proxy } = context

  test('100 parallel reads of 100 slots: 1 eth_getProof, and the header that goes with it', async () => {
    const fork = await context.fork()
    const slots = Array.from({ length: SLOT_COUNT }, (_, slot) => slot)
    const reads = slots.map((slot) => fork.getStorage(history.contract, word(slot)))
    expect(await Promise.all(reads)).toEqual(slots.map((slot) => word(slot + 1)))
    expect(proxy.stats.byMethod.get('eth_getProof')).toBe(1)
    expect(proxy.stats.httpRequests).toBeLessThanOrEqual(2)
    fork.destroy()
  })
})
