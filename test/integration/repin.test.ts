/** Moving a fork along a real chain: only changed facts are read again. */

import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { mineOnAnvil } from '../support/upstreams.ts'

const CONTRACTS = 20
const CHANGED = 3
const SLOTS = 10
const code: Hex = '0x60016002'

describe('a repin on anvil', () => {
  let node: RpcNode
  let proxy: RpcProxy
  const contracts = Array.from({ length: CONTRACTS }, freshAddress)
  const slots = Array.from({ length: SLOTS }, (_, index) => word(index + 1))

  beforeAll(async () => {
    node = await startAnvil()
    proxy = await startProxy(node.url)
    const storage = Object.fromEntries(slots.map((slot, at) => [slot, BigInt(at + 1)]))
    const seed = { balance: 1n, code, storage }
    await mineOnAnvil(node, Object.fromEntries(contracts.map((address) => [address, seed])))
  })
  afterAll(async () => {
    await proxy?.stop()
    await node?.stop()
  })

  /** Account by account, as an EVM reads: first the account, then its code and slots. */
  async function readAll(state: StateManager): Promise<readonly Hex[]> {
    await Promise.all(contracts.map((address) => state.getBalance(address)))
    const reads = contracts.flatMap((address) => [
      state.getCode(address),
      ...slots.map((slot) => state.getStorage(address, slot)),
    ])
    return await Promise.all(reads)
  }

  function calls(method: string) {
    return proxy.calls.filter((call) => call.method === method)
  }

  test('reads accounts again, slots only of accounts whose storage changed, and no code', async () => {
    using fork = new StateManager({ rpcClient: proxy.url })
    await readAll(fork)
    expect(fork.metrics().verifying).toBe(1)
    const changed = contracts.slice(0, CHANGED)
    const seed = { storage: { [slots[0] as Hex]: 77n } }
    await mineOnAnvil(node, Object.fromEntries(changed.map((address) => [address, seed])))
    await fork.repin('latest')
    proxy.reset()
    const values = await readAll(fork)
    const proofs = calls('eth_getProof').map(({ params }) => params as [Hex, Hex[], unknown])
    expect(proofs.filter(([, keys]) => keys.length === 0)).toHaveLength(CONTRACTS)
    const withSlots = proofs.filter(([, keys]) => keys.length > 0)
    expect(withSlots.map(([address, keys]) => [address, keys.length])).toEqual(
      changed.map((address) => [address, SLOTS]),
    )
    expect(calls('eth_getCode')).toEqual([])
    expect(proxy.stats.httpRequests).toBe(2)

    using fresh = new StateManager({ rpcClient: node.url })
    expect(values).toEqual(await readAll(fresh))
    expect(values[1]).toBe(word(77))
  })
})
