import { describe, expect, it } from 'vitest'
import { FakeChain } from '../../../test/support/fake-chain.ts'
import type { FakeCall } from '../../../test/support/fake-upstream.ts'
import { FakeRpcClient } from '../../../test/support/fake-upstream.ts'
import { RpcError } from '../../rpc/errors.ts'
import type { BlockRef } from '../../rpc/rpc-client.ts'
import type { BlockAnswer, BlockCall, BlockIdentity } from './block-reader.ts'
import { BlockReader } from './block-reader.ts'

const NEVER = new AbortController().signal
const refusal = (): RpcError =>
  new RpcError('no objects here', {
    method: 'eth_getProof',
    endpoint: 'test',
    kind: 'unsupported-block-ref',
  })

/** A call that records its outcome. */
class RecordedCall implements BlockCall {
  readonly blocks: BlockRef[] = []
  outcome: 'accepted' | unknown
  readonly done: Promise<void>
  readonly #send: (block: BlockRef) => Promise<void> | void
  readonly #showsState: boolean
  #finish: () => void = () => {}

  constructor(send: (block: BlockRef) => Promise<void> | void, showsState = false) {
    this.#send = send
    this.#showsState = showsState
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  async send(block: BlockRef): Promise<BlockAnswer> {
    this.blocks.push(block)
    await this.#send(block)
    return { showsState: () => this.#showsState, accept: () => this.#end('accepted') }
  }

  fail(error: unknown): void {
    this.#end(error)
  }

  #end(outcome: unknown): void {
    if (this.outcome !== undefined) throw new Error('a call ends once')
    this.outcome = outcome
    this.#finish()
  }
}

/** A node that only accepts numbers. */
function refuseHash(block: BlockRef): void {
  if ('blockHash' in block) throw refusal()
}

interface Setup {
  readonly chain: FakeChain
  readonly client: FakeRpcClient
  readonly reader: BlockReader
  readonly block: BlockIdentity
}

function setUp(takesBlockHash = true): Setup {
  const chain = new FakeChain({ takesBlockHash })
  const client = new FakeRpcClient(chain)
  const { number, hash, stateRoot } = chain.mine()
  const block = { number, hash, stateRoot, chainId: chain.chainId }
  return { chain, client, block, reader: new BlockReader(client, block, NEVER) }
}

function run(reader: BlockReader, calls: readonly RecordedCall[]): Promise<unknown> {
  reader.start(calls)
  return Promise.all(calls.map(({ done }) => done))
}

const headers = (calls: readonly FakeCall[]): number =>
  calls.filter(({ method }) => method === 'getBlock').length

describe('a node that accepts block hashes', () => {
  it('is read by hash, without checks', async () => {
    const { reader, client, block } = setUp()
    const calls = [new RecordedCall(() => {}), new RecordedCall(() => {})]
    await run(reader, calls)
    for (const call of calls) {
      expect(call.blocks).toEqual([{ blockHash: block.hash }])
      expect(call.outcome).toBe('accepted')
    }
    expect(reader.mode).toBe('hash')
    expect(client.calls).toEqual([])
  })

  it('stays in that mode: a later refusal is an error and no reason to read by number', async () => {
    const { reader } = setUp()
    await run(reader, [new RecordedCall(() => {})])
    const refused = new RecordedCall(refuseHash)
    await run(reader, [refused])
    expect(refused.outcome).toMatchObject({ kind: 'unsupported-block-ref' })
    expect(refused.blocks).toHaveLength(1)
    expect(reader.mode).toBe('hash')
  })

  it('may fail for other reasons before the mode is known, which decides nothing', async () => {
    const { reader } = setUp()
    const failing = new RecordedCall(() => {
      throw new Error('busy')
    })
    await run(reader, [failing])
    expect(failing.outcome).toMatchObject({ message: 'busy' })
    expect(reader.mode).toBeUndefined()
  })

  it('is recognised by a probe', async () => {
    const { reader, client } = setUp()
    expect(await Promise.all([reader.probe(), reader.probe()])).toEqual(['hash', 'hash'])
    expect(await reader.probe()).toBe('hash')
    expect(client.stateCalls).toHaveLength(1)
    expect(reader.mode).toBe('hash')
  })

  it('is assumed if the probe fails, which decides nothing', async () => {
    const { reader, client } = setUp()
    client.before = () => {
      throw new Error('no state')
    }
    expect(await reader.probe()).toBe('hash')
    expect(reader.mode).toBeUndefined()
    client.before = undefined
    expect(await reader.probe()).toBe('hash')
    expect(reader.mode).toBe('hash')
  })
})

describe('a node that only accepts numbers', () => {
  it('is asked again by number, in one batch with all refused calls of a turn and one check', async () => {
    const { reader, client, block } = setUp()
    const calls = Array.from({ length: 5 }, () => new RecordedCall(refuseHash, true))
    await run(reader, calls)
    for (const call of calls) {
      expect(call.blocks).toEqual([
        { blockHash: block.hash },
        { blockNumber: block.number, expectedHash: block.hash },
      ])
      expect(call.outcome).toBe('accepted')
    }
    expect(reader.mode).toBe('number')
    expect(headers(client.calls)).toBe(1)
    expect(reader.blockChecks).toBe(1)
  })

  it('is read by number from then on; the check is sent last in the same turn', async () => {
    const { reader, client, block } = setUp(false)
    expect(await reader.probe()).toBe('number')
    const order: string[] = []
    client.before = ({ method }) => {
      order.push(method)
    }
    const calls = [1, 2].map((id) => new RecordedCall(() => void order.push(`read ${id}`), true))
    reader.start(calls)
    expect(order).toEqual(['read 1', 'read 2', 'getBlock'])
    await Promise.all(calls.map(({ done }) => done))
    for (const call of calls) {
      expect(call.blocks).toEqual([{ blockNumber: block.number, expectedHash: block.hash }])
    }
    expect(headers(client.calls)).toBe(1)
  })

  it('is checked once more after the answers if one does not show its state', async () => {
    const { reader, client } = setUp(false)
    await reader.probe()
    const calls = [new RecordedCall(() => {}, true), new RecordedCall(() => {}, false)]
    await run(reader, calls)
    expect(calls.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted'])
    expect(headers(client.calls)).toBe(2)
  })

  it('fails all calls if the block moved before the answers', async () => {
    const { reader, chain } = setUp(false)
    await reader.probe()
    chain.reorg(1)
    const calls = [new RecordedCall(() => {}, true), new RecordedCall(() => {}, true)]
    await run(reader, calls)
    for (const { outcome } of calls) expect(outcome).toMatchObject({ code: 'BLOCK_MOVED' })
    expect(calls[0]?.outcome).toBe(calls[1]?.outcome)
  })

  it('fails if the block moved after the check and before a late answer', async () => {
    const { reader, chain } = setUp(false)
    await reader.probe()
    const late = new RecordedCall(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      chain.reorg(1)
    })
    await run(reader, [late])
    expect(late.outcome).toMatchObject({ code: 'BLOCK_MOVED' })
  })

  it('fails if the block is gone', async () => {
    const { reader, client } = setUp(false)
    await reader.probe()
    client.getBlock = async () => null
    const call = new RecordedCall(() => {}, true)
    await run(reader, [call])
    expect(call.outcome).toMatchObject({ code: 'BLOCK_MOVED' })
  })

  it('fails a single call alone, and all calls if the check fails', async () => {
    const { reader, client } = setUp(false)
    await reader.probe()
    const failing = (): void => {
      throw new Error('busy')
    }
    const calls = [new RecordedCall(() => {}, true), new RecordedCall(failing, true)]
    await run(reader, calls)
    expect(calls[0]?.outcome).toBe('accepted')
    expect(calls[1]?.outcome).toMatchObject({ message: 'busy' })
    client.before = failing
    const unchecked = new RecordedCall(() => {}, true)
    await run(reader, [unchecked])
    expect(unchecked.outcome).toMatchObject({ message: 'busy' })
  })
})
