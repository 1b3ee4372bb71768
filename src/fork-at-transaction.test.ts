import { afterEach, describe, expect, it } from 'vitest'
import { FakeChain } from '../test/support/fake-chain.ts'
import { FakeRpcClient } from '../test/support/fake-upstream.ts'
import { destroyLater, endForkWorlds } from '../test/support/fork-world.ts'
import { InvalidInputError } from './diagnostics/errors.ts'
import type { Hex } from './encoding/hex.ts'
import { forkAtTransaction } from './fork-at-transaction.ts'
import { FailoverRpcClient } from './rpc/failover/failover-client.ts'
import { record } from './rpc/record/record.ts'
import { replay } from './rpc/record/replay.ts'
import { RpcClientAdapter } from './rpc/rpc-client-adapter.ts'

afterEach(endForkWorlds)

const hashOf = (index: number): Hex => `0x${index.toString(16).padStart(64, 'f')}`
const ALICE: Hex = `0x${'aa'.repeat(20)}`

/** A chain of two blocks, of which the last one has three transactions. */
function makeWorld() {
  const chain = new FakeChain()
  const before = chain.mine({ [ALICE]: { balance: 5n } })
  const block = chain.mine({ [ALICE]: { balance: 6n } })
  const transactions: object[] = [0, 1, 2].map((index) => ({
    hash: hashOf(index),
    blockHash: block.hash,
    transactionIndex: `0x${index}`,
    from: ALICE,
    nonce: `0x${index}`,
  }))
  const answers: Record<string, unknown> = {
    eth_getTransactionByHash: transactions[2],
  }
  const asked: string[] = []
  const request = async ({ method, params }: { method: string; params?: unknown }) => {
    asked.push(method)
    const list = params as unknown[]
    if (method in answers) return answers[method]
    const answer = chain.answer(method, list)
    const isFull = method === 'eth_getBlockByHash' && list[1] === true
    return isFull ? { ...(answer as object), transactions } : answer
  }
  return { chain, before, block, transactions, answers, asked, provider: { request } }
}

describe('forkAtTransaction', () => {
  it('forks the block before, and lists what comes first', async () => {
    const { before, block, transactions, asked, provider } = makeWorld()
    const found = await forkAtTransaction(hashOf(2), { rpcClient: provider })
    const state = destroyLater(found.state)
    expect(asked).toEqual(['eth_getTransactionByHash', 'eth_getBlockByHash'])
    expect(found.transaction).toEqual(transactions[2])
    expect(found.transactions).toEqual(transactions.slice(0, 2))
    expect(found.block).toMatchObject({ hash: block.hash, number: '0x2', timestamp: '0x6553f102' })
    expect(await state.getBalance(ALICE)).toBe(5n)
    expect(await state.pinned()).toMatchObject({ number: 1n, hash: before.hash })
  })

  it('distinguishes an unknown transaction from a pending one', async () => {
    const { answers, provider } = makeWorld()
    answers['eth_getTransactionByHash'] = null
    const unknown = forkAtTransaction(hashOf(9), { rpcClient: provider })
    await expect(unknown).rejects.toMatchObject({
      code: 'TRANSACTION_NOT_FOUND',
      reason: 'unknown',
      message: expect.stringContaining(hashOf(9)),
    })
    answers['eth_getTransactionByHash'] = { hash: hashOf(9), blockHash: null }
    const pending = forkAtTransaction(hashOf(9), { rpcClient: provider })
    await expect(pending).rejects.toMatchObject({
      code: 'TRANSACTION_NOT_FOUND',
      reason: 'pending',
    })
  })

  it.each([
    ['another transaction', { hash: hashOf(0) }],
    ['no hash', { hash: undefined }],
    ['no place', { transactionIndex: undefined }],
    ['a place where another one is', { transactionIndex: '0x1' }],
    ['a place beyond the end', { transactionIndex: '0x7' }],
    ['a block that is none', { blockHash: '0x12' }],
  ])('refuses an answer with %s', async (_, wrong) => {
    const { transactions, answers, provider } = makeWorld()
    answers['eth_getTransactionByHash'] = { ...transactions[2], ...wrong }
    const rpcClient = new RpcClientAdapter(provider, { retries: 0 })
    const forking = forkAtTransaction(hashOf(2), { rpcClient })
    await expect(forking).rejects.toMatchObject({ code: 'RPC_RESPONSE' })
  })

  it.each([
    ['is gone', null],
    ['is another one', { hash: hashOf(5) }],
    ['has its transactions out of order', { transactions: [{ hash: hashOf(2) }] }],
    ['has hashes only', { transactions: [hashOf(0), hashOf(1), hashOf(2)] }],
  ])('refuses a block that %s', async (_, wrong) => {
    const { chain, block, transactions, answers, provider } = makeWorld()
    const right = chain.answer('eth_getBlockByHash', [block.hash]) as object
    answers['eth_getBlockByHash'] = wrong && { ...right, transactions, ...wrong }
    const forking = forkAtTransaction(hashOf(2), { rpcClient: provider })
    await expect(forking).rejects.toMatchObject({ code: 'RPC_RESPONSE', block: block.hash })
  })

  it('refuses wrong options, and clients that cannot ask for transactions', async () => {
    const { provider } = makeWorld()
    const bare = new FakeRpcClient(new FakeChain())
    await expect(forkAtTransaction(hashOf(2), { rpcClient: bare })).rejects.toThrow(
      InvalidInputError,
    )
    const options = { rpcClient: provider, maxCacheSize: 0 }
    await expect(forkAtTransaction(hashOf(2), options)).rejects.toThrow(InvalidInputError)
    await expect(forkAtTransaction('0x12', { rpcClient: provider })).rejects.toMatchObject({
      code: 'INVALID_HEX',
    })
  })

  it('works over several endpoints, asking on where one does not know it', async () => {
    const [behind, ahead] = [makeWorld(), makeWorld()]
    behind.answers['eth_getTransactionByHash'] = null
    const rpcClient = [behind.provider, ahead.provider]
    const { state, transactions } = await forkAtTransaction(hashOf(2), { rpcClient })
    destroyLater(state)
    expect(transactions).toHaveLength(2)
    const agreed = new FailoverRpcClient([ahead.provider, makeWorld().provider], { quorum: 2 })
    expect((await agreed.getFullBlock?.(ahead.block.hash))?.transactions).toHaveLength(3)
  })

  it('can be recorded and replayed', async () => {
    const { transactions, provider } = makeWorld()
    const recorder = record(new RpcClientAdapter(provider))
    const live = await forkAtTransaction(hashOf(2), { rpcClient: recorder })
    expect(await destroyLater(live.state).getBalance(ALICE)).toBe(5n)
    const rpcClient = replay({ text: recorder.text() })
    const again = await forkAtTransaction(hashOf(2), { rpcClient })
    expect(again.transactions).toEqual(transactions.slice(0, 2))
    expect(await destroyLater(again.state).getBalance(ALICE)).toBe(5n)
    await expect(forkAtTransaction(hashOf(1), { rpcClient })).rejects.toMatchObject({
      code: 'RPC_NOT_RECORDED',
    })
  })

  it('closes a client that it made when it fails', async () => {
    const sockets: { closed: boolean }[] = []
    class WebSocket {
      closed = false
      constructor() {
        sockets.push(this)
      }
      addEventListener(type: string, listener: (event: object) => void): void {
        if (type === 'open') setTimeout(listener, 0)
      }
      send(): void {}
      close(): void {
        this.closed = true
      }
    }
    const controller = new AbortController()
    const original = globalThis.WebSocket
    globalThis.WebSocket = WebSocket as unknown as typeof original
    try {
      const options = { rpcClient: 'ws://127.0.0.1:1', signal: controller.signal }
      const forking = forkAtTransaction(hashOf(2), options)
      setTimeout(() => controller.abort(), 20)
      await expect(forking).rejects.toMatchObject({ code: 'ABORTED' })
      expect(sockets.map(({ closed }) => closed)).toEqual([true])
    } finally {
      globalThis.WebSocket = original
    }
  })
})
