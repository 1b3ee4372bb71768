/** Statement 19: one block for all reads, by hash or visibly by number. Over both builds. */

import { afterEach, describe, expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { describeForks } from '../support/upstreams.ts'

describeForks('the pinned block', (context) => {
  const { upstream } = context

  test('statement 19: "latest" is resolved once, and all reads name that block', async () => {
    const [first, second] = [freshAddress(), freshAddress()]
    const number = await upstream.mine({
      [first]: { balance: 1n, code: '0x60', storage: { [word(1)]: 1n } },
      [second]: { balance: 1n },
    })
    const fork = await context.fork({ forkBlockTag: 'latest' })
    const { hash } = await fork.pinned()
    expect(await fork.getBalance(first)).toBe(1n)

    await upstream.mine({
      [first]: { balance: 2n, code: '0x61', storage: { [word(1)]: 2n } },
      [second]: { balance: 2n },
    })
    expect(await fork.getBalance(second)).toBe(1n)
    expect(await fork.getStorage(first, word(1))).toBe(word(1))
    expect(await fork.getCode(first)).toBe('0x60')
    fork.clearForkCache()
    expect(await fork.getBalance(first)).toBe(1n)

    expect(await fork.pinned()).toMatchObject({ number, hash, mode: 'hash', chainId: 31_337n })
    const named = context.proxy.calls.map(({ params }) => params.at(-1))
    expect(named.length).toBeGreaterThan(3)
    for (const block of named) expect(block).toMatchObject({ blockHash: hash })
  })

  test('statement 19: reads before the pin is known wait for it, and name it', async () => {
    const address = freshAddress()
    const number = await upstream.mine({ [address]: { balance: 1n } })
    const fork = new StateManager({ ffi: context.engine, rpcClient: context.client() })
    const [balance, nonce, pinned] = await Promise.all([
      fork.getBalance(address),
      fork.getNonce(address),
      fork.pinned(),
    ])
    expect([balance, nonce, pinned.number]).toEqual([1n, 0n, number])
    const reads = context.proxy.calls.filter(({ params }) => params[0] === address)
    expect(reads.map(({ params }) => params[2])).toEqual([{ blockHash: pinned.hash }])
    fork.destroy()
  })

  test('statement 19: a block can be pinned by number or by hash', async () => {
    const address = freshAddress()
    const number = await upstream.mine({ [address]: { balance: 1n } })
    await upstream.mine({ [address]: { balance: 2n } })
    const byNumber = await context.fork({ forkBlockTag: number })
    const { hash } = await byNumber.pinned()
    const byHash = await context.fork({ forkBlockTag: hash })
    expect(await byHash.pinned()).toEqual(await byNumber.pinned())
    expect(await byNumber.getBalance(address)).toBe(1n)
    expect(await byHash.getBalance(address)).toBe(1n)
  })

  test('statement 19: a block that does not exist cannot be pinned', async () => {
    const options = { ffi: context.engine, rpcClient: context.client() }
    for (const forkBlockTag of [10_000_000n, word(123)]) {
      const fork = new StateManager({ ...options, forkBlockTag })
      const pin = fork.pinned()
      await expect(pin).rejects.toMatchObject({ code: 'PIN_FAILED' })
      const read = fork.getBalance(freshAddress())
      await expect(read).rejects.toMatchObject({ code: 'PIN_FAILED' })
      fork.destroy()
    }
  })

  test('statement 19: repin moves all reads to the new block and keeps none of the old', async () => {
    const address = freshAddress()
    const first = await upstream.mine({ [address]: { balance: 1n, storage: { [word(1)]: 1n } } })
    const second = await upstream.mine({ [address]: { balance: 2n, storage: { [word(1)]: 2n } } })
    const fork = await context.fork({ forkBlockTag: first })
    expect(await fork.getBalance(address)).toBe(1n)
    expect(await fork.getStorage(address, word(1))).toBe(word(1))
    expect(await fork.repin(second)).toMatchObject({ number: second })
    expect(await fork.getBalance(address)).toBe(2n)
    expect(await fork.getStorage(address, word(1))).toBe(word(2))
  })
})

describeEngines('a node without EIP-1898', (engine) => {
  const address = freshAddress()
  let fork: StateManager | undefined

  function pinOn(chain: FakeChain): { fork: StateManager; client: FakeRpcClient } {
    const client = new FakeRpcClient(chain)
    fork = new StateManager({ ffi: engine, rpcClient: client })
    return { fork, client }
  }

  afterEach(() => fork?.destroy())

  test('statement 19: it is read by number, and the pin says so', async () => {
    const chain = new FakeChain({ takesBlockHash: false })
    const block = chain.mine({ [address]: { balance: 1n, code: '0x60' } })
    const { fork: state, client } = pinOn(chain)
    const { number, hash } = block
    expect(await state.pinned()).toMatchObject({ number, hash, mode: 'number' })
    client.calls.length = 0
    expect(await state.getBalance(address)).toBe(1n)
    chain.mine({ [address]: { balance: 2n } })
    expect(await state.getCode(address)).toBe('0x60')
    expect(client.stateCalls).toHaveLength(2)
    for (const read of client.stateCalls)
      expect(read.block).toEqual({ blockNumber: number, expectedHash: hash })
    expect(state.metrics()).toMatchObject({ pinnedByNumber: 1 })
  })

  test('statement 19: the hash is checked again, and a moved block is an error', async () => {
    const chain = new FakeChain({ takesBlockHash: false })
    chain.mine({ [address]: { balance: 1n, storage: { [word(1)]: 1n } } })
    const { fork: state } = pinOn(chain)
    expect(await state.getBalance(address)).toBe(1n)
    chain.reorg(1, { [address]: { balance: 2n, storage: { [word(1)]: 2n } } })
    const read = state.getStorage(address, word(1))
    await expect(read).rejects.toMatchObject({ code: 'BLOCK_MOVED' })
    expect(state.peekStorage(address, word(1))).toBeUndefined()
    expect(state.peekBalance(address)).toBe(1n)
  })

  test('statement 19: a block that moves while it is read is an error', async () => {
    const chain = new FakeChain({ takesBlockHash: false })
    chain.mine({ [address]: { balance: 1n, code: '0x60' } })
    const { fork: state, client } = pinOn(chain)
    await state.pinned()
    client.before = ({ method }) => {
      if (method !== 'getProof') return
      client.before = undefined
      chain.reorg(1, { [address]: { balance: 2n, code: '0x61' } })
    }
    await expect(state.getBalance(address)).rejects.toMatchObject({ code: 'BLOCK_MOVED' })
    expect(state.peekBalance(address)).toBeUndefined()
  })
})

describeEngines('a node with EIP-1898', (engine) => {
  test('statement 19: after a reorg there are right values or errors, never a mix', async () => {
    const chain = new FakeChain()
    const [first, second] = [freshAddress(), freshAddress()]
    chain.mine({ [first]: { balance: 1n }, [second]: { balance: 1n } })
    const fork = new StateManager({ ffi: engine, rpcClient: new FakeRpcClient(chain) })
    expect(await fork.getBalance(first)).toBe(1n)
    chain.reorg(1, { [first]: { balance: 2n }, [second]: { balance: 2n } })
    await expect(fork.getBalance(second)).rejects.toHaveProperty('code')
    expect(fork.peekBalance(second)).toBeUndefined()
    expect(await fork.getBalance(first)).toBe(1n)
    fork.destroy()
  })

  test('statement 19: one refused read by hash does not switch to numbers', async () => {
    const chain = new FakeChain()
    const address = freshAddress()
    chain.mine({ [address]: { balance: 1n } })
    const client = new FakeRpcClient(chain)
    const fork = new StateManager({ ffi: engine, rpcClient: client })
    await fork.pinned()
    client.before = () => {
      client.before = undefined
      throw new Error('the node is on fire')
    }
    await expect(fork.getBalance(address)).rejects.toHaveProperty('code')
    expect(await fork.getBalance(address)).toBe(1n)
    expect((await fork.pinned()).mode).toBe('hash')
    for (const { block } of client.stateCalls) expect(block).toHaveProperty('blockHash')
    fork.destroy()
  })
})

describe('an in-memory manager', () => {
  test('statement 19: it has no pinned block, and says so', async () => {
    const state = new StateManager()
    await expect(state.pinned()).rejects.toHaveProperty('code')
    state.destroy()
  })
})
