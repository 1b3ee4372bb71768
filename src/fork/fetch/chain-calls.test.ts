import { describe, expect, it } from 'vitest'
import type { Hex } from '../../encoding/hex.ts'
import { toHex } from '../../encoding/hex.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import type { BlockRef, EthProof, RpcClient } from '../../rpc/rpc-client.ts'
import type { AnswerSink } from './answer-sink.ts'
import { MAX_SLOTS_PER_PROOF, planCalls } from './chain-calls.ts'

const BLOCK: BlockRef = { blockNumber: 7n }
const ROOT: Hex = `0x${'99'.repeat(32)}`
const address = (id: number): Hex => `0x${id.toString(16).padStart(40, '0')}`
const word = (id: number): Hex => `0x${id.toString(16).padStart(64, '0')}`

let ids = 0
function request(kind: CoreRequest['kind'], of: number, slot = 0): CoreRequest {
  return { id: ++ids, generation: 3, kind, address: address(of), word: word(slot) }
}

function proofOf(account: Hex, slots: readonly Hex[]): EthProof {
  return {
    address: account,
    balance: 5n,
    nonce: 1n,
    codeHash: word(1),
    storageHash: word(2),
    accountProof: ['0x01'],
    storageProof: slots.map((key) => ({ key, value: BigInt(key), proof: [] })),
  }
}

/** Records what reaches the core. */
function recordingSink(): AnswerSink & { readonly log: unknown[][] } {
  const log: unknown[][] = []
  return {
    log,
    provideAccount: ({ id }, { balance }) => void log.push(['account', id, balance]),
    provideStorage: ({ id }, value) => void log.push(['storage', id, value]),
    provideCode: ({ id }, code) => {
      log.push(['code', id, toHex(code)])
      return code.length > 0
    },
    provideTrieNodes: ({ id }) => {
      log.push(['nodes', id])
      return true
    },
    insertAccount: (generation, at) => void log.push(['insert', generation, at]),
    fail: ({ id }, { code }) => void log.push(['fail', id, code]),
    keccak256: () => ROOT,
  }
}

function setUp(client: Partial<RpcClient>, requests: readonly CoreRequest[]) {
  const sink = recordingSink()
  const full = client as RpcClient
  const calls = planCalls(requests, { client: full, sink, signal: new AbortController().signal })
  return { sink, calls }
}

describe('planCalls', () => {
  it('makes one proof per account, with its slots, and one call per code', async () => {
    const asked: unknown[] = []
    const client: Partial<RpcClient> = {
      getProof: async (at, slots) => {
        asked.push([at, slots])
        return proofOf(at, slots)
      },
      getCode: async (at) => {
        asked.push(at)
        return '0x60'
      },
    }
    const { calls } = setUp(client, [
      request('storage', 1, 10),
      request('account', 2),
      request('code', 1, 77),
      request('storage', 1, 11),
      request('account', 1),
    ])
    await Promise.all(calls.map((call) => call.send(BLOCK)))
    expect(asked).toHaveLength(3)
    expect(asked).toContainEqual([address(1), [word(10), word(11)]])
    expect(asked).toContainEqual([address(2), []])
    expect(asked).toContainEqual(address(1))
  })

  it('splits a proof of too many slots', async () => {
    const sizes: number[] = []
    const client: Partial<RpcClient> = {
      getProof: async (at, slots) => {
        sizes.push(slots.length)
        return proofOf(at, slots)
      },
    }
    const requests = Array.from({ length: MAX_SLOTS_PER_PROOF * 2 + 1 }, (_, slot) =>
      request('storage', 1, slot),
    )
    const { calls, sink } = setUp(client, [request('account', 1), ...requests])
    for (const call of calls) (await call.send(BLOCK)).accept()
    expect(sizes).toEqual([MAX_SLOTS_PER_PROOF, MAX_SLOTS_PER_PROOF, 1])
    const provided = sink.log.filter(([kind]) => kind === 'storage')
    expect(provided).toHaveLength(requests.length)
    expect(sink.log.filter(([kind]) => kind === 'account')).toHaveLength(1)
  })
})

describe('a proof', () => {
  const client = { getProof: async (at: Hex, slots: readonly Hex[]) => proofOf(at, slots) }

  it('answers the account that was asked for, or inserts it before the slots', async () => {
    const [account, slot] = [request('account', 1), request('storage', 1, 4)]
    const both = setUp(client, [account, slot])
    for (const call of both.calls) (await call.send(BLOCK)).accept()
    expect(both.sink.log).toEqual([
      ['account', account.id, 5n],
      ['storage', slot.id, 4n],
    ])
    const alone = setUp(client, [slot])
    for (const call of alone.calls) (await call.send(BLOCK)).accept()
    expect(alone.sink.log).toEqual([
      ['insert', 3, address(1)],
      ['storage', slot.id, 4n],
    ])
  })

  it('shows its state by its first trie node', async () => {
    const { calls } = setUp(client, [request('account', 1)])
    const answer = await calls[0]?.send(BLOCK)
    expect(answer?.showsState(ROOT)).toBe(true)
    expect(answer?.showsState(word(1))).toBe(false)
    for (const accountProof of [[], ['nonsense' as Hex], undefined as unknown as Hex[]]) {
      const bare = { getProof: async (at: Hex) => ({ ...proofOf(at, []), accountProof }) }
      const other = setUp(bare, [request('account', 1)])
      expect((await other.calls[0]?.send(BLOCK))?.showsState(ROOT)).toBe(false)
    }
  })

  const wrong: Record<string, (proof: EthProof) => EthProof> = {
    'another account': (proof) => ({ ...proof, address: address(9) }),
    'another slot': (proof) => ({
      ...proof,
      storageProof: proof.storageProof.map((slot) => ({ ...slot, key: word(9) })),
    }),
    'a slot too few': (proof) => ({ ...proof, storageProof: proof.storageProof.slice(1) }),
    'a slot twice': (proof) => ({
      ...proof,
      storageProof: [...proof.storageProof, ...proof.storageProof],
    }),
    'a balance below zero': (proof) => ({ ...proof, balance: -1n }),
    'a balance over 256 bits': (proof) => ({ ...proof, balance: 2n ** 256n }),
    'a nonce over 64 bits': (proof) => ({ ...proof, nonce: 2n ** 64n }),
    'a nonce that is no bigint': (proof) => ({ ...proof, nonce: 1 as never }),
    'a short code hash': (proof) => ({ ...proof, codeHash: '0x12' }),
    'a storage hash that is no hex': (proof) => ({ ...proof, storageHash: `0x${'g'.repeat(64)}` }),
    'no storage hash': ({ storageHash: _, ...proof }) => proof as EthProof,
    'a last value over 256 bits': (proof) => ({
      ...proof,
      storageProof: proof.storageProof.map((slot) => ({ ...slot, value: 2n ** 256n })),
    }),
    'slots that are no array': (proof) => ({ ...proof, storageProof: { length: 1 } as never }),
    'no slots': (proof) => ({ ...proof, storageProof: [undefined as never] }),
    nothing: () => undefined as never,
    'a value that is no bigint': (proof) => ({
      ...proof,
      storageProof: proof.storageProof.map((slot) => ({ ...slot, value: '0x1' as never })),
    }),
  }

  it.each(Object.entries(wrong))('with %s is refused as a whole', async (_, change) => {
    const lying = {
      getProof: async (at: Hex, slots: readonly Hex[]) => change(proofOf(at, slots)),
    }
    const { calls, sink } = setUp(lying, [request('account', 1), request('storage', 1, 4)])
    await expect(calls[0]?.send(BLOCK)).rejects.toMatchObject({ code: 'RPC_RESPONSE' })
    expect(sink.log).toEqual([])
  })

  it('is copied before it is used, so that it cannot change meanwhile', async () => {
    const proof = { ...proofOf(address(1), [word(4)]), balance: 5n }
    const { calls, sink } = setUp({ getProof: async () => proof }, [
      request('account', 1),
      request('storage', 1, 4),
    ])
    const answer = await calls[0]?.send(BLOCK)
    Object.defineProperty(proof, 'balance', { get: () => -1n })
    answer?.accept()
    expect(sink.log.map(([kind, , value]) => [kind, value])).toEqual([
      ['account', 5n],
      ['storage', 4n],
    ])
  })

  it('passes on errors of this package, and wraps those of other clients', async () => {
    const [account, slot] = [request('account', 1), request('storage', 1, 4)]
    const { calls, sink } = setUp(client, [account, slot])
    calls[0]?.fail(new TypeError('boom'))
    expect(sink.log).toEqual([
      ['fail', account.id, 'RPC_FAILED'],
      ['fail', slot.id, 'RPC_FAILED'],
    ])
  })

  it('rejects instead of throwing when a client throws synchronously', async () => {
    const throwing = {
      getProof: () => {
        throw new TypeError('boom')
      },
    }
    const { calls } = setUp(throwing, [request('account', 1)])
    await expect(calls[0]?.send(BLOCK)).rejects.toThrow('boom')
  })
})

describe('a code', () => {
  it('is handed to the core, and shows its state by itself', async () => {
    const code = request('code', 1, 77)
    const { calls, sink } = setUp({ getCode: async () => '0x6001' }, [code])
    const answer = await calls[0]?.send(BLOCK)
    expect(answer?.showsState(word(1))).toBe(true)
    answer?.accept()
    expect(sink.log).toEqual([['code', code.id, '0x6001']])
  })

  it.each(['0x', '0x1', 'zz', 5])(
    '%j that is malformed or wrong fails the request',
    async (given) => {
      const code = request('code', 1, 77)
      const { calls, sink } = setUp({ getCode: async () => given as Hex }, [code])
      ;(await calls[0]?.send(BLOCK))?.accept()
      expect(sink.log.at(-1)).toEqual(['fail', code.id, 'RPC_RESPONSE'])
    },
  )
})
