import { afterEach, describe, expect, it } from 'vitest'
import { FakeChain } from '../../test/support/fake-chain.ts'
import { FakeRpcClient, fakeProvider } from '../../test/support/fake-upstream.ts'
import { destroyLater, endForkWorlds } from '../../test/support/fork-world.ts'
import { freshAddress } from '../../test/support/sample-keys.ts'
import { InvalidInputError } from '../diagnostics/errors.ts'
import { RpcClientAdapter } from '../rpc/rpc-client-adapter.ts'
import type { StateManagerOptions } from '../state/options.ts'
import { StateManager } from '../state/state-manager.ts'
import { keepEveryBlock } from '../store/facts/block-policy.ts'
import type { StoreEvent } from '../store/facts/store-health.ts'
import { MemoryStore } from '../store/media/memory-store.ts'
import type { ForkEvent } from './fork-events.ts'

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))

const warnings: Error[] = []
const note = (warning: Error): void => void warnings.push(warning)
process.on('warning', note)

afterEach(async () => {
  await endForkWorlds()
  warnings.length = 0
})

/** A node that serves no proofs, and on which all accounts are absent. */
function nodeWithoutProofs(chain: FakeChain) {
  const request = async ({ method, params = [] }: { method: string; params?: unknown }) => {
    if (method === 'eth_getProof') {
      throw Object.assign(new Error('the method does not exist'), { code: -32601 })
    }
    if (method === 'eth_getAccountInfo') return { balance: '0x0', nonce: '0x0', code: '0x' }
    return chain.answer(method, params as unknown[])
  }
  return { request }
}

/** A fork with a listener that keeps all events. */
function listenTo(options: StateManagerOptions & Pick<Required<StateManagerOptions>, 'rpcClient'>) {
  const events: ForkEvent[] = []
  const onEvent = (event: ForkEvent): void => void events.push(event)
  const fork = destroyLater(new StateManager({ onEvent, ...options }))
  const ofType = <Type extends ForkEvent['type']>(type: Type) =>
    events.filter((event): event is Extract<ForkEvent, { type: Type }> => event.type === type)
  return { fork, events, ofType }
}

describe('the events of a fork', () => {
  it('report once that its block is resolved, and that another one is to be pinned', async () => {
    const chain = new FakeChain()
    const [first, second] = [chain.mine(), chain.mine()]
    const { fork, ofType } = listenTo({ rpcClient: new FakeRpcClient(chain), forkBlockTag: 1 })
    await Promise.all([fork.pinned(), fork.getBalance(freshAddress()), fork.pinned()])
    await turn()
    const { number, hash, stateRoot } = first
    expect(ofType('pinned')).toEqual([{ type: 'pinned', number, hash, stateRoot }])
    await fork.repin(second.hash)
    await turn()
    expect(ofType('repin')).toEqual([{ type: 'repin', block: second.hash }])
    expect(ofType('pinned')[1]).toMatchObject({ number: 2n, hash: second.hash })
  })

  it('report that the block could not be resolved, once per attempt', async () => {
    const client = new FakeRpcClient(new FakeChain())
    const { fork, ofType } = listenTo({ rpcClient: client, forkBlockTag: 99 })
    await Promise.allSettled([fork.getBalance(freshAddress()), fork.getNonce(freshAddress())])
    await Promise.allSettled([fork.pinned()])
    await turn()
    expect(ofType('pin-failed')).toMatchObject([
      { error: { code: 'PIN_FAILED' } },
      { error: { code: 'PIN_FAILED' } },
    ])
    expect(ofType('pinned')).toEqual([])
  })

  it('report that the node is read by number', async () => {
    const chain = new FakeChain({ takesBlockHash: false })
    const { fork, ofType } = listenTo({ rpcClient: new FakeRpcClient(chain) })
    const reads = [fork.getBalance(freshAddress()), fork.getBalance(freshAddress())]
    await Promise.all(reads)
    await turn()
    expect(ofType('pinned-by-number')).toMatchObject([{ number: 0n, hash: chain.head.hash }])
  })

  it('report that answers are not proven, and why', async () => {
    const because: string[] = []
    for (const options of [{}, { verify: false }]) {
      const rpcClient = nodeWithoutProofs(new FakeChain())
      const { fork, ofType } = listenTo({ rpcClient, ...options })
      expect(await fork.getBalance(freshAddress())).toBe(0n)
      await turn()
      because.push(
        ofType('verify-demoted')
          .map((event) => event.because)
          .join(),
      )
    }
    expect(because).toEqual(['the state root in the header is a placeholder', ''])
  })

  it('report how many facts a full cache drops', async () => {
    const client = new FakeRpcClient(new FakeChain())
    const { fork, ofType } = listenTo({ rpcClient: client, maxCacheSize: 2 })
    for (let read = 0; read < 5; read++) await fork.getBalance(freshAddress())
    await turn()
    const dropped = ofType('evicted').reduce((sum, { facts }) => sum + facts, 0)
    expect(dropped).toBeGreaterThan(0)
    expect(dropped).toBeLessThanOrEqual(fork.metrics().evictions)
  })

  it('include those of the client, made by the fork or passed in, until the fork ends', async () => {
    const provider = fakeProvider(new FakeChain())
    const own = listenTo({ rpcClient: provider })
    await own.fork.getBalance(freshAddress())
    await turn()
    expect(own.ofType('request-sent').length).toBeGreaterThan(0)
    expect(own.ofType('request-answered').length).toBe(own.ofType('request-sent').length)

    const client = new RpcClientAdapter(provider)
    const given = listenTo({ rpcClient: client })
    await given.fork.pinned()
    await turn()
    const before = given.ofType('request-sent').length
    expect(before).toBeGreaterThan(0)
    given.fork.destroy()
    await client.getChainId()
    await turn()
    expect(given.ofType('request-sent')).toHaveLength(before)
  })

  it('include those of all endpoints in a list', async () => {
    const list = ['http://127.0.0.1:1', fakeProvider(new FakeChain())]
    const { fork, ofType } = listenTo({ rpcClient: list })
    await fork.getBalance(freshAddress())
    await turn()
    expect(ofType('endpoint-demoted')).toMatchObject([
      { endpoint: 'http://127.0.0.1:1', condition: 'backoff' },
    ])
    expect(ofType('request-failed')).toMatchObject([{ cause: 'network' }])
  })
})

describe('the events of a store', () => {
  const broken = (): MemoryStore =>
    Object.assign(new MemoryStore(), { getMany: () => Promise.reject(new Error('gone')) })

  it('go to the listeners of the fork and of the store, instead of a warning', async () => {
    const ofStore: StoreEvent[] = []
    const storeOptions = {
      policy: keepEveryBlock,
      onEvent: (event: StoreEvent) => void ofStore.push(event),
    }
    const client = new FakeRpcClient(new FakeChain())
    const options = { rpcClient: client, store: broken() }
    const both = listenTo({ ...options, storeOptions })
    expect(await both.fork.getBalance(freshAddress())).toBe(0n)
    const one = listenTo({ ...options, storeOptions: { policy: keepEveryBlock } })
    expect(await one.fork.getBalance(freshAddress())).toBe(0n)
    await turn()
    expect(both.ofType('store-degraded')).toHaveLength(1)
    expect(ofStore).toHaveLength(1)
    expect(one.ofType('store-degraded')).toHaveLength(1)
    expect(warnings).toEqual([])
  })

  it('are a warning if nobody listens', async () => {
    const client = new FakeRpcClient(new FakeChain())
    const storeOptions = { policy: keepEveryBlock }
    const options = { rpcClient: client, store: broken(), storeOptions }
    const fork = destroyLater(new StateManager(options))
    expect(await fork.getBalance(freshAddress())).toBe(0n)
    await turn()
    expect(warnings).toHaveLength(1)
  })
})

describe('a listener', () => {
  it('that throws is a warning, and fails no read', async () => {
    const chain = new FakeChain()
    const address = freshAddress()
    chain.mine({ [address]: { balance: 7n } })
    const fail = (): never => {
      throw new Error('of the listener')
    }
    const options = { rpcClient: fakeProvider(chain), onEvent: fail }
    const storeOptions = { policy: keepEveryBlock, onEvent: fail }
    const store = Object.assign(new MemoryStore(), {
      getMany: () => Promise.reject(new Error('gone')),
    })
    const fork = destroyLater(new StateManager({ ...options, store, storeOptions }))
    expect(await fork.getBalance(address)).toBe(7n)
    expect(await Promise.all([fork.getNonce(address), fork.getCode(address)])).toEqual([0n, '0x'])
    await turn()
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('of the listener'),
      expect.stringContaining('of the listener'),
    ])
  })

  it('that is not a function is refused, and so is one without a fork', () => {
    const rpcClient = new FakeRpcClient(new FakeChain())
    const wrong = { rpcClient, onEvent: 5 } as unknown as StateManagerOptions
    expect(() => new StateManager(wrong)).toThrow(InvalidInputError)
    expect(() => new StateManager({ onEvent: () => {} })).toThrow(InvalidInputError)
  })
})
