import { type Hex, keccak256, pad } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeChain } from '../../../test/support/fake-chain.ts'
import { FakeRpcClient } from '../../../test/support/fake-upstream.ts'
import { destroyLater, endForkWorlds } from '../../../test/support/fork-world.ts'
import { freshAddress, word } from '../../../test/support/sample-keys.ts'
import { RpcError } from '../../rpc/errors.ts'
import type { AccessListEntry, BlockRef, CallRequest } from '../../rpc/rpc-client.ts'
import { StateManager } from '../state-manager.ts'

afterEach(endForkWorlds)

const SWAP = '0x022c0d9f'
const sender = freshAddress()

/** A pair as Uniswap V2 lays it out, and its two tokens. */
interface Pair {
  readonly address: Hex
  readonly tokens: readonly [Hex, Hex]
}

function slotOf(number: number, ...keys: readonly Hex[]): Hex {
  return keys.reduce<Hex>(
    (place, key) => keccak256(`${pad(key, { size: 32 })}${place.slice(2)}`),
    word(number),
  )
}

function makePair(chain: FakeChain): Pair {
  const [address, first, second] = [freshAddress(), freshAddress(), freshAddress()]
  const token = { code: '0x6002', storage: { [slotOf(3, address)]: 1_000n } } as const
  const storage = {
    [word(6)]: BigInt(first),
    [word(7)]: BigInt(second),
    [word(8)]: 123n,
    [word(12)]: 1n,
  }
  chain.mine({
    [address]: { code: '0x6001', storage },
    [first]: token,
    [second]: { ...token, storage: { [slotOf(3, address)]: 2_000n } },
  })
  return { address, tokens: [first, second] }
}

function swapOn(pair: Pair, to: Hex): CallRequest {
  const words = [1n, 0n, BigInt(to)].map((value) => word(value).slice(2)).join('')
  return { from: sender, to: pair.address, data: `${SWAP}${words}` }
}

/** Reads what a swap reads, one after the other, as an EVM does. */
async function runSwap(state: StateManager, pair: Pair, to: Hex): Promise<void> {
  await state.getAccount(sender)
  await state.getCodeBytes(pair.address)
  const slot = (number: number) => state.getStorage(pair.address, BigInt(number))
  for (const number of [12, 8]) await slot(number)
  for (const number of [6, 7]) {
    const token: Hex = `0x${(await slot(number)).slice(26)}`
    await state.getCodeBytes(token)
    for (const holder of [pair.address, to]) await state.getStorage(token, slotOf(3, holder))
    await state.getStorage(token, slotOf(4, pair.address, to))
  }
}

interface World {
  readonly chain: FakeChain
  readonly client: FakeRpcClient
  readonly state: StateManager
  readonly pairs: readonly [Pair, Pair, Pair]
}

async function makeWorld(methods: object = {}): Promise<World> {
  const chain = new FakeChain()
  const pairs = [makePair(chain), makePair(chain), makePair(chain)] as const
  const client = Object.assign(new FakeRpcClient(chain), methods)
  const state = destroyLater(new StateManager({ rpcClient: client }))
  await state.pinned()
  client.calls.length = 0
  return { chain, client, state, pairs }
}

const refuse = async (): Promise<never> => {
  throw new RpcError('no such method', {
    method: 'eth_createAccessList',
    endpoint: 'a node',
    kind: 'unsupported-method',
  })
}

describe('prefetchCall, predicted by the node', () => {
  it('fetches what the access list names, the receiver and the sender', async () => {
    const asked: [CallRequest, BlockRef][] = []
    const list: AccessListEntry[] = []
    const createAccessList = async (of: CallRequest, block: BlockRef) => {
      asked.push([of, block])
      return list
    }
    const { client, state, pairs } = await makeWorld({ createAccessList })
    const [pair] = pairs
    const to = freshAddress()
    const slots = [6, 7, 8, 12].map((number) => word(number))
    list.push({ address: pair.address, storageKeys: slots })
    for (const address of pair.tokens) {
      const holders = [slotOf(3, pair.address), slotOf(3, to), slotOf(4, pair.address, to)]
      list.push({ address, storageKeys: holders })
    }
    const call = swapOn(pair, to)
    const result = await state.prefetchCall(call)
    expect(result).toEqual({ source: 'access-list', fetchedKeys: 14, refusals: [] })
    const { hash: blockHash } = await state.pinned()
    expect(asked).toEqual([[call, { blockHash }]])
    const count = client.calls.length
    await runSwap(state, pair, to)
    expect(client.calls).toHaveLength(count)
  })

  it('asks for a trace where access lists are refused, and shows the refusal', async () => {
    const [slot, traced] = [word(8), freshAddress()]
    const traceCallPrestate = async () => [{ address: traced, storageKeys: [slot] }]
    const { state, pairs } = await makeWorld({ createAccessList: refuse, traceCallPrestate })
    const result = await state.prefetchCall({ to: pairs[0].address })
    expect(result.source).toBe('trace')
    expect(result.refusals).toHaveLength(1)
    expect(result.refusals[0]?.kind).toBe('unsupported-method')
    expect(state.peekStorage(traced, slot)).toBe(word(0))
  })

  it('names the block by number where the node takes no hashes', async () => {
    const chain = new FakeChain({ takesBlockHash: false })
    const blocks: BlockRef[] = []
    const createAccessList = async (_: CallRequest, block: BlockRef) => {
      blocks.push(block)
      if ('blockHash' in block) chain.findBlock(block)
      return []
    }
    const client = Object.assign(new FakeRpcClient(chain), { createAccessList })
    const state = destroyLater(new StateManager({ rpcClient: client }))
    expect(await state.prefetchCall({ to: sender })).toMatchObject({ source: 'access-list' })
    expect(blocks.map((block) => 'blockNumber' in block)).toEqual([false, true])
    expect(await state.prefetchCall({ to: sender })).toMatchObject({ source: 'access-list' })
    expect(blocks).toHaveLength(3)
  })

  it('rejects what is no matter of the node: a bad argument, a clear, the end', async () => {
    let clear: () => void = () => {}
    const createAccessList = async () => {
      clear()
      throw new Error('aborted')
    }
    const { state } = await makeWorld({ createAccessList })
    await expect(state.prefetchCall({ to: sender, data: '0x1' })).rejects.toMatchObject({
      code: 'INVALID_HEX',
    })
    const sources = ['oracle' as 'trace']
    await expect(state.prefetchCall({ to: sender }, { sources })).rejects.toThrow(
      /no source oracle/,
    )
    clear = () => state.clearForkCache()
    await expect(state.prefetchCall({ to: sender })).rejects.toMatchObject({
      code: 'READ_CANCELLED',
    })
  })
})

describe('prefetchCall, learned', () => {
  it('reads the receiver and the sender the first time', async () => {
    const { client, state, pairs } = await makeWorld({ createAccessList: refuse })
    const result = await state.prefetchCall(swapOn(pairs[0], freshAddress()))
    expect(result).toMatchObject({ source: 'none', fetchedKeys: 2 })
    expect(client.calls.map(({ method }) => method)).toEqual(['getProof', 'getProof', 'getCode'])
  })

  it('fetches all of a call on another pair, in two rounds', async () => {
    const { client, state, pairs } = await makeWorld()
    const first = freshAddress()
    await state.prefetchCall(swapOn(pairs[0], first))
    await runSwap(state, pairs[0], first)
    const to = freshAddress()
    client.calls.length = 0
    const result = await state.prefetchCall(swapOn(pairs[1], to))
    expect(result.source).toBe('learned')
    const fetched = client.calls.length
    expect(client.calls.map(({ method }) => method)).toEqual(['getProof', 'getProof', 'getProof'])
    await runSwap(state, pairs[1], to)
    expect(client.calls).toHaveLength(fetched)
    await state.prefetchCall({})
    const { predictedKeys, prefetchHits } = state.metrics()
    expect(predictedKeys).toBe(2 + result.fetchedKeys)
    expect(prefetchHits).toBe(predictedKeys)
  })

  it('learns from what branches read, and when the manager is destroyed', async () => {
    const { client, state, pairs } = await makeWorld()
    const to = freshAddress()
    const worker = destroyLater(state.branch())
    await worker.prefetchCall(swapOn(pairs[0], to))
    const branch = destroyLater(worker.branch())
    await runSwap(branch, pairs[0], to)
    worker.destroy()
    const other = freshAddress()
    await state.prefetchCall(swapOn(pairs[1], other))
    const fetched = client.calls.length
    await runSwap(state, pairs[1], other)
    expect(client.calls).toHaveLength(fetched)
  })

  it('keeps functions and codes apart, and does without data and receiver', async () => {
    const { state, pairs } = await makeWorld()
    const to = freshAddress()
    await state.prefetchCall(swapOn(pairs[0], to))
    await runSwap(state, pairs[0], to)
    const other = { ...swapOn(pairs[1], to), data: '0xdeadbeef' } as const
    expect(await state.prefetchCall(other)).toMatchObject({ source: 'none' })
    expect(await state.prefetchCall({ to: pairs[0].address })).toMatchObject({ source: 'none' })
    expect(await state.prefetchCall({ from: sender })).toMatchObject({ source: 'none' })
    const sources = ['access-list'] as const
    const call = swapOn(pairs[1], to)
    expect(await state.prefetchCall(call, { sources })).toMatchObject({ source: 'none' })
    expect(await state.prefetchCall(call)).toMatchObject({ source: 'learned' })
  })

  it('never takes a value from what it learned', async () => {
    const { state, pairs } = await makeWorld()
    const to = freshAddress()
    await state.prefetchCall(swapOn(pairs[0], to))
    await runSwap(state, pairs[0], to)
    state.setStorage(pairs[1].address, 6n, pairs[2].tokens[0])
    await state.prefetchCall(swapOn(pairs[1], to))
    expect(await state.getStorage(pairs[1].address, 8n)).toBe(word(123))
    expect(BigInt(await state.getStorage(pairs[1].address, 6n))).toBe(BigInt(pairs[2].tokens[0]))
    expect(state.peekCode(pairs[2].tokens[0])).toBe('0x6002')
  })
})
