import { afterEach, describe, expect, it } from 'vitest'
import {
  destroyLater,
  endForkWorlds,
  holdAnswers,
  makeForkWorld,
  REMOTE,
} from '../../../test/support/fork-world.ts'
import { freshAddress, word } from '../../../test/support/sample-keys.ts'
import { StateManager } from '../state-manager.ts'

const A = '0x00000000000000000000000000000000000000aa'
const B = '0x00000000000000000000000000000000000000bb'

afterEach(endForkWorlds)

describe('a diff in memory', () => {
  it('is against nothing', async () => {
    const state = destroyLater(new StateManager())
    expect(await state.diff()).toEqual([])
    state.setBalance(B, 1n)
    state.setNonce(B, 0n)
    state.setCode(A, '0x6001')
    state.setStorage(A, 2n, 5n)
    state.setStorage(A, 1n, 4n)
    state.setStorage(A, 3n, 0n)
    const presence = { before: 'absent', after: 'exists' }
    expect(await state.diff()).toEqual([
      {
        address: A,
        presence,
        code: { before: '0x', after: '0x6001' },
        storage: [
          { slot: word(1), before: word(0), after: word(4) },
          { slot: word(2), before: word(0), after: word(5) },
        ],
        storageCleared: false,
      },
      {
        address: B,
        presence,
        balance: { before: 0n, after: 1n },
        storage: [],
        storageCleared: false,
      },
    ])
    state.deleteAccount(A)
    state.deleteAccount(B)
    expect(await state.diff()).toEqual([])
  })
})

describe('a diff of a fork', () => {
  it('has each value before and after', async () => {
    const { fork, address } = await makeForkWorld()
    fork.setBalance(address, 6n)
    fork.setNonce(address, 3n)
    fork.setCode(address, '0x')
    fork.setStorage(address, 1n, 0n)
    fork.setStorage(address, 3n, 1n)
    expect(await fork.diff()).toEqual([
      {
        address,
        balance: { before: 5n, after: 6n },
        nonce: { before: 2n, after: 3n },
        code: { before: REMOTE.code, after: '0x' },
        storage: [
          { slot: word(1), before: word(7), after: word(0) },
          { slot: word(3), before: word(0), after: word(1) },
        ],
        storageCleared: false,
      },
    ])
  })

  it('leaves out what was written as it was', async () => {
    const { fork, address } = await makeForkWorld()
    fork.setBalance(address, REMOTE.balance)
    fork.setNonce(address, REMOTE.nonce)
    fork.setCode(address, REMOTE.code)
    fork.setStorage(address, 1n, 7n)
    fork.setStorage(address, 9n, 0n)
    expect(await fork.diff()).toEqual([])
  })

  it('says what a deletion and a clear took', async () => {
    const { chain, client, fork, address } = await makeForkWorld()
    fork.deleteAccount(address)
    fork.setStorage(A, 1n, 1n)
    fork.clearStorage(A)
    expect(await fork.diff()).toEqual(
      [
        {
          address: A,
          presence: { before: 'absent', after: 'exists' },
          storage: [],
          storageCleared: false,
        },
        {
          address,
          presence: { before: 'exists', after: 'absent' },
          balance: { before: 5n, after: 0n },
          nonce: { before: 2n, after: 0n },
          code: { before: REMOTE.code, after: '0x' },
          storage: [],
          storageCleared: true,
        },
      ].sort((left, right) => (left.address < right.address ? -1 : 1)),
    )
    chain.mine({ [B]: { balance: 1n } })
    const other = destroyLater(new StateManager({ rpcClient: client }))
    other.clearStorage(address)
    other.clearStorage(B)
    expect(await other.diff()).toEqual([{ address, storage: [], storageCleared: true }])
  })

  it('after a clear has every slot that is not zero', async () => {
    const { fork, address } = await makeForkWorld()
    fork.clearStorage(address)
    fork.setStorage(address, 1n, 7n)
    fork.setStorage(address, 3n, 0n)
    const storage = [{ slot: word(1), before: word(7), after: word(7) }]
    expect(await fork.diff()).toEqual([{ address, storage, storageCleared: true }])
  })

  it('sees writes of frozen layers, and is not disturbed by its own reads', async () => {
    const { fork, address } = await makeForkWorld()
    fork.setStorage(address, 1n, 1n)
    const branch = destroyLater(fork.branch())
    branch.setStorage(address, 1n, 2n)
    const [diff] = await branch.diff()
    expect(diff?.storage).toEqual([{ slot: word(1), before: word(7), after: word(2) }])
    expect(branch.peekStorage(address, 1n)).toBe(word(2))
    expect(fork.metrics().overlaySlots).toBe(1)
  })

  it('asks for what is unknown with one call an account, in one turn, and once', async () => {
    const { client, fork } = await makeForkWorld()
    for (let count = 0; count < 5; count++) {
      const fresh = freshAddress()
      fork.setBalance(fresh, 1n)
      for (let slot = 0n; slot < 4n; slot++) fork.setStorage(fresh, slot, 1n)
    }
    expect(await fork.diff()).toHaveLength(5)
    expect(client.calls.map(({ method }) => method)).toEqual(Array(5).fill('getProof'))
    await fork.diff()
    expect(client.calls).toHaveLength(5)
  })

  it('is of the writes at the call', async () => {
    const { client, fork, address } = await makeForkWorld()
    fork.setBalance(address, 6n)
    const gate = holdAnswers(client)
    const diff = fork.diff()
    fork.setBalance(address, 9n)
    fork.setNonce(address, 9n)
    gate.release()
    expect(await diff).toMatchObject([{ balance: { before: 5n, after: 6n } }])
  })

  it('of many reads is right, too', async () => {
    const { fork, address } = await makeForkWorld()
    for (let slot = 0n; slot < 20_000n; slot++) fork.setStorage(address, slot, 7n)
    for (let number = 0n; number < 3n; number++) fork.setStorage(freshAddress(), number, 1n)
    const diffs = await fork.diff()
    expect(diffs).toHaveLength(4)
    const own = diffs.find((diff) => diff.address === address)
    expect(own?.storage).toHaveLength(19_999)
    expect(own?.storage.some(({ slot }) => slot === word(1))).toBe(false)
  })

  it('ends when another block is pinned, the read fails, or the manager is destroyed', async () => {
    const { client, chain, fork, address } = await makeForkWorld()
    fork.setBalance(address, 6n)
    const gate = holdAnswers(client)
    const cancelled = fork.diff()
    chain.mine({})
    const pinned = fork.repin('latest')
    gate.release()
    await expect(cancelled).rejects.toMatchObject({ code: 'READ_CANCELLED' })
    await pinned
    client.before = () => {
      throw new Error('no route to host')
    }
    await expect(fork.diff()).rejects.toThrow()
    client.before = undefined
    const late = holdAnswers(client)
    const ended = fork.diff()
    fork.destroy()
    late.release()
    await expect(ended).rejects.toMatchObject({ code: 'DESTROYED' })
    await expect(fork.diff()).rejects.toMatchObject({ code: 'DESTROYED' })
  })
})
