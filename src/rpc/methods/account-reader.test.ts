import { describe, expect, it } from 'vitest'
import type { Hex } from '../../encoding/hex.ts'
import type { AccountQuery, BlockRef } from '../rpc-client.ts'
import { RpcClientAdapter } from '../rpc-client-adapter.ts'

interface Call {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** A refusal, as the body of a JSON-RPC error. */
class Refusal {
  readonly error: { readonly code: number; readonly message: string }

  constructor(code: number, message: string) {
    this.error = { code, message }
  }
}

const BLOCK: BlockRef = { blockHash: `0x${'bb'.repeat(32)}` }
const addressOf = (index: number): Hex => `0x${index.toString(16).padStart(40, '0')}`
const slotOf = (index: number): Hex => `0x${index.toString(16).padStart(64, '0')}`
const NO_METHOD = new Refusal(-32601, 'the method does not exist/is not available')

/** The value of slot `s` of account `a` is 1,000 a + s, its balance is a, its nonce is 2 a. */
function answer({ method, params }: Call): unknown {
  const [target, slot] = params as [Hex, Hex]
  const account = () => BigInt(target)
  switch (method) {
    case 'eth_getAccountInfo':
      return { balance: target, nonce: `0x${(2n * account()).toString(16)}`, code: '0x6001' }
    case 'eth_getBalance':
      return target
    case 'eth_getTransactionCount':
      return `0x${(2n * account()).toString(16)}`
    case 'eth_getCode':
      return '0x6001'
    case 'eth_getStorageAt':
      return slotOf(Number(1_000n * account() + BigInt(slot)))
    case 'eth_getStorageValues':
      return Object.fromEntries(
        Object.entries(params[0] as Record<Hex, Hex[]>).map(([address, slots]) => [
          address,
          slots.map((one) => slotOf(Number(1_000n * BigInt(address) + BigInt(one)))),
        ]),
      )
    default:
      return NO_METHOD
  }
}

/** A client of a node that refuses some methods, with the methods of each request. */
function setUp(
  refused: readonly string[] = [],
  special: (call: Call) => unknown = () => undefined,
) {
  const requests: string[][] = []
  const client = new RpcClientAdapter('http://node.example', {
    retries: 0,
    fetch: async (_url, init) => {
      const body: Call | Call[] = JSON.parse(String(init.body))
      requests.push([body].flat().map(({ method }) => method))
      const items = [body].flat().map((call) => {
        const own = refused.includes(call.method) ? NO_METHOD : special(call)
        const result = own === undefined ? answer(call) : own
        return result instanceof Refusal ? { id: call.id, ...result } : { id: call.id, result }
      })
      return new Response(JSON.stringify(Array.isArray(body) ? items : items[0]))
    },
  })
  const read = (query: Partial<AccountQuery> = {}) =>
    client.getAccountState({ address: addressOf(7), slots: [], ...query }, BLOCK)
  return { client, requests, read }
}

const counts = (methods: readonly string[] = []) =>
  Object.fromEntries(
    [...new Set(methods)].map((name) => [name, methods.filter((one) => one === name).length]),
  )
const expected = (index: number, slots: readonly number[]) => ({
  address: addressOf(index),
  account: { balance: BigInt(index), nonce: BigInt(2 * index), code: '0x6001' },
  values: slots.map((slot) => BigInt(1_000 * index + slot)),
})

describe('getAccountState', () => {
  it('reads an account with its slots in one request', async () => {
    const { read, requests, client } = setUp()
    const state = await read({ slots: [slotOf(1), slotOf(2)] })
    expect(state).toEqual(expected(7, [1, 2]))
    expect(requests).toEqual([['eth_getAccountInfo', 'eth_getStorageValues']])
    expect(client.capabilities()).toMatchObject({
      eth_getAccountInfo: 'served',
      eth_getStorageValues: 'served',
      eth_getProof: 'unknown',
    })
  })

  it('asks for what is wanted only', async () => {
    const { read, requests } = setUp()
    expect(await read({ slots: [slotOf(1)], want: 'slots' })).toEqual({
      address: addressOf(7),
      values: [7_001n],
    })
    expect(await read()).toEqual(expected(7, []))
    expect(requests).toEqual([['eth_getStorageValues'], ['eth_getAccountInfo']])
  })

  it('probes once, then reads many accounts of one turn in one request', async () => {
    const { read, requests } = setUp()
    const all = Array.from({ length: 100 }, (_, index) =>
      read({ address: addressOf(index), slots: [slotOf(1), slotOf(index)] }),
    )
    const states = await Promise.all(all)
    expect(states).toEqual(states.map((_, index) => expected(index, [1, index])))
    expect(requests.map(counts)).toEqual([
      { eth_getAccountInfo: 1, eth_getStorageValues: 1 },
      { eth_getAccountInfo: 99 },
    ])
    const again = Array.from({ length: 100 }, (_, index) => read({ slots: [slotOf(index)] }))
    await Promise.all(again)
    expect(requests.slice(2).map(counts)).toEqual([
      { eth_getAccountInfo: 100, eth_getStorageValues: 1 },
    ])
  })

  it('falls back to the four old methods after one refusal each, and it shows', async () => {
    const { read, requests, client } = setUp(['eth_getAccountInfo', 'eth_getStorageValues'])
    const all = [1, 2, 3].map((index) => read({ address: addressOf(index), slots: [slotOf(5)] }))
    expect(await Promise.all(all)).toEqual([1, 2, 3].map((index) => expected(index, [5])))
    const old = { eth_getBalance: 3, eth_getTransactionCount: 3, eth_getCode: 3 }
    expect(requests.map(counts)).toEqual([
      { eth_getAccountInfo: 1, eth_getStorageValues: 1 },
      { ...old, eth_getStorageAt: 3 },
    ])
    await read({ slots: [slotOf(5)] })
    expect(requests).toHaveLength(3)
    expect(client.capabilities()).toMatchObject({
      eth_getAccountInfo: 'refused',
      eth_getStorageValues: 'refused',
    })
  })

  it.each<[string, unknown]>([
    ['other parameters', new Refusal(-32602, 'invalid params')],
    ['no block hashes in it', new Refusal(-32602, 'expected a block number')],
    ['another shape', { balance: '0x1' }],
    ['null', null],
  ])('takes a node that knows %s for one that does not serve it', async (_name, result) => {
    const special = ({ method }: Call) => (method === 'eth_getAccountInfo' ? result : undefined)
    const { read, client } = setUp([], special)
    expect(await read()).toEqual(expected(7, []))
    expect(client.capabilities().eth_getAccountInfo).toBe('refused')
  })

  it('learns nothing from a failure that may pass, and does not make others wait for it', async () => {
    let failures = 1
    const { read, requests, client } = setUp([], ({ method }) =>
      method === 'eth_getAccountInfo' && failures-- > 0
        ? new Refusal(-32603, 'internal error')
        : undefined,
    )
    const outcomes = await Promise.allSettled([read(), read(), read()])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(requests.map(counts)).toEqual([{ eth_getAccountInfo: 1 }, { eth_getAccountInfo: 2 }])
    expect(client.capabilities().eth_getAccountInfo).toBe('served')
  })

  it('asks for slots in halves when the node takes no more, and remembers', async () => {
    const { read, requests } = setUp([], ({ method, params }) => {
      const slots = Object.values((params[0] ?? {}) as Record<string, unknown[]>).flat()
      const isLarge = method === 'eth_getStorageValues' && slots.length > 30
      return isLarge ? new Refusal(-32000, 'response too large') : undefined
    })
    const slots = Array.from({ length: 100 }, (_, index) => slotOf(index))
    const indices = slots.map((_, index) => index)
    expect(await read({ slots })).toEqual(expected(7, indices))
    // Batches of several are tried in parts before the slots are.
    expect(counts(requests.flat())).toEqual({ eth_getAccountInfo: 1, eth_getStorageValues: 9 })
    requests.length = 0
    expect(await read({ slots, want: 'slots' })).toMatchObject({
      values: expected(7, indices).values,
    })
    expect(counts(requests.flat())).toEqual({ eth_getStorageValues: 4 })
  })

  it('splits more slots than a node takes', async () => {
    const { read, requests } = setUp()
    const slots = Array.from({ length: 2_500 }, (_, index) => slotOf(index))
    const { values } = await read({ slots, want: 'slots' })
    expect(values).toEqual(slots.map((slot) => 7_000n + BigInt(slot)))
    expect(counts(requests.flat())).toEqual({ eth_getStorageValues: 3 })
  })

  it('gives each reader its own error', async () => {
    const { client } = setUp(['eth_getStorageValues'], ({ method, params }) =>
      method === 'eth_getStorageAt' && params[1] === slotOf(2)
        ? new Refusal(-32000, 'missing trie node 12')
        : undefined,
    )
    const readers = [1, 2].map((slot) =>
      client.getAccountState(
        { address: addressOf(7), slots: [slotOf(slot)], want: 'slots' },
        BLOCK,
      ),
    )
    const outcomes = await Promise.allSettled(readers)
    expect(outcomes[1]).toMatchObject({
      reason: { kind: 'missing-state', slot: slotOf(2), address: addressOf(7) },
    })
  })

  it('refuses malformed arguments without a request', async () => {
    const { read, requests } = setUp()
    await expect(read({ address: '0x1' })).rejects.toMatchObject({ code: 'INVALID_HEX' })
    await expect(read({ slots: ['0x1'] })).rejects.toMatchObject({ code: 'INVALID_HEX' })
    expect(requests).toEqual([])
  })
})

describe('what a call touches', () => {
  const entry = { address: addressOf(3), storageKeys: [slotOf(1)] }

  it('comes from eth_createAccessList', async () => {
    const { client, requests } = setUp([], () => ({ accessList: [entry], gasUsed: '0x5208' }))
    const call = { from: addressOf(1), to: addressOf(2), data: '0xab', value: 5n } as const
    expect(await client.createAccessList(call, BLOCK)).toEqual([entry])
    expect(requests).toEqual([['eth_createAccessList']])
  })

  it('comes from the prestate tracer, without its values', async () => {
    const special = ({ params }: Call) => {
      expect(params).toEqual([{}, BLOCK, { tracer: 'prestateTracer' }])
      return {
        [addressOf(3)]: { balance: '0x1', nonce: 5, storage: { [slotOf(1)]: slotOf(9) } },
        [addressOf(4)]: { balance: '0x0' },
      }
    }
    const { client } = setUp([], special)
    expect(await client.traceCallPrestate({}, BLOCK)).toEqual([
      entry,
      { address: addressOf(4), storageKeys: [] },
    ])
  })

  it('is refused without a request once it is known that the node cannot say', async () => {
    const { client, requests } = setUp()
    const refusal = { kind: 'unsupported-method', code: 'RPC_FAILED' }
    for (let time = 0; time < 3; time++) {
      await expect(client.traceCallPrestate({}, BLOCK)).rejects.toMatchObject(refusal)
    }
    expect(requests).toHaveLength(1)
    expect(client.capabilities().debug_traceCall).toBe('refused')
  })

  it('stays unknown after a call that reverts', async () => {
    const reverted = new Refusal(3, 'execution reverted')
    const { client } = setUp([], () => reverted)
    await expect(client.createAccessList({}, BLOCK)).rejects.toMatchObject({ rpcCode: 3 })
    expect(client.capabilities().eth_createAccessList).toBe('unknown')
  })
})
