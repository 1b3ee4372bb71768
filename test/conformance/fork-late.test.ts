/** Statement 22: answers that come too late, over both builds and upstreams. */

import { type Hex, keccak256 } from 'viem'
import { expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { closeGate, type Gate } from '../support/hold.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { describeForks } from '../support/upstreams.ts'

const REMOTE = { balance: 5n, nonce: 2n, code: '0x60', storage: { [word(1)]: 7n } } as const

describeForks('answers that come late', (context) => {
  const { upstream } = context

  async function remoteAccount(): Promise<Hex> {
    const address = freshAddress()
    await upstream.mine({ [address]: REMOTE })
    return address
  }

  test('statement 22: an answer cannot overwrite a local write made meanwhile', async () => {
    const address = await remoteAccount()
    const fork = await context.fork()
    const hold = context.proxy.hold()
    const reads = Promise.all([
      fork.getBalance(address),
      fork.getNonce(address),
      fork.getStorage(address, word(1)),
    ])
    await hold.arrived()
    fork.setBalance(address, 50n)
    fork.setStorage(address, word(1), 70n)
    hold.release()
    await reads
    expect(await fork.getBalance(address)).toBe(50n)
    expect(await fork.getStorage(address, word(1))).toBe(word(70))
    expect(await fork.getNonce(address)).toBe(2n)
  })

  test('statement 22: an answer cannot bring back what was deleted or cleared', async () => {
    const [deleted, cleared] = [await remoteAccount(), await remoteAccount()]
    const fork = await context.fork()
    const hold = context.proxy.hold()
    const reads = Promise.all(
      [deleted, cleared].map((address) => fork.getStorage(address, word(1))),
    )
    await hold.arrived()
    fork.deleteAccount(deleted)
    fork.clearStorage(cleared)
    hold.release()
    await reads
    expect(await fork.getAccount(deleted)).toBeUndefined()
    expect(await fork.getStorage(deleted, word(1))).toBe(word(0))
    expect(await fork.getStorage(cleared, word(1))).toBe(word(0))
    expect(await fork.getBalance(cleared)).toBe(5n)
  })

  test('statement 22: an answer lands below a checkpoint that was reverted meanwhile', async () => {
    const address = await remoteAccount()
    const fork = await context.fork()
    const hold = context.proxy.hold()
    fork.checkpoint()
    const read = fork.getBalance(address)
    await hold.arrived()
    fork.setBalance(address, 50n)
    fork.revert()
    hold.release()
    expect(await read).toBe(5n)
    expect(fork.peekBalance(address)).toBe(5n)
  })

  test.for(['clearCaches', 'clearForkCache'] as const)(
    'statement 22: %s rejects reads in flight, and the next read asks again',
    async (clear) => {
      const address = await remoteAccount()
      const fork = await context.fork()
      const hold = context.proxy.hold(({ sequence }) => sequence === 0)
      const read = fork.getBalance(address)
      const rejection = expect(read).rejects.toMatchObject({ code: 'READ_CANCELLED', address })
      await hold.arrived()
      fork[clear]()
      await rejection
      expect(await fork.getBalance(address)).toBe(5n)
      hold.release()
      expect(context.stateCalls()).toBe(2)
    },
  )

  test('statement 22: destroy rejects reads in flight, and later calls', async () => {
    const address = await remoteAccount()
    const fork = await context.fork()
    const hold = context.proxy.hold()
    const rejections = [fork.getBalance(address), fork.getCode(address)].map((read) =>
      expect(read).rejects.toMatchObject({
        code: expect.stringMatching(/READ_CANCELLED|DESTROYED/),
      }),
    )
    await hold.arrived()
    fork.destroy()
    hold.release()
    await Promise.all(rejections)
    await expect(fork.getBalance(address)).rejects.toMatchObject({ code: 'DESTROYED' })
    expect(() => fork.setBalance(address, 1n)).toThrow(
      expect.objectContaining({ code: 'DESTROYED' }),
    )
    expect(() => fork.destroy()).not.toThrow()
  })

  test('statement 22: repin rejects reads in flight, and reads the new block', async () => {
    const address = await remoteAccount()
    const fork = await context.fork()
    const next = await upstream.mine({ [address]: { balance: 6n } })
    const hold = context.proxy.hold(({ calls }) => calls[0]?.method === 'eth_getProof')
    const read = fork.getBalance(address)
    const rejection = expect(read).rejects.toMatchObject({ code: 'READ_CANCELLED' })
    await hold.arrived()
    const repinned = fork.repin(next)
    await rejection
    hold.release()
    await repinned
    expect(await fork.getBalance(address)).toBe(6n)
  })
})

describeEngines('answers of a client that cannot be stopped', (engine) => {
  interface Held {
    readonly chain: FakeChain
    readonly fork: StateManager
    readonly gate: Gate
    readonly address: Hex
  }

  /** A fork whose first read of state waits at a gate, and ignores its signal. */
  async function holdFirstRead(): Promise<Held> {
    const chain = new FakeChain()
    const address = freshAddress()
    chain.mine({ [address]: REMOTE })
    const client = new FakeRpcClient(chain)
    const fork = new StateManager({ ffi: engine, rpcClient: client })
    await fork.pinned()
    const gate = closeGate()
    client.before = async () => {
      client.before = undefined
      await gate.enter()
    }
    return { chain, fork, gate, address }
  }

  /** Waits until all pending tasks have run. */
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  test('statement 22: an answer to a cleared read is dropped', async () => {
    const { fork, gate, address } = await holdFirstRead()
    const read = fork.getBalance(address)
    const rejection = expect(read).rejects.toMatchObject({ code: 'READ_CANCELLED' })
    await gate.arrived()
    fork.clearForkCache()
    gate.release()
    await rejection
    await settle()
    expect(fork.peekBalance(address)).toBeUndefined()
    expect(await fork.getBalance(address)).toBe(5n)
    fork.destroy()
  })

  test('statement 22: an answer for the old block cannot reach a new pin', async () => {
    const { chain, fork, gate, address } = await holdFirstRead()
    const next = chain.mine({ [address]: { balance: 6n } })
    const read = fork.getBalance(address)
    const rejection = expect(read).rejects.toMatchObject({ code: 'READ_CANCELLED' })
    await gate.arrived()
    await fork.repin(next.number)
    const fresh = fork.getBalance(address)
    gate.release()
    await rejection
    await settle()
    expect(await fresh).toBe(6n)
    expect(fork.peekBalance(address)).toBe(6n)
    fork.destroy()
  })

  test('statement 22: an answer after destroy does nothing, also to new managers', async () => {
    const { fork, gate, address } = await holdFirstRead()
    const read = fork.getBalance(address)
    const rejection = expect(read).rejects.toHaveProperty('code')
    await gate.arrived()
    fork.destroy()
    const others = Array.from({ length: 8 }, () => {
      const rpcClient = new FakeRpcClient(new FakeChain())
      return new StateManager({ ffi: engine, rpcClient })
    })
    gate.release()
    await rejection
    await settle()
    for (const other of others) {
      expect(other.peekBalance(address)).toBeUndefined()
      expect(await other.getBalance(address)).toBe(0n)
      other.destroy()
    }
  })

  test('statement 22: destroying the parent does not disturb a read of its branch', async () => {
    const { fork, gate, address } = await holdFirstRead()
    const child = fork.branch()
    const read = child.getAccount(address)
    await gate.arrived()
    fork.destroy()
    gate.release()
    expect(await read).toMatchObject({ balance: 5n, codeHash: keccak256('0x60') })
    child.destroy()
  })
})
