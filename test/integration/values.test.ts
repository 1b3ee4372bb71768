/** Values of a fork against the node's own answers at the pinned block, on three real nodes. */

import { type Hex, numberToHex, pad } from 'viem'
import { expect, test } from 'vitest'

import type { StateManager } from '../../src/index.ts'
import { word } from '../support/sample-keys.ts'
import { moveOn, SLOT_COUNT, store } from './history.ts'
import { describeRpcNodes, type RpcNodeContext } from './rpc-node-cases.ts'

/** The node's own answer, by block number. */
function witness({ node, history }: RpcNodeContext) {
  const block = numberToHex(history.block)
  const ask = (method: string, ...params: Hex[]) => node.rpc<Hex>(method, [...params, block])
  return {
    balance: async (address: Hex) => BigInt(await ask('eth_getBalance', address)),
    nonce: async (address: Hex) => BigInt(await ask('eth_getTransactionCount', address)),
    code: (address: Hex) => ask('eth_getCode', address),
    // Ganache answers `0x` for a slot that is not set.
    storage: async (address: Hex, slot: Hex) =>
      pad(await ask('eth_getStorageAt', address, slot), { size: 32 }),
  }
}

async function expectAccount(
  fork: StateManager,
  context: RpcNodeContext,
  address: Hex,
): Promise<void> {
  const said = witness(context)
  const read = await Promise.all([
    fork.getBalance(address),
    fork.getNonce(address),
    fork.getCode(address),
  ])
  const expected = await Promise.all([
    said.balance(address),
    said.nonce(address),
    said.code(address),
  ])
  expect(read).toEqual(expected)
}

await describeRpcNodes('values at the pinned block', ['anvil', 'hardhat', 'ganache'], (context) => {
  const { history, node } = context

  test('balances, nonces and code equal the node’s own', async () => {
    const fork = await context.fork()
    const { contract, sender, receivers, absent } = history
    const precompile: Hex = `0x${'00'.repeat(19)}01`
    for (const address of [contract, sender, ...receivers.slice(0, 6), absent, precompile]) {
      await expectAccount(fork, context, address)
    }
    expect(await fork.getAccount(absent)).toBeUndefined()
    expect(await fork.getBalance(receivers[2] as Hex)).toBe(3n)
    fork.destroy()
  })

  test('storage equals the node’s own', async () => {
    const fork = await context.fork()
    const said = witness(context)
    const slots = [...Array.from({ length: SLOT_COUNT }, (_, slot) => slot), 100, 2n ** 255n]
    const keys = slots.map(word)
    const values = await Promise.all(keys.map((key) => fork.getStorage(history.contract, key)))
    const expected = await Promise.all(keys.map((key) => said.storage(history.contract, key)))
    expect(values).toEqual(expected)
    expect(values.slice(0, 2)).toEqual([word(1), word(2)])
    fork.destroy()
  })

  test('values stay those of the pinned block while the head moves', async () => {
    const fork = await context.fork()
    for (let slot = 0; slot < 8; slot++) {
      await store(node, history, slot, BigInt(0xd00d + slot))
      expect(await fork.getStorage(history.contract, word(slot))).toBe(word(slot + 1))
      const receiver = history.receivers[slot] as Hex
      await moveOn(node, { ...history, receivers: [receiver] })
      expect(await fork.getBalance(receiver)).toBe(BigInt(slot + 1))
    }
    fork.clearForkCache()
    expect(await fork.getStorage(history.contract, word(0))).toBe(word(1))
    fork.destroy()
  })

  test('values can be read at a block before the account existed, then after', async () => {
    const before = await context.fork()
    const after = await context.fork({ forkBlockTag: 'latest' })
    expect(await before.getAccount(history.absent)).toBeUndefined()
    expect(await after.getBalance(history.absent)).toBeGreaterThanOrEqual(1_000n)
    await before.repin((await after.pinned()).number)
    expect(await before.getBalance(history.absent)).toBe(await after.getBalance(history.absent))
    before.destroy()
    after.destroy()
  })

  test('local writes over a live chain revert to its values', async () => {
    const fork = await context.fork()
    const { contract } = history
    fork.checkpoint()
    fork.setStorage(contract, word(5), 500n)
    fork.clearStorage(contract)
    fork.setStorage(contract, word(6), 600n)
    expect(await fork.getStorage(contract, word(5))).toBe(word(0))
    expect(await fork.getStorage(contract, word(6))).toBe(word(600))
    fork.revert()
    expect(await fork.getStorage(contract, word(5))).toBe(word(6))
    expect(await fork.getStorage(contract, word(6))).toBe(word(7))
    await expectAccount(fork, context, contract)
    fork.destroy()
  })
})
