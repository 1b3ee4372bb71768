import { afterEach, describe, expect, it } from 'vitest'
import { FakeChain } from '../../test/support/fake-chain.ts'
import { FakeRpcClient } from '../../test/support/fake-upstream.ts'
import { destroyLater, endForkWorlds, holdAnswers } from '../../test/support/fork-world.ts'
import { freshAddress, word } from '../../test/support/sample-keys.ts'
import type { StateManagerOptions } from '../state/options.ts'
import { StateManager } from '../state/state-manager.ts'

afterEach(endForkWorlds)

const storage = { [word(1)]: 7n, [word(2)]: 8n }

/** Two contracts with the same code, of which `changing` is about to change. */
async function makeWorld(options: Partial<StateManagerOptions> = {}) {
  const chain = new FakeChain()
  const [same, changing] = [freshAddress(), freshAddress()]
  const seed = { balance: 5n, code: '0x6001', storage } as const
  chain.mine({ [same]: seed, [changing]: seed })
  const client = new FakeRpcClient(chain)
  const fork = destroyLater(new StateManager({ rpcClient: client, verify: false, ...options }))
  const readAll = () =>
    Promise.all(
      [same, changing].flatMap((address) => [
        fork.getBalance(address),
        fork.getStorage(address, word(1)),
        fork.getStorage(address, word(2)),
        fork.getCode(address),
      ]),
    )
  await fork.pinned()
  const repin = async (): Promise<void> => {
    await fork.repin('latest')
    client.calls.length = 0
  }
  return { chain, same, changing, client, fork, readAll, repin }
}

/** What the chain was asked for: which account, and how many of its slots. */
function asked({ calls }: FakeRpcClient) {
  return calls.map(({ method, address, slots }) => [method, address, slots?.length])
}

describe('forking another block', () => {
  it('keeps code, and slots of unchanged storage once its account is known', async () => {
    const { chain, same, changing, client, fork, readAll, repin } = await makeWorld()
    const before = await readAll()
    chain.mine({ [same]: { balance: 6n }, [changing]: { storage: { [word(2)]: 9n } } })
    await repin()
    expect(fork.peekBalance(same)).toBeUndefined()
    expect(fork.peekStorage(same, word(1))).toBeUndefined()
    expect([await fork.getBalance(same), await fork.getBalance(changing)]).toEqual([6n, 5n])
    expect(fork.peekStorage(same, word(1))).toBe(word(7))
    expect(fork.peekStorage(same, word(2))).toBe(word(8))
    expect(fork.peekCode(changing)).toBe('0x6001')
    expect(fork.peekStorage(changing, word(1))).toBeUndefined()
    expect(fork.peekStorage(changing, word(2))).toBeUndefined()
    expect(await readAll()).toEqual([6n, ...before.slice(1, 6), word(9), before[7]])
    expect(asked(client)).toEqual([
      ['getProof', same, 0],
      ['getProof', changing, 0],
      ['getProof', changing, 2],
    ])
  })

  it('gives a root that was just asked for as that of the new block', async () => {
    const { chain, same, fork } = await makeWorld({ verify: true })
    const { stateRoot } = chain.mine({ [same]: { balance: 6n } })
    const root = fork.getStateRoot()
    const pinned = fork.repin('latest')
    expect(await root).toBe(stateRoot)
    expect((await pinned).stateRoot).toBe(stateRoot)
  })

  it('needs a trusted hash or root for each further block, once one was trusted', async () => {
    const { chain, same, fork } = await makeWorld({ verify: undefined })
    const { hash } = chain.mine({ [same]: { balance: 6n } })
    await fork.repin('latest', { trustedBlockHash: hash })
    const next = chain.mine({ [same]: { balance: 7n } })
    await expect(fork.repin('latest')).rejects.toThrow(/needs a trusted hash or state root/)
    expect((await fork.pinned()).hash).toBe(hash)
    await fork.repin(next.hash)
    await expect(fork.repin('latest')).rejects.toThrow(/needs a trusted hash or state root/)
    expect(await fork.getBalance(same)).toBe(7n)
  })

  it('fetches only what changed, whatever is read first', async () => {
    const { chain, same, changing, client, fork, readAll, repin } = await makeWorld()
    await readAll()
    chain.mine({ [changing]: { storage: { [word(2)]: 9n } } })
    await repin()
    expect(await fork.getStorage(same, word(2))).toBe(word(8))
    expect(fork.peekStorage(same, word(1))).toBe(word(7))
    expect(await fork.getStorage(changing, word(1))).toBe(word(7))
    expect(fork.peekStorage(changing, word(2))).toBeUndefined()
    await readAll()
    expect(asked(client)).toEqual([
      ['getProof', same, 1],
      ['getProof', changing, 1],
      ['getProof', changing, 1],
    ])
  })

  it('keeps slots across blocks that nobody reads, and back to an earlier block', async () => {
    const { chain, same, changing, client, fork, readAll, repin } = await makeWorld()
    await readAll()
    for (let block = 0; block < 3; block++) {
      chain.mine({ [changing]: { storage: { [word(2)]: BigInt(block) } } })
      await repin()
    }
    await fork.getBalance(same)
    expect(fork.peekStorage(same, word(2))).toBe(word(8))
    await fork.repin(1)
    client.calls.length = 0
    expect(await readAll()).toEqual([
      5n,
      word(7),
      word(8),
      '0x6001',
      5n,
      word(7),
      word(8),
      '0x6001',
    ])
    expect(client.calls.filter(({ method }) => method === 'getCode')).toEqual([])
  })

  it('keeps no slots if storage roots are unknown or were not proven', async () => {
    const chain = new FakeChain()
    const address = freshAddress()
    chain.mine({ [address]: { storage } })
    const refuse = (): Promise<never> =>
      Promise.reject(Object.assign(new Error('refused'), { kind: 'unsupported-method' }))
    const client = Object.assign(new FakeRpcClient(chain), {
      getProof: refuse,
      getAccountState: async (query: { slots: readonly string[]; want?: string }) => ({
        address,
        ...(query.want === 'slots' ? {} : { account: { balance: 0n, nonce: 0n, code: '0x6001' } }),
        values: query.slots.map(() => 7n),
      }),
    }) as unknown as FakeRpcClient
    const fork = destroyLater(new StateManager({ rpcClient: client, verify: false }))
    await fork.getStorage(address, word(1))
    await fork.getBalance(address)
    chain.mine()
    await fork.repin('latest')
    await fork.getBalance(address)
    expect(fork.peekStorage(address, word(1))).toBeUndefined()
  })

  it('uses no slot that was read without proofs if the next block may be proven', async () => {
    const chain = new FakeChain()
    const address = freshAddress()
    chain.mine({ [address]: { code: '0x6001', storage } })
    const client = new FakeRpcClient(chain)
    const getBlock = client.getBlock.bind(client)
    client.getBlock = async (...args) => {
      const header = await getBlock(...args)
      return header?.number === 1n ? { ...header, stateRoot: word(0) } : header
    }
    const fork = destroyLater(new StateManager({ rpcClient: client }))
    await Promise.all([fork.getStorage(address, word(1)), fork.getCode(address)])
    expect(fork.metrics().verifying).toBe(0)
    chain.mine()
    await fork.repin('latest')
    client.calls.length = 0
    await fork.getCode(address)
    expect(fork.peekStorage(address, word(1))).toBeUndefined()
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(client.stateCalls.map(({ method }) => method)).toEqual(['getProof', 'getProof'])
  })

  it('keeps local writes, and drops answers that come too late (statement 22)', async () => {
    const { chain, same, changing, client, fork, readAll } = await makeWorld()
    await readAll()
    fork.setStorage(same, word(1), 1n)
    fork.setBalance(changing, 99n)
    const gate = holdAnswers(client)
    const late = [fork.getStorage(same, word(3)), fork.getBalance(freshAddress())]
    const ends = Promise.allSettled(late)
    await gate.arrived()
    chain.mine({ [same]: { storage: { [word(3)]: 3n } } })
    client.before = undefined
    const pinned = await fork.repin('latest')
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    gate.release()
    await new Promise((resolve) => setTimeout(resolve, 2))
    expect(fork.peekStorage(same, word(3))).toBeUndefined()
    expect(pinned.number).toBe(2n)
    expect(await fork.getStorage(same, word(1))).toBe(word(1))
    expect(await fork.getStorage(same, word(3))).toBe(word(3))
    expect(await fork.getStorage(same, word(2))).toBe(word(8))
    expect(await fork.getBalance(changing)).toBe(99n)
  })

  it('works for an account that was deleted, and for one that was created again', async () => {
    const { chain, same, fork, readAll, repin } = await makeWorld()
    await readAll()
    chain.mine({ [same]: { balance: 0n, code: '0x', storage: { [word(1)]: 0n, [word(2)]: 0n } } })
    await repin()
    expect(await fork.getAccount(same)).toBeUndefined()
    expect(fork.peekStorage(same, word(1))).toBe(word(0))
    chain.mine({ [same]: { balance: 1n, storage: { [word(2)]: 5n } } })
    await repin()
    expect(await fork.getBalance(same)).toBe(1n)
    expect(fork.peekStorage(same, word(1))).toBeUndefined()
    expect(await fork.getStorage(same, word(1))).toBe(word(0))
    expect(await fork.getStorage(same, word(2))).toBe(word(5))
  })

  it('works with a cache of one fact', async () => {
    const { chain, changing, readAll, repin } = await makeWorld({ maxCacheSize: 1 })
    await readAll()
    chain.mine({ [changing]: { storage: { [word(2)]: 9n } } })
    await repin()
    expect((await readAll())[6]).toBe(word(9))
  })
})

describe('a key that was read ahead', () => {
  it('is counted once, when it is read, and not when the prefetch looks it up', async () => {
    const { same, changing, fork } = await makeWorld()
    await fork.prefetch([{ address: same, slots: [word(1), word(2)] }, { address: changing }])
    expect(fork.metrics()).toMatchObject({ prefetchedKeys: 4, prefetchedReads: 0 })
    await fork.getStorage(same, word(1))
    await fork.getStorage(same, word(1))
    fork.peekBalance(changing)
    expect(fork.metrics().prefetchedReads).toBe(2)
    await fork.prefetchCall({ to: changing, data: '0x12345678' }, { sources: ['learned'] })
    expect(fork.metrics().prefetchedReads).toBe(2)
  })
})
