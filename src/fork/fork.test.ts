import { afterEach, describe, expect, it } from 'vitest'
import { FakeChain } from '../../test/support/fake-chain.ts'
import { FakeRpcClient } from '../../test/support/fake-upstream.ts'
import {
  destroyLater,
  endForkWorlds,
  holdAnswers,
  makeForkWorld,
  rejectionCode,
} from '../../test/support/fork-world.ts'
import { closeGate } from '../../test/support/hold.ts'
import { freshAddress, word } from '../../test/support/sample-keys.ts'
import { StateManager } from '../state/state-manager.ts'

afterEach(endForkWorlds)

describe('reads that miss', () => {
  it('share one request for one key, across getters, turns and managers', async () => {
    const { client, fork, address } = await makeForkWorld()
    const gate = holdAnswers(client)
    const branch = fork.branch()
    destroyLater(branch)
    const first = [fork.getBalance(address), fork.getNonce(address), branch.getBalance(address)]
    await gate.arrived()
    const second = [fork.getBalance(address), branch.getNonce(address)]
    const account = fork.getAccount(address)
    gate.release()
    expect(await Promise.all([...first, ...second])).toEqual([5n, 2n, 5n, 5n, 2n])
    expect(await account).toMatchObject({ balance: 5n, nonce: 2n })
    expect(client.calls).toHaveLength(1)
  })

  it('of one account are sent as one proof with all its slots', async () => {
    const { client, fork, address } = await makeForkWorld()
    const slots = Array.from({ length: 100 }, (_, slot) => word(slot))
    const values = await Promise.all([
      ...slots.map((slot) => fork.getStorage(address, slot)),
      fork.getBalance(address),
    ])
    expect(values.slice(0, 3)).toEqual([word(0), word(7), word(8)])
    expect(client.calls).toHaveLength(1)
    expect(client.calls[0]?.slots).toHaveLength(100)
  })

  it('made in different microtasks of one turn are sent together', async () => {
    const { client, fork } = await makeForkWorld()
    const addresses = Array.from({ length: 20 }, freshAddress)
    await Promise.all(
      addresses.map(async (address) => {
        await Promise.resolve()
        return fork.getBalance(address)
      }),
    )
    expect(client.calls).toHaveLength(20)
  })

  it('fetch the account along with its slots', async () => {
    const { client, fork, address } = await makeForkWorld()
    await fork.getStorage(address, word(1))
    expect(fork.peekBalance(address)).toBe(5n)
    expect(fork.peekNonce(address)).toBe(2n)
    expect(client.calls).toHaveLength(1)
  })

  it('are answered when their own answer arrives, not with the slowest', async () => {
    const { client, fork, address } = await makeForkWorld()
    const other = freshAddress()
    const gate = closeGate()
    client.before = (call) => (call.address === other ? gate.enter() : undefined)
    const slow = fork.getBalance(other)
    expect(await fork.getBalance(address)).toBe(5n)
    gate.release()
    expect(await slow).toBe(0n)
  })

  it('return what was asked for, even if the caller changes its bytes meanwhile', async () => {
    const { fork, address } = await makeForkWorld()
    const bytes = Buffer.from(address.slice(2), 'hex')
    const slot = Buffer.from(word(1).slice(2), 'hex')
    const reads = [fork.getStorage(bytes, slot), fork.getStorageBytes(bytes, slot)]
    bytes.fill(0)
    slot.fill(0)
    expect(await Promise.all(reads)).toEqual([word(7), new Uint8Array(32).fill(7, 31)])
  })

  it('of 100,000 keys wait for room instead of failing', { timeout: 120_000 }, async () => {
    const { client, fork, address } = await makeForkWorld({
      maxCacheSize: 1_000_000,
      verify: false, // proofs of some slots would show others
    })
    const count = 100_000
    const reads = Array.from({ length: count }, (_, slot) => fork.getStorage(address, BigInt(slot)))
    const values = await Promise.all(reads)
    expect(values[1]).toBe(word(7))
    expect(values.at(-1)).toBe(word(0))
    const asked = client.calls.flatMap(({ slots }) => slots ?? [])
    expect(asked).toHaveLength(count)
    expect(new Set(asked).size).toBe(count)
    expect(fork.metrics().openRequests).toBe(0)
  })
})

describe('with a cache of one fact', () => {
  it('every read ends, together and alone', async () => {
    const { fork, address } = await makeForkWorld({ maxCacheSize: 1 })
    const read = (): Promise<unknown[]> =>
      Promise.all([
        fork.getCode(address),
        fork.getBalance(address),
        fork.getStorage(address, word(1)),
        fork.getStorage(address, word(2)),
        fork.getAccount(address),
      ])
    for (let round = 0; round < 3; round++) {
      const [code, balance, one, two, account] = await read()
      expect([code, balance, one, two]).toEqual(['0x6001', 5n, word(7), word(8)])
      expect(account).toMatchObject({ balance: 5n, nonce: 2n })
    }
    expect(fork.metrics().baseEntries).toBe(1)
  })

  it('keeps the slot that was asked for, not the account that came along', async () => {
    const { client, fork, address } = await makeForkWorld({ maxCacheSize: 1 })
    await fork.getStorage(address, word(1))
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(client.calls).toHaveLength(1)
  })

  it('stays within a bound of bytes smaller than one code', async () => {
    const { fork, address } = await makeForkWorld({ maxCacheBytes: 1 })
    expect(await fork.getCode(address)).toBe('0x6001')
    expect(await fork.getBalance(address)).toBe(5n)
  })
})

describe('code', () => {
  it('is read in two steps, and not at all if the account has none', async () => {
    const { chain, client, fork } = await makeForkWorld()
    const plain = freshAddress()
    chain.mine({ [plain]: { balance: 1n } })
    await fork.repin('latest')
    await fork.pinned()
    client.calls.length = 0
    expect(await fork.getCode(plain)).toBe('0x')
    expect(await fork.getCodeBytes(plain)).toEqual(new Uint8Array(0))
    expect(client.calls.map(({ method }) => method)).toEqual(['getProof'])
  })

  it('is fetched once for two accounts with the same code hash', async () => {
    const { chain, client, fork } = await makeForkWorld()
    const [first, second] = [freshAddress(), freshAddress()]
    chain.mine({ [first]: { code: '0x6002' }, [second]: { code: '0x6002' } })
    await fork.repin('latest')
    expect(await fork.getCode(first)).toBe('0x6002')
    client.calls.length = 0
    expect(await fork.getCode(second)).toBe('0x6002')
    expect(client.calls.map(({ method }) => method)).toEqual(['getProof'])
  })

  it('set locally while it is being read wins', async () => {
    const { client, fork, address } = await makeForkWorld()
    const gate = closeGate()
    client.before = ({ method }) => (method === 'getCode' ? gate.enter() : undefined)
    const read = fork.getCode(address)
    await gate.arrived()
    fork.setCode(address, '0xfe')
    gate.release()
    expect(await read).toBe('0xfe')
    expect(await fork.getCode(address)).toBe('0xfe')
  })

  it('that does not have the code hash of the account is an error, and is not kept', async () => {
    const { client, fork, address } = await makeForkWorld()
    const honest = client.getCode.bind(client)
    client.getCode = async () => '0x6666'
    await expect(fork.getCode(address)).rejects.toMatchObject({ code: 'RPC_RESPONSE', address })
    client.getCode = honest
    expect(await fork.getCode(address)).toBe('0x6001')
  })
})

describe('a failure', () => {
  it('rejects all waiting reads with one error, caches nothing, and does not stick', async () => {
    const { client, fork, address } = await makeForkWorld()
    const cause = new Error('node is down')
    client.before = () => {
      throw cause
    }
    const reads = Array.from({ length: 10 }, () => fork.getBalance(address))
    reads.push(fork.getNonce(address))
    const outcomes = await Promise.allSettled(reads)
    const reasons = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)
    expect(new Set(reasons).size).toBe(1)
    expect(reasons[0]).toMatchObject({ code: 'RPC_FAILED', address, cause })
    expect(fork.peekBalance(address)).toBeUndefined()
    expect(fork.metrics().openRequests).toBe(0)
    client.before = undefined
    expect(await fork.getBalance(address)).toBe(5n)
  })

  it('of one account does not affect the others', async () => {
    const { client, fork, address } = await makeForkWorld()
    const bad = freshAddress()
    client.before = (call) => {
      if (call.address === bad) throw new Error('no')
    }
    const [good, failed] = await Promise.allSettled([
      fork.getBalance(address),
      fork.getBalance(bad),
    ])
    expect(good).toMatchObject({ status: 'fulfilled', value: 5n })
    expect(rejectionCode(failed)).toBe('RPC_FAILED')
  })

  it('to pin rejects all reads, and the next read pins', async () => {
    const chain = new FakeChain()
    const client = new FakeRpcClient(chain)
    client.before = () => {
      throw new Error('no route')
    }
    const fork = new StateManager({ rpcClient: client })
    destroyLater(fork)
    const reads = [freshAddress(), freshAddress()].map((address) => fork.getBalance(address))
    const outcomes = await Promise.allSettled(reads)
    expect(outcomes.map(rejectionCode)).toEqual(['PIN_FAILED', 'PIN_FAILED'])
    client.before = undefined
    expect(await fork.getBalance(freshAddress())).toBe(0n)
    expect(fork.metrics().openRequests).toBe(0)
  })

  it('of a read does not hide a local write made meanwhile', async () => {
    const { client, fork, address } = await makeForkWorld()
    const gate = closeGate()
    client.before = async () => {
      await gate.enter()
      throw new Error('too late')
    }
    const read = fork.getBalance(address)
    await gate.arrived()
    fork.setBalance(address, 9n)
    gate.release()
    await expect(read).rejects.toMatchObject({ code: 'RPC_FAILED' })
    expect(await fork.getBalance(address)).toBe(9n)
  })
})
