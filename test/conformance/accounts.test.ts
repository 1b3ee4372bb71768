/** Statements 1 to 6: what is known of accounts and slots, over both builds, on a fork. */

import { type Hex, keccak256, toBytes } from 'viem'
import { describe, expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { describeForks } from '../support/upstreams.ts'

const NO_CODE_HASH = keccak256('0x')

describeForks('accounts and slots of a fork', (context) => {
  const { upstream } = context

  test('statement 1: a slot is unknown, known zero, or known non-zero', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { code: '0x01', storage: { [word(1)]: 7n } } })
    // Proofs of two slots would show the third.
    const fork = await context.fork({ verify: false })

    expect(fork.peekStorage(address, word(1))).toBeUndefined()
    expect(fork.peekStorage(address, word(2))).toBeUndefined()
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(await fork.getStorage(address, word(2))).toBe(word(0))
    expect(fork.peekStorage(address, word(1))).toBe(word(7))
    expect(fork.peekStorage(address, word(2))).toBe(word(0))
    expect(fork.peekStorage(address, word(3))).toBeUndefined()
  })

  test('statement 1: an account is unknown, absent, empty, or live', async () => {
    const [live, absent] = [freshAddress(), freshAddress()]
    await upstream.mine({ [live]: { balance: 5n, nonce: 2n } })
    const fork = await context.fork()

    expect(fork.peekAccount(live)).toBeUndefined()
    expect(fork.peekAccount(absent)).toBeUndefined()
    expect(await fork.getAccount(absent)).toBeUndefined()
    expect(fork.peekAccount(absent)).toBeNull()
    expect(await fork.getAccount(live)).toMatchObject({ balance: 5n, nonce: 2n })
    expect(fork.peekAccount(live)).toMatchObject({ balance: 5n, nonce: 2n })

    fork.setBalance(absent, 0n)
    const empty = { balance: 0n, nonce: 0n, codeHash: NO_CODE_HASH }
    expect(fork.peekAccount(absent)).toMatchObject(empty)
    expect(await fork.getAccount(absent)).toMatchObject(empty)
  })

  test('statement 1: an account reads the same as bytes and as hex', async () => {
    const [live, absent] = [freshAddress(), freshAddress()]
    const seed = { balance: 5n, nonce: 2n, code: '0x01', storage: { [word(1)]: 7n } } as const
    await upstream.mine({ [live]: seed })
    const fork = await context.fork()

    expect(fork.peekAccountBytes(live)).toBeUndefined()
    expect(await fork.getAccountBytes(absent)).toBeUndefined()
    expect(fork.peekAccountBytes(absent)).toBeNull()
    const found = await fork.getAccountBytes(live)
    const { codeHash, storageRoot, ...rest } = (await fork.getAccount(live)) ?? {}
    expect(found).toEqual({
      ...rest,
      codeHash: toBytes(codeHash as Hex),
      storageRoot: toBytes(storageRoot as Hex),
    })
    found?.codeHash.fill(0)
    found?.storageRoot?.fill(0)
    expect(fork.peekAccount(live)).toMatchObject({ codeHash, storageRoot })
    fork.setStorage(live, word(1), 8n)
    expect(fork.peekAccountBytes(live)?.storageRoot).toBeUndefined()
    expect(fork.peekAccountBytes(live)?.codeHash).toEqual(toBytes(codeHash as Hex))
  })

  test('statement 2: reverting a first write of a slot restores "unknown"', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { code: '0x01', storage: { [word(1)]: 7n } } })
    const fork = await context.fork()

    fork.checkpoint()
    fork.setStorage(address, word(1), 9n)
    expect(await fork.getStorage(address, word(1))).toBe(word(9))
    fork.revert()

    expect(fork.peekStorage(address, word(1))).toBeUndefined()
    expect(context.stateCalls()).toBe(0)
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(context.stateCalls()).toBe(1)
  })

  test('statement 2: reverting a first write of a slot restores the cached value', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { code: '0x01', storage: { [word(1)]: 7n } } })
    const fork = await context.fork()
    await fork.getStorage(address, word(1))
    const before = context.stateCalls()

    fork.checkpoint()
    fork.setStorage(address, word(1), 0n)
    fork.revert()

    expect(fork.peekStorage(address, word(1))).toBe(word(7))
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(context.stateCalls()).toBe(before)
  })

  test('statement 2: reverting a first write of a field restores "unknown" or its value', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { balance: 5n, nonce: 2n, code: '0x60' } })
    const fork = await context.fork()

    fork.checkpoint()
    fork.setBalance(address, 1n)
    fork.setNonce(address, 1n)
    fork.setCode(address, '0x61')
    fork.revert()
    expect(fork.peekBalance(address)).toBeUndefined()
    expect(fork.peekNonce(address)).toBeUndefined()
    expect(fork.peekCode(address)).toBeUndefined()
    expect(await fork.getBalance(address)).toBe(5n)
    expect(context.stateCalls()).toBe(1)

    fork.checkpoint()
    fork.setBalance(address, 1n)
    fork.setNonce(address, 1n)
    fork.revert()
    expect(fork.peekBalance(address)).toBe(5n)
    expect(fork.peekNonce(address)).toBe(2n)
    expect(await fork.getCode(address)).toBe('0x60')
  })

  test('statement 3: zero written over a remote value reads zero after a clear', async () => {
    const address = freshAddress()
    await upstream.mine({
      [address]: { balance: 5n, nonce: 2n, code: '0x60', storage: { [word(1)]: 7n } },
    })
    const fork = await context.fork()
    await fork.getStorage(address, word(1))
    fork.setStorage(address, word(1), 0n)
    fork.setBalance(address, 0n)
    fork.setNonce(address, 0n)
    fork.setCode(address, '0x')
    fork.clearForkCache()
    const before = context.stateCalls()

    expect(await fork.getStorage(address, word(1))).toBe(word(0))
    expect(await fork.getBalance(address)).toBe(0n)
    expect(await fork.getNonce(address)).toBe(0n)
    expect(await fork.getCode(address)).toBe('0x')
    expect(context.stateCalls()).toBe(before)
  })

  test('statement 4: the second read of an absent account makes no request', async () => {
    const address = freshAddress()
    const fork = await context.fork()

    expect(await fork.getAccount(address)).toBeUndefined()
    expect(context.stateCalls()).toBe(1)
    expect(await fork.getAccount(address)).toBeUndefined()
    expect(await fork.getBalance(address)).toBe(0n)
    expect(await fork.getNonce(address)).toBe(0n)
    expect(await fork.getCode(address)).toBe('0x')
    expect(context.stateCalls()).toBe(1)
  })

  test.for(['balance', 'nonce', 'code', 'storage'] as const)(
    'statement 6: writing %s of an unknown account invents no other field',
    async (written) => {
      const address = freshAddress()
      await upstream.mine({
        [address]: { balance: 5n, nonce: 2n, code: '0x60', storage: { [word(1)]: 7n } },
      })
      const fork = await context.fork()
      if (written === 'balance') fork.setBalance(address, 6n)
      if (written === 'nonce') fork.setNonce(address, 3n)
      if (written === 'code') fork.setCode(address, '0x61')
      if (written === 'storage') fork.setStorage(address, word(2), 8n)
      expect(context.stateCalls()).toBe(0)
      expect(fork.peekAccount(address)).toBeUndefined()

      const code = written === 'code' ? '0x61' : '0x60'
      expect(await fork.getAccount(address)).toMatchObject({
        balance: written === 'balance' ? 6n : 5n,
        nonce: written === 'nonce' ? 3n : 2n,
        codeHash: keccak256(code),
      })
      expect(await fork.getCode(address)).toBe(code)
      expect(await fork.getStorage(address, word(1))).toBe(word(7))
      expect(await fork.getStorage(address, word(2))).toBe(word(written === 'storage' ? 8 : 0))
    },
  )
})

describeEngines('how nodes say "empty"', (engine) => {
  describe.each(['zero', 'hash of nothing'] as const)(
    'code and storage hash: %s',
    (emptyHashes) => {
      test('statement 5: an account with nothing in it is absent', async () => {
        const rpcClient = new FakeRpcClient(new FakeChain({ emptyHashes }))
        const fork = new StateManager({ ffi: engine, rpcClient })
        const address = freshAddress()
        expect(await fork.getAccount(address)).toBeUndefined()
        expect(fork.peekAccount(address)).toBeNull()
        fork.destroy()
      })

      test('statement 5: an account without code has the hash of empty code, and no code', async () => {
        const chain = new FakeChain({ emptyHashes })
        const address = freshAddress()
        chain.mine({ [address]: { balance: 1n } })
        const rpcClient = new FakeRpcClient(chain)
        const fork = new StateManager({ ffi: engine, rpcClient })
        expect(await fork.getAccount(address)).toMatchObject({
          balance: 1n,
          nonce: 0n,
          codeHash: NO_CODE_HASH,
        })
        expect(await fork.getCode(address)).toBe('0x')
        expect(rpcClient.stateCalls).toHaveLength(1)
        fork.destroy()
      })

      test('statement 5: the storage of an account without storage is zero', async () => {
        const chain = new FakeChain({ emptyHashes })
        const address = freshAddress()
        chain.mine({ [address]: { nonce: 1n } })
        const fork = new StateManager({ ffi: engine, rpcClient: new FakeRpcClient(chain) })
        expect(await fork.getStorage(address, word(1))).toBe(word(0))
        expect(fork.peekStorage(address, word(1))).toBe(word(0))
        fork.destroy()
      })
    },
  )

  test('statement 1: remote storage alone makes an account that is empty, not absent', async () => {
    const chain = new FakeChain()
    const address = freshAddress()
    chain.mine({ [address]: { storage: { [word(1)]: 7n } } })
    const fork = new StateManager({ ffi: engine, rpcClient: new FakeRpcClient(chain) })
    expect(await fork.getAccount(address)).toMatchObject({ balance: 0n, nonce: 0n })
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    fork.destroy()
  })
})
