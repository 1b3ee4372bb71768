/** The state before a transaction of a real chain, and the transactions before it in its block. */

import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { forkAtTransaction, StateManager } from '../../src/index.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'
import { transact } from '../support/transact.ts'

const BOB: Hex = '0x00000000000000000000000000000000000b0b00'
const CAROL: Hex = '0x00000000000000000000000000000000000ca201'

describe('a transaction of anvil', () => {
  let node: RpcNode
  let alice: Hex
  let hashes: Hex[]

  const send = (to: Hex, value: number): Promise<Hex> =>
    node.rpc('eth_sendTransaction', [{ from: alice, to, value: `0x${value.toString(16)}` }])

  beforeAll(async () => {
    node = await startAnvil()
    ;[alice] = (await node.rpc<[Hex]>('eth_accounts')) as [Hex]
    await transact(node, { from: alice, to: BOB, value: '0x7' })
    await node.rpc('evm_setAutomine', [false])
    hashes = [await send(BOB, 10), await send(CAROL, 20), await send(BOB, 30)]
    await node.rpc('evm_mine')
    await node.rpc('evm_mine')
  })
  afterAll(async () => {
    await node?.stop()
  })

  test('starts from the parent block and lists the transactions before it', async () => {
    const found = await forkAtTransaction(hashes[2] as Hex, { rpcClient: node.url })
    using state = found.state
    expect(found.transactions.map(({ hash }) => hash)).toEqual(hashes.slice(0, 2))
    expect(found.transaction).toMatchObject({ hash: hashes[2], to: BOB, value: '0x1e' })
    expect((await state.pinned()).number).toBe(BigInt(found.block.number) - 1n)
    expect([await state.getBalance(BOB), await state.getNonce(alice)]).toEqual([7n, 1n])
    // Replayed by hand, which works for plain transfers.
    for (const { to, value } of [...found.transactions, found.transaction]) {
      const address = to as Hex
      state.setBalance(address, (await state.getBalance(address)) + BigInt(value as Hex))
    }
    using after = new StateManager({ rpcClient: node.url, forkBlockTag: found.block.hash })
    for (const address of [BOB, CAROL]) {
      expect(await state.getBalance(address)).toBe(await after.getBalance(address))
    }
  })

  test('that is the first of its block has none before it', async () => {
    const { state, transactions } = await forkAtTransaction(hashes[0] as Hex, {
      rpcClient: [node.url],
    })
    state.destroy()
    expect(transactions).toEqual([])
  })

  test('that is pending or unknown is a typed error', async () => {
    const pending = await send(CAROL, 1)
    const rpcClient = node.url
    await expect(forkAtTransaction(pending, { rpcClient })).rejects.toMatchObject({
      code: 'TRANSACTION_NOT_FOUND',
      reason: 'pending',
    })
    const unknown: Hex = `0x${'12'.repeat(32)}`
    await expect(forkAtTransaction(unknown, { rpcClient })).rejects.toMatchObject({
      code: 'TRANSACTION_NOT_FOUND',
      reason: 'unknown',
    })
  })
})
