/** Pinning on real nodes: by hash if the node accepts it, else visibly by number. */

import type { Hex } from 'viem'
import { expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { word } from '../support/sample-keys.ts'
import { store } from './history.ts'
import { describeRpcNodes, type RpcNodeContext } from './rpc-node-cases.ts'

/** How each call since the last reset named its block. */
function blocksNamed({ proxy }: RpcNodeContext): unknown[] {
  const reads = proxy.calls.filter(({ method }) => /getProof|getCode/.test(method))
  return reads.map(({ params }) => params.at(-1))
}

/** Reverts one block and mines another in its place. */
async function replaceHead({ node, history }: RpcNodeContext, snapshot: Hex): Promise<void> {
  expect(await node.rpc('evm_revert', [snapshot])).toBe(true)
  await store(node, history, 50, 0xf00dn)
}

await describeRpcNodes('a node that takes block hashes', ['anvil', 'hardhat'], (context) => {
  const { history, node } = context

  test('every read names the pinned hash', async () => {
    const fork = await context.fork()
    const { hash, mode, number } = await fork.pinned()
    expect({ mode, number }).toEqual({ mode: 'hash', number: history.block })
    await fork.getCode(history.contract)
    await fork.getStorage(history.contract, word(1))
    await fork.getBalance(history.sender)
    const blocks = blocksNamed(context)
    expect(blocks.length).toBeGreaterThanOrEqual(3)
    for (const block of blocks) expect(block).toMatchObject({ blockHash: hash })
    fork.destroy()
  })

  test('when the pinned block is replaced, reads are right or fail, and never return the new block', async () => {
    const snapshot = await node.rpc<Hex>('evm_snapshot')
    await store(node, history, 50, 1_234n)
    await store(node, history, 51, 1_234n)
    const fork = await context.fork({ forkBlockTag: 'latest', client: { retries: 0 } })
    expect(await fork.getStorage(history.contract, word(50))).toBe(word(1_234))
    await replaceHead(context, snapshot)
    const read = await fork.getStorage(history.contract, word(51)).catch((error) => error.code)
    expect([word(1_234), 'RPC_FAILED', 'BLOCK_MOVED']).toContain(read)
    expect(await fork.getStorage(history.contract, word(50))).toBe(word(1_234))
    expect((await fork.pinned()).mode).toBe('hash')
    fork.destroy()
  })
})

await describeRpcNodes('a node with anvil_reorg', ['anvil'], (context) => {
  const { history, node } = context

  test('a reorg while reading gives values of the pinned block or typed errors', async () => {
    await store(node, history, 60, 1_234n)
    const fork = await context.fork({ forkBlockTag: 'latest', client: { retries: 0 } })
    const hold = context.proxy.hold()
    const slots = [60, 61, 62]
    const reads = Promise.allSettled(
      slots.map((slot) => fork.getStorage(history.contract, word(slot))),
    )
    await hold.arrived()
    await node.rpc('anvil_reorg', [1, []])
    hold.release()
    const expected = [word(1_234), word(62), word(63)]
    for (const [index, outcome] of (await reads).entries()) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBe(expected[index])
      else expect(outcome.reason).toMatchObject({ code: expect.stringMatching(/^RPC_|BLOCK_/) })
    }
    const { number } = await fork.repin('latest')
    expect(number).toBeGreaterThan(0n)
    expect(await fork.getStorage(history.contract, word(60))).toBe(word(61))
    fork.destroy()
  })
})

await describeRpcNodes('a node without EIP-1898', ['ganache'], (context) => {
  const { history, node } = context

  test('the fork falls back to the number, and reports it', async () => {
    const fork = await context.fork()
    expect(await fork.pinned()).toMatchObject({ mode: 'number', number: history.block })
    expect(await fork.getStorage(history.contract, word(1))).toBe(word(2))
    expect(await fork.getCode(history.contract)).not.toBe('0x')
    const named = new Set(blocksNamed(context))
    expect([...named]).toEqual([`0x${history.block.toString(16)}`])
    fork.destroy()
  })

  test('reads made before the mode is known are all right', async () => {
    const { contract, receivers, block } = history
    const rpcClient = context.proxy.url
    const fork = new StateManager({ rpcClient, forkBlockTag: block })
    const values = await Promise.all([
      fork.getStorage(contract, word(7)),
      fork.getBalance(receivers[4] as Hex),
      fork.getCode(contract),
      fork.pinned(),
    ])
    expect(values.slice(0, 2)).toEqual([word(8), 5n])
    expect(values[3]).toMatchObject({ mode: 'number' })
    fork.destroy()
  })

  test('when the pinned block is replaced, reads fail, and values already read stay', async () => {
    const snapshot = await node.rpc<Hex>('evm_snapshot')
    await store(node, history, 50, 1_234n)
    const fork = await context.fork({ forkBlockTag: 'latest' })
    expect(await fork.getStorage(history.contract, word(50))).toBe(word(1_234))
    await replaceHead(context, snapshot)
    const read = fork.getStorage(history.contract, word(51))
    await expect(read).rejects.toMatchObject({ code: 'BLOCK_MOVED' })
    expect(fork.peekStorage(history.contract, word(51))).toBeUndefined()
    expect(await fork.getStorage(history.contract, word(50))).toBe(word(1_234))

    await fork.repin('latest')
    expect(await fork.getStorage(history.contract, word(50))).toBe(word(0xf00d))
    expect(await fork.getStorage(history.contract, word(51))).toBe(word(52))
    fork.destroy()
  })
})
