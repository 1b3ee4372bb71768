/** Local writes moved to a real anvil and back: in its own state format, and as state overrides. */

import { concatHex, type Hex, pad } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { fromAnvilState, StateManager, toAnvilState, toStateOverride } from '../../src/index.ts'
import { startAnvil } from '../support/anvil.ts'
import type { RpcNode } from '../support/rpc-node.ts'
import { freshAddress, word } from '../support/sample-keys.ts'

/** Returns the slot with the number in its input. */
const READS_SLOT = '0x5f35545f5260205ff3'
/** Returns its balance. */
const READS_BALANCE = '0x475f5260205ff3'

let source: RpcNode
let target: RpcNode

beforeAll(async () => {
  source = await startAnvil()
  target = await startAnvil()
})
afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
})

/** The node's values of an account and some of its slots. */
async function observe({ rpc }: RpcNode, address: Hex, slots: readonly Hex[]): Promise<unknown> {
  return await Promise.all([
    rpc('eth_getBalance', [address, 'latest']),
    rpc('eth_getTransactionCount', [address, 'latest']),
    rpc('eth_getCode', [address, 'latest']),
    ...slots.map((slot) => rpc('eth_getStorageAt', [address, slot, 'latest'])),
  ])
}

async function observeState(
  state: StateManager,
  address: Hex,
  slots: readonly Hex[],
): Promise<unknown> {
  return [
    `0x${(await state.getBalance(address)).toString(16)}`,
    `0x${(await state.getNonce(address)).toString(16)}`,
    await state.getCode(address),
    ...(await Promise.all(slots.map((slot) => state.getStorage(address, slot)))),
  ]
}

test('anvil loads an exported state, also of a fork with partial writes', async () => {
  const [made, partial] = [freshAddress(), freshAddress()]
  await source.rpc('anvil_setNonce', [partial, '0x7'])
  await source.rpc('anvil_setCode', [partial, READS_SLOT])
  await source.rpc('anvil_mine', [])
  using fork = new StateManager({ rpcClient: source.url })
  fork.setBalance(made, 2n ** 200n)
  fork.setNonce(made, 2n ** 60n + 1n)
  fork.setCode(made, READS_BALANCE)
  fork.setStorage(made, 1n, 2n ** 256n - 1n)
  fork.setStorage(made, 2n ** 256n - 1n, 3n)
  fork.setStorage(partial, 5n, 6n)
  expect(await target.rpc('anvil_loadState', [await toAnvilState(fork)])).toBe(true)
  const slots = [word(1), word(2n ** 256n - 1n), word(5)]
  for (const address of [made, partial]) {
    expect(await observe(target, address, slots)).toEqual(await observeState(fork, address, slots))
  }
})

test('a dump of anvil is imported', async () => {
  const [contract, plain] = [freshAddress(), freshAddress()]
  await source.rpc('anvil_setBalance', [plain, '0xde0b6b3a7640000'])
  await source.rpc('anvil_setCode', [contract, READS_SLOT])
  await source.rpc('anvil_setStorageAt', [contract, '0x0', word(9)])
  await source.rpc('anvil_setStorageAt', [contract, word(2n ** 255n), word(10)])
  await source.rpc('anvil_setNonce', [plain, '0xfffffffffffffffe'])
  const dumped = await source.rpc<Hex>('anvil_dumpState')
  using state = new StateManager()
  state.load(await fromAnvilState(dumped))
  const slots = [word(0), word(1), word(2n ** 255n)]
  const [first] = await source.rpc<Hex[]>('eth_accounts')
  for (const address of [contract, plain, first as Hex]) {
    expect(await observeState(state, address, slots)).toEqual(await observe(source, address, slots))
  }
})

test('a call with a dump as state override sees every local write', async () => {
  const [contract, cleared] = [freshAddress(), freshAddress()]
  for (const address of [contract, cleared]) {
    await source.rpc('anvil_setCode', [address, READS_SLOT])
    await source.rpc('anvil_setStorageAt', [address, word(1), word(11)])
    await source.rpc('anvil_setStorageAt', [address, word(2), word(12)])
    await source.rpc('anvil_mine', [])
  }
  const rich = freshAddress()
  using fork = new StateManager({ rpcClient: source.url })
  fork.setStorage(contract, 1n, 0n)
  fork.clearStorage(cleared)
  fork.setStorage(cleared, 3n, 13n)
  fork.setCode(rich, READS_BALANCE)
  fork.setBalance(rich, 77n)
  const override = toStateOverride(fork.dump())
  const call = (to: Hex, data: Hex = '0x') =>
    source.rpc<Hex>('eth_call', [{ to, data }, 'latest', override])
  for (const address of [contract, cleared]) {
    for (const slot of [word(1), word(2), word(3)]) {
      const seen = await call(address, concatHex([slot]))
      expect(seen).toBe(await fork.getStorage(address, slot))
    }
  }
  expect(await call(rich)).toBe(pad('0x4d', { size: 32 }))
})
