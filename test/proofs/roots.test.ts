/** Statements 30 and 31: roots of the local state on a fork, over both builds. */

import { afterEach, expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { endForkWorlds, REMOTE } from '../support/fork-world.ts'
import { closeGate } from '../support/hold.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { GONE, holder, KEPT, refuseOthers, siblingWorld } from './sibling-chain.ts'

describeEngines('roots of a fork', (ffi) => {
  const open: StateManager[] = []
  afterEach(() => {
    for (const fork of open.splice(0)) fork.destroy()
  })
  const later = (fork: StateManager): StateManager => {
    open.push(fork)
    return fork
  }
  const many = Array.from({ length: 40 }, freshAddress)

  /** A fork of a chain with some accounts, and the chain itself to make the same writes on. */
  function worldOfMany() {
    const chain = new FakeChain()
    const block = chain.mine(
      Object.fromEntries(many.map((address, at) => [address, { ...REMOTE, balance: BigInt(at) }])),
    )
    const client = new FakeRpcClient(chain)
    const fork = later(new StateManager({ ffi, rpcClient: client, forkBlockTag: block.number }))
    return { chain, client, block, fork }
  }

  test('statement 30: with no changes the root is that of the header, without a request', async () => {
    const { client, block, fork } = worldOfMany()
    expect(await fork.getStateRoot()).toBe(block.stateRoot)
    expect(client.stateCalls).toEqual([])
  })

  test('statement 30: write then undo returns to the root of the header', async () => {
    const { block, fork } = worldOfMany()
    const [address] = many as [`0x${string}`]
    fork.checkpoint()
    fork.setBalance(address, 999n)
    fork.setStorage(address, 1n, 0n)
    fork.deleteAccount(many[1] as `0x${string}`)
    const changed = await fork.getStateRoot()
    expect(changed).not.toBe(block.stateRoot)
    fork.revert()
    expect(await fork.getStateRoot()).toBe(block.stateRoot)
    const [balance, value] = [await fork.getBalance(address), await fork.getStorage(address, 1n)]
    fork.setBalance(address, 999n)
    fork.setStorage(address, 1n, 5n)
    expect(await fork.getStateRoot()).not.toBe(block.stateRoot)
    fork.setBalance(address, balance)
    fork.setStorage(address, 1n, value)
    expect(await fork.getStateRoot()).toBe(block.stateRoot)
  })

  test('the root after writes is that of a chain with the same writes', async () => {
    const { chain, client, fork } = worldOfMany()
    const [first, second] = many as [`0x${string}`, `0x${string}`]
    const fresh = freshAddress()
    fork.setBalance(first, 10n ** 18n)
    fork.setStorage(first, 1n, 99n)
    fork.setStorage(first, 77n, 1n)
    fork.setCode(second, '0x6005')
    fork.setNonce(second, 12n)
    fork.setBalance(fresh, 1n)
    const requests = client.stateCalls.length
    const root = await fork.getStateRoot()
    const after = chain.mine({
      [first]: { balance: 10n ** 18n, storage: { [word(1)]: 99n, [word(77)]: 1n } },
      [second]: { code: '0x6005', nonce: 12n },
      [fresh]: { balance: 1n },
    })
    expect(root).toBe(after.stateRoot)
    expect(client.stateCalls.length - requests).toBe(3)
    expect(await fork.getStateRoot()).toBe(root)
    expect(client.stateCalls.length - requests).toBe(3)
  })

  test('proofs of the local state are those of that chain', async () => {
    const { chain, fork } = worldOfMany()
    const [first] = many as [`0x${string}`]
    const absent = freshAddress()
    fork.setBalance(first, 123n)
    fork.setStorage(first, 1n, 99n)
    const after = chain.mine({ [first]: { balance: 123n, storage: { [word(1)]: 99n } } })
    const client = new FakeRpcClient(chain)
    const ref = { blockHash: after.hash }
    const slots = [word(1), word(2), word(3)]
    expect(await fork.getProof(first, slots)).toEqual(await client.getProof(first, slots, ref))
    expect(await fork.getStorageRoot(first)).toBe((await fork.getProof(first)).storageHash)
    expect(await fork.getProof(absent, [word(1)])).toEqual(
      await client.getProof(absent, [word(1)], ref),
    )
  })

  test('statement 31: the sibling of a deleted leaf comes from a proof of a key below it', async () => {
    const { client, fork, after } = await siblingWorld({ ffi })
    later(fork)
    fork.setStorage(holder, GONE, 0n)
    expect(await fork.getStateRoot()).toBe(after.stateRoot)
    expect(client.stateCalls.length).toBeGreaterThan(0)
    expect(client.stateCalls.length).toBeLessThan(4)
  })

  test('statement 31: it comes from the next block, if the same key was deleted there', async () => {
    const { chain, client, fork, after } = await siblingWorld({ ffi })
    later(fork)
    chain.mine({ [holder]: { storage: { [GONE]: 0n } } })
    refuseOthers(client)
    fork.setStorage(holder, GONE, 0n)
    expect(await fork.getStateRoot()).toBe(after.stateRoot)
  })

  test('statement 22: destroying the fork while a sibling is searched for harms nothing', async () => {
    for (const answer of ['0x', { state: [null, '0x01'] }, new Error('late')]) {
      const { client, fork } = await siblingWorld({ ffi })
      const gate = closeGate()
      Object.assign(client, {
        request: async () => {
          await gate.enter()
          if (answer instanceof Error) throw answer
          return answer
        },
      })
      fork.setStorage(holder, GONE, 0n)
      const reading = fork.getStateRoot()
      await gate.arrived()
      fork.destroy()
      await expect(reading).rejects.toMatchObject({ code: 'DESTROYED' })
      gate.release()
      await endForkWorlds()
    }
  })

  test('statement 31: a trie node with another hash than requested is not kept', async () => {
    const { client, fork } = await siblingWorld({ ffi })
    later(fork)
    refuseOthers(client)
    const { trieNodes } = fork.metrics()
    Object.assign(client, {
      request: async (method: string) =>
        method === 'debug_dbGet' ? '0xc22007' : Promise.reject(new Error(method)),
    })
    fork.setStorage(holder, GONE, 0n)
    await expect(fork.getStateRoot()).rejects.toThrow(/the answer is another trie node/)
    expect(fork.metrics().trieNodes).toBe(trieNodes)
  })

  test('statement 31: malformed proofs of the next block end in the error, not in a crash', async () => {
    const { client, fork } = await siblingWorld({ ffi })
    later(fork)
    const right = client.getProof.bind(client)
    client.getProof = async (address, slots, block, options) =>
      'blockNumber' in block ? ({} as never) : right(address, slots, block, options)
    refuseOthers(client)
    fork.setStorage(holder, GONE, 0n)
    await expect(fork.getStateRoot()).rejects.toMatchObject({ code: 'MISSING_TRIE_NODE' })
    await endForkWorlds()
  })

  test('statement 31: it comes by its hash, if the node serves that', async () => {
    const { client, fork, after } = await siblingWorld({ ffi })
    later(fork)
    const sibling = (await client.getProof(holder, [KEPT], { blockNumber: 1n })).storageProof[0]
    refuseOthers(client)
    const asked: unknown[] = []
    Object.assign(client, {
      request: async (method: string, params: readonly unknown[]) => {
        asked.push([method, ...params])
        return method === 'debug_dbGet' ? sibling?.proof.at(-1) : Promise.reject(new Error(method))
      },
    })
    fork.setStorage(holder, GONE, 0n)
    expect(await fork.getStateRoot()).toBe(after.stateRoot)
    expect(asked).toEqual([['debug_dbGet', expect.stringMatching(/^0x[0-9a-f]{64}$/)]])
  })

  test('statement 31: it comes from the witness of the next block', async () => {
    const { client, fork, after } = await siblingWorld({ ffi })
    later(fork)
    const sibling = (await client.getProof(holder, [KEPT], { blockNumber: 1n })).storageProof[0]
    refuseOthers(client)
    Object.assign(client, {
      request: async (method: string) => {
        if (method === 'debug_executionWitness')
          return { state: ['0x1234', ...(sibling?.proof ?? [])] }
        throw new Error('not found')
      },
    })
    fork.setStorage(holder, GONE, 0n)
    expect(await fork.getStateRoot()).toBe(after.stateRoot)
  })

  test('statement 31: if it cannot be obtained the error names it, and no root is made up', async () => {
    const { client, fork, after } = await siblingWorld({ ffi })
    later(fork)
    refuseOthers(client)
    fork.setStorage(holder, GONE, 0n)
    const sibling = (await client.getProof(holder, [GONE], { blockNumber: 1n })).storageProof[0]
    const branch = sibling?.proof.at(-2) ?? ''
    const error = await fork.getStateRoot().then(
      (root) => expect.fail(`a root was made up: ${root}`),
      (thrown: Error) => thrown as Error & { hash: string; path: string },
    )
    expect(error).toMatchObject({ code: 'MISSING_TRIE_NODE', address: holder, slot: GONE })
    expect(branch).toContain(error.hash.slice(2))
    expect(error.path).toMatch(/^[0-9a-f]$/)
    expect(error.message).toContain(error.hash)
    // The state is unchanged, and the next attempt asks again.
    expect(await fork.getStorage(holder, GONE)).toBe(word(0))
    client.before = undefined
    expect(await fork.getStateRoot()).toBe(after.stateRoot)
  })

  test('statement 31: a forged sibling is not taken', async () => {
    const { client, fork } = await siblingWorld({ ffi })
    later(fork)
    refuseOthers(client)
    Object.assign(client, { request: async () => `0xe2${'31'.repeat(34)}` })
    fork.setStorage(holder, GONE, 0n)
    await expect(fork.getStateRoot()).rejects.toMatchObject({ code: 'MISSING_TRIE_NODE' })
  })

  test('a root waits for many proofs with few requests', async () => {
    const { chain, client, fork } = worldOfMany()
    for (const address of many) fork.setBalance(address, 5_000n)
    const root = await fork.getStateRoot()
    const seeds = many.map((address) => [address, { balance: 5_000n }])
    expect(root).toBe(chain.mine(Object.fromEntries(seeds)).stateRoot)
    expect(client.stateCalls).toHaveLength(many.length)
  })

  test('clearing the cache and pinning another block start from scratch', async () => {
    const { chain, block, fork } = worldOfMany()
    const [address] = many as [`0x${string}`]
    fork.setBalance(address, 1_000n)
    const root = await fork.getStateRoot()
    fork.clearForkCache()
    expect(await fork.getStateRoot()).toBe(root)
    fork.clearCaches()
    expect(await fork.getStateRoot()).toBe(block.stateRoot)
    const next = chain.mine({ [address]: { nonce: 3n } })
    await fork.repin(next.number)
    expect(await fork.getStateRoot()).toBe(next.stateRoot)
    fork.setBalance(address, 1_000n)
    const after = chain.mine({ [address]: { balance: 1_000n } })
    expect(await fork.getStateRoot()).toBe(after.stateRoot)
  })

  test('a failing node fails the root with its error', async () => {
    const { client, fork } = worldOfMany()
    await fork.pinned()
    client.before = () => {
      throw new Error('down')
    }
    fork.setBalance(many[0] as `0x${string}`, 1n)
    await expect(fork.getStateRoot()).rejects.toMatchObject({ code: 'RPC_FAILED' })
    client.before = undefined
    await expect(fork.getStateRoot()).resolves.toMatch(/^0x/)
  })
})
