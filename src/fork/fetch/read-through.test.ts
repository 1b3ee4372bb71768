import { afterEach, describe, expect, it } from 'vitest'
import { FakeChain } from '../../../test/support/fake-chain.ts'
import { FakeRpcClient } from '../../../test/support/fake-upstream.ts'
import { destroyLater, endForkWorlds, REMOTE } from '../../../test/support/fork-world.ts'
import { closeGate } from '../../../test/support/hold.ts'
import { freshAddress, word } from '../../../test/support/sample-keys.ts'
import type { StateManagerOptions } from '../../state/options.ts'
import { StateManager } from '../../state/state-manager.ts'
import { keepEveryBlock } from '../../store/facts/block-policy.ts'
import { decodeFact } from '../../store/facts/fact-record.ts'
import { MemoryStore } from '../../store/media/memory-store.ts'
import type { Store } from '../../store/store.ts'

afterEach(endForkWorlds)

const address = freshAddress()
const storeOptions = { policy: keepEveryBlock, claimTtlMs: 50 }

function chainWithAccount(): FakeChain {
  const chain = new FakeChain()
  chain.mine({ [address]: REMOTE })
  return chain
}

interface StoredWorld {
  readonly client: FakeRpcClient
  readonly fork: StateManager
}

/** A fork over a store, with a client of its own that counts calls. */
function openFork(chain: FakeChain, store: Store, options: StateManagerOptions = {}): StoredWorld {
  const client = new FakeRpcClient(chain)
  const all = { storeOptions, ...options, rpcClient: client, store }
  return { client, fork: destroyLater(new StateManager(all)) }
}

async function readAll(fork: StateManager): Promise<unknown> {
  return await Promise.all([
    fork.getAccount(address),
    fork.getCode(address),
    fork.getStorage(address, word(1)),
    fork.getStorage(address, word(9)),
    fork.getAccount('0x00000000000000000000000000000000000000ff'),
  ])
}

/** The names of all records, as text. */
async function recordsOf(store: MemoryStore): Promise<readonly string[]> {
  const names: string[] = []
  for await (const { group } of store.groups.list()) {
    for await (const { item } of store.groups.records(group)) {
      names.push(`${group.length} ${Buffer.from(item).toString('hex')}`)
    }
  }
  return names.sort()
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

describe('a fork over a store', () => {
  it('asks the chain only for the block, the second time', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const first = openFork(chain, store)
    const values = await readAll(first.fork)
    expect(first.client.stateCalls).toHaveLength(3)
    expect(first.fork.metrics()).toMatchObject({ storeHits: 0, storeMisses: 5 })
    await settled()
    expect(first.fork.metrics()).toMatchObject({ storeWrites: 5, storeBuffered: 0 })
    first.fork.destroy()
    const second = openFork(chain, store)
    expect(await readAll(second.fork)).toEqual(values)
    expect(second.client.stateCalls).toEqual([])
    expect(second.fork.metrics()).toMatchObject({ storeHits: 5, storeMisses: 0, storeWrites: 0 })
  })

  it('saves for the next fork what was read just before it was destroyed', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const first = openFork(chain, store)
    await first.fork.getStorage(address, word(1))
    first.fork.destroy()
    const { client, fork } = openFork(chain, store)
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(await fork.getBalance(address)).toBe(5n)
    expect(client.stateCalls).toEqual([])
  })

  it('stores proven facts apart from unproven ones', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const methods: (readonly string[])[] = []
    for (const verify of [false, true, true, false]) {
      const { client, fork } = openFork(chain, store, { verify })
      await readAll(fork)
      await settled()
      fork.destroy()
      methods.push(client.stateCalls.map(({ method }) => method))
    }
    // Code is identified by its hash, whoever sent it.
    const proofs = ['getProof', 'getProof']
    expect(methods).toEqual([[...proofs, 'getCode'], proofs, [], []])
  })

  it('stores no answer that comes after the cache was cleared, as it was not checked', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const { client, fork } = openFork(chain, store, { verify: true })
    await fork.pinned()
    const right = client.getProof.bind(client)
    client.getProof = async (...args) => {
      const proof = await right(...args)
      return { ...proof, balance: 999n, accountProof: [] }
    }
    const gate = closeGate()
    client.before = () => gate.enter()
    const reading = fork.getBalance(address)
    await gate.arrived()
    fork.clearForkCache()
    await expect(reading).rejects.toMatchObject({ code: 'READ_CANCELLED' })
    gate.release()
    await settled()
    fork.destroy()
    const second = openFork(chain, store, { verify: true })
    expect(await second.fork.getBalance(address)).toBe(5n)
    expect(second.client.stateCalls).toHaveLength(1)
  })

  it('stores facts proven only against a trusted root apart from those of the named block', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const other = chain.mine({ [address]: { balance: 6n } })
    const { hash, stateRoot } = chain.mine({ [address]: { balance: 7n } })
    const liar = new FakeRpcClient(chain)
    // Claims that the state of one block is that of the next.
    const [getBlock, getProof] = [liar.getBlock.bind(liar), liar.getProof.bind(liar)]
    liar.getBlock = async (...args) => {
      const header = await getBlock(...args)
      return header && { ...header, stateRoot: other.stateRoot }
    }
    liar.getProof = (at, slots) => getProof(at, slots, { blockHash: other.hash })
    const first = destroyLater(
      new StateManager({
        storeOptions,
        store,
        rpcClient: liar,
        trustedStateRoot: other.stateRoot,
      }),
    )
    expect(await first.getBalance(address)).toBe(6n)
    expect(await first.pinned()).toMatchObject({ hash, stateRoot: other.stateRoot })
    await settled()
    first.destroy()
    const second = openFork(chain, store, { trustedBlockHash: hash })
    expect(await second.fork.getBalance(address)).toBe(7n)
    expect((await second.fork.pinned()).stateRoot).toBe(stateRoot)
  })

  it('looks into the store once for all reads of a turn', async () => {
    const store = new MemoryStore()
    const sizes: number[] = []
    const counting: Store = {
      getMany: (keys) => {
        sizes.push(keys.length)
        return store.getMany(keys)
      },
      putMany: (records) => store.putMany(records),
      deleteMany: (keys) => store.deleteMany(keys),
      close: () => store.close(),
    }
    const { client, fork } = openFork(chainWithAccount(), counting)
    const slots = Array.from({ length: 100 }, (_, slot) => word(slot))
    await Promise.all(slots.map((slot) => fork.getStorage(address, slot)))
    expect(sizes).toEqual([100])
    expect(client.stateCalls).toHaveLength(1)
  })

  it('lets one fork fetch what two need at once', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    // No claim may expire while a slow machine makes an answer.
    const patient = { storeOptions: { ...storeOptions, claimTtlMs: 60_000 } }
    const [first, second] = [openFork(chain, store, patient), openFork(chain, store, patient)]
    const [one, two] = await Promise.all([readAll(first.fork), readAll(second.fork)])
    expect(one).toEqual(two)
    expect([...first.client.stateCalls, ...second.client.stateCalls]).toHaveLength(3)
  })

  it('never writes local writes to the store (statement 25)', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const { client, fork } = openFork(chain, store)
    const gate = closeGate()
    client.before = ({ method }) => (method === 'getProof' ? gate.enter() : undefined)
    const local = freshAddress()
    fork.setBalance(local, 1n)
    const reading = Promise.allSettled([
      fork.getStorage(address, word(1)),
      fork.getAccount(local),
      fork.getCode(address),
    ])
    await gate.arrived()
    fork.setStorage(address, word(1), 99n)
    fork.setStorage(address, word(2), 98n)
    fork.setBalance(address, 97n)
    fork.setCode(address, '0xfe')
    fork.deleteAccount(local)
    gate.release()
    await reading
    expect(await fork.getStorage(address, word(1))).toBe(word(99))
    await settled()
    expect(await recordsOf(store)).not.toContain('32 ')
    const other = openFork(chain, store)
    expect(await other.fork.getStorage(address, word(1))).toBe(word(7))
    expect(await other.fork.getBalance(address)).toBe(5n)
    expect(await other.fork.getAccount(local)).toBeUndefined()
    expect(other.client.stateCalls).toEqual([])
    expect(await other.fork.getStorage(address, word(2))).toBe(word(8))
    expect(await other.fork.getCode(address)).toBe('0x6001')
  })

  it('stores blocks apart, and shares code among them (statement 25)', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const { client, fork } = openFork(chain, store)
    await readAll(fork)
    chain.mine({ [address]: { balance: 6n, storage: { [word(1)]: 1n } } })
    await fork.repin('latest')
    client.calls.length = 0
    expect(await fork.getStorage(address, word(1))).toBe(word(1))
    expect(await fork.getBalance(address)).toBe(6n)
    fork.clearForkCache()
    expect(await fork.getCode(address)).toBe('0x6001')
    expect(client.stateCalls.map(({ method }) => method)).toEqual(['getProof'])
  })

  it('stores the code of an unsettled block, but no account or slot', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const client = new FakeRpcClient(chain)
    client.getBlock = async (block) => {
      if (block === 'finalized') return null
      return chain.findBlock(block) ?? null
    }
    const fork = destroyLater(new StateManager({ rpcClient: client, store }))
    await readAll(fork)
    await settled()
    expect(await recordsOf(store)).toEqual(['32 '])
  })

  it('fetches facts that are damaged in the store, and repairs them', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const first = openFork(chain, store)
    const values = await readAll(first.fork)
    await settled()
    first.fork.destroy()
    for await (const { group } of store.groups.list()) {
      for await (const { item, value } of store.groups.records(group)) {
        value[value.length - 1] = (value.at(-1) as number) ^ 1
        expect(decodeFact({ group, item }, factKey(item), value)).toBe('corrupt')
        await store.putMany([{ group, item, value }])
      }
    }
    const second = openFork(chain, store)
    expect(await readAll(second.fork)).toEqual(values)
    expect(second.fork.metrics()).toMatchObject({ storeHits: 0, storeCorrupt: 5 })
    await settled()
    const third = openFork(chain, store)
    expect(await readAll(third.fork)).toEqual(values)
    expect(third.client.stateCalls).toEqual([])
  })

  it('works without the store if the store fails', async () => {
    const events: string[] = []
    const fail = (): Promise<never> => Promise.reject(new Error('disk on fire'))
    const broken: Store = { getMany: fail, putMany: fail, deleteMany: fail, close: fail }
    const options = { ...storeOptions, onEvent: ({ type }: { type: string }) => events.push(type) }
    const world = openFork(chainWithAccount(), broken, { storeOptions: options })
    expect(await world.fork.getStorage(address, word(1))).toBe(word(7))
    expect(await world.fork.getBalance(address)).toBe(5n)
    expect(events).toEqual(['store-degraded'])
    expect(world.fork.metrics().storeFailures).toBeGreaterThan(0)
  })

  it('caches no failure: the read rejects, others fetch, and the next read asks again', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const first = openFork(chain, store)
    const second = openFork(chain, store)
    first.client.before = ({ method }) => {
      if (method === 'getProof') throw new Error('no route')
    }
    const reads = [first, second].map(({ fork }) => fork.getStorage(address, word(1)))
    const [failed, other] = await Promise.allSettled(reads)
    expect(failed?.status).toBe('rejected')
    expect(other).toEqual({ status: 'fulfilled', value: word(7) })
    first.client.before = undefined
    expect(await first.fork.getStorage(address, word(1))).toBe(word(7))
  })

  it('that is read by number stores nothing of a block that moved', async () => {
    const chain = new FakeChain({ takesBlockHash: false })
    chain.mine({ [address]: REMOTE })
    const store = new MemoryStore()
    const { client, fork } = openFork(chain, store)
    expect(await fork.pinned()).toMatchObject({ mode: 'number' })
    client.before = ({ method }) => {
      if (method === 'getProof') chain.reorg(1, { [address]: { balance: 66n } })
    }
    await expect(fork.getBalance(address)).rejects.toMatchObject({ code: 'BLOCK_MOVED' })
    await settled()
    expect(await recordsOf(store)).toEqual([])
  })

  it('stops waiting for another process when the cache is cleared', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const [first, second] = [openFork(chain, store), openFork(chain, store)]
    const gate = closeGate()
    first.client.before = ({ method }) => (method === 'getProof' ? gate.enter() : undefined)
    const reading = first.fork.getBalance(address)
    await gate.arrived()
    const waiting = second.fork.getBalance(address)
    await settled()
    second.fork.clearForkCache()
    await expect(waiting).rejects.toMatchObject({ code: 'READ_CANCELLED' })
    gate.release()
    expect(await reading).toBe(5n)
    expect(await second.fork.getBalance(address)).toBe(5n)
  })

  it('answers every read with a cache of one fact', async () => {
    const chain = chainWithAccount()
    const store = new MemoryStore()
    const { client, fork } = openFork(chain, store, { maxCacheSize: 1 })
    const values = await readAll(fork)
    client.calls.length = 0
    expect(await readAll(fork)).toEqual(values)
    expect(await readAll(fork)).toEqual(values)
    expect(client.calls).toEqual([])
  })
})

describe('options of a store', () => {
  it('are refused without a store, and so is an invalid store', () => {
    const rpcClient = new FakeRpcClient(new FakeChain())
    expect(() => new StateManager({ rpcClient, storeOptions })).toThrow(/need `store`/)
    const store = { getMany: async () => [] } as unknown as Store
    expect(() => new StateManager({ rpcClient, store })).toThrow(/putMany, deleteMany, close/)
    expect(() => new StateManager({ store: new MemoryStore() })).toThrow(/require rpcClient/)
  })
})

function factKey(item: Uint8Array): Parameters<typeof decodeFact>[1] {
  const hex = Buffer.from(item).toString('hex')
  const kind = item.length === 20 ? 'account' : item.length === 52 ? 'storage' : 'code'
  return { kind, address: `0x${hex.slice(0, 40)}`, word: `0x${hex.slice(40)}` }
}
