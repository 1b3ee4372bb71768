/** Statements 7 to 12: deletion, storage clears and code, over both builds, on a fork. */

import { concatHex, type Hex, keccak256 } from 'viem'
import { expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { describeForks } from '../support/upstreams.ts'

const LIVE = {
  balance: 5n,
  nonce: 2n,
  code: '0x6001',
  storage: { [word(1)]: 7n, [word(2)]: 8n },
} as const

/** Everything one can read of an account whose slots are 1 to 3. */
async function observe(state: StateManager, address: Hex): Promise<object> {
  const account = await state.getAccount(address)
  const slots = [word(1), word(2), word(3)]
  return {
    exists: account !== undefined,
    balance: await state.getBalance(address),
    nonce: await state.getNonce(address),
    code: await state.getCode(address),
    codeHash: account?.codeHash,
    storage: await Promise.all(slots.map((slot) => state.getStorage(address, slot))),
  }
}

const GONE = {
  exists: false,
  balance: 0n,
  nonce: 0n,
  code: '0x',
  codeHash: undefined,
  storage: [word(0), word(0), word(0)],
}

describeForks('deletes and clears on a fork', (context) => {
  const { upstream } = context

  async function liveAccount(): Promise<Hex> {
    const address = freshAddress()
    await upstream.mine({ [address]: LIVE })
    return address
  }

  test('statement 7: a deleted account is absent and its slots zero, with no request', async () => {
    const address = await liveAccount()
    const fork = await context.fork()
    fork.deleteAccount(address)
    expect(fork.peekAccount(address)).toBeNull()
    expect(await observe(fork, address)).toEqual(GONE)
    expect(context.stateCalls()).toBe(0)
  })

  test('statement 7: a deleted account stays absent through commit and clear', async () => {
    const address = await liveAccount()
    const fork = await context.fork()
    await observe(fork, address)
    fork.checkpoint()
    fork.deleteAccount(address)
    fork.commit()
    fork.clearForkCache()
    const before = context.stateCalls()
    expect(await observe(fork, address)).toEqual(GONE)
    expect(context.stateCalls()).toBe(before)
  })

  test('statement 7: a deleted account stays absent through eviction', async () => {
    const [address, other] = [await liveAccount(), await liveAccount()]
    const fork = await context.fork({ maxCacheSize: 1 })
    await observe(fork, address)
    fork.deleteAccount(address)
    await observe(fork, other)
    const before = context.stateCalls()
    expect(await observe(fork, address)).toEqual(GONE)
    expect(context.stateCalls()).toBe(before)
  })

  test('statement 8: delete, then receive 1 wei: old slots still read zero', async () => {
    const address = await liveAccount()
    const fork = await context.fork()
    await fork.getStorage(address, word(1))
    fork.deleteAccount(address)
    fork.setBalance(address, 1n)
    fork.clearForkCache()
    const before = context.stateCalls()
    expect(await observe(fork, address)).toEqual({
      ...GONE,
      exists: true,
      balance: 1n,
      codeHash: keccak256('0x'),
    })
    expect(context.stateCalls()).toBe(before)
  })

  test('statement 9: delete, create again, write one slot; each step reverts exactly', async () => {
    const address = await liveAccount()
    const fork = await context.fork()
    const steps = [
      () => fork.setStorage(address, word(1), 70n),
      () => fork.deleteAccount(address),
      () => fork.setNonce(address, 1n),
      () => fork.setCode(address, '0x6002'),
      () => fork.setStorage(address, word(2), 80n),
    ]
    const seen: object[] = []
    for (const step of steps) {
      seen.push(await observe(fork, address))
      fork.checkpoint()
      step()
    }
    expect(await observe(fork, address)).toEqual({
      exists: true,
      balance: 0n,
      nonce: 1n,
      code: '0x6002',
      codeHash: keccak256('0x6002'),
      storage: [word(0), word(80), word(0)],
    })
    for (const before of seen.reverse()) {
      fork.revert()
      expect(await observe(fork, address)).toEqual(before)
    }
    expect(seen.at(-1)).toMatchObject({ balance: 5n, storage: [word(7), word(8), word(0)] })
  })

  test('statement 9: reverting a delete goes back to fork visibility, also if unread', async () => {
    const address = await liveAccount()
    const fork = await context.fork()
    fork.checkpoint()
    fork.deleteAccount(address)
    fork.setStorage(address, word(2), 1n)
    fork.revert()
    expect(fork.peekAccount(address)).toBeUndefined()
    expect(fork.peekStorage(address, word(2))).toBeUndefined()
    expect(await observe(fork, address)).toMatchObject({
      balance: 5n,
      code: '0x6001',
      storage: [word(7), word(8), word(0)],
    })
  })

  test('statement 10: clearing storage hides remote slots with no request, and reverts', async () => {
    const address = await liveAccount()
    const fork = await context.fork()
    await fork.getStorage(address, word(1))
    fork.setStorage(address, word(3), 9n)
    const before = context.stateCalls()
    fork.checkpoint()
    fork.clearStorage(address)
    for (const slot of [1, 2, 3, 4]) {
      expect(await fork.getStorage(address, word(slot))).toBe(word(0))
    }
    expect(context.stateCalls()).toBe(before)
    fork.setStorage(address, word(2), 1n)
    expect(await fork.getStorage(address, word(2))).toBe(word(1))
    fork.revert()
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(await fork.getStorage(address, word(2))).toBe(word(8))
    expect(await fork.getStorage(address, word(3))).toBe(word(9))
  })

  test('statement 10: clearing storage keeps the other fields, and absent stays absent', async () => {
    const [address, absent] = [await liveAccount(), freshAddress()]
    const fork = await context.fork()
    fork.clearStorage(address)
    fork.clearStorage(absent)
    expect(await fork.getAccount(address)).toMatchObject({ balance: 5n, nonce: 2n })
    expect(await fork.getCode(address)).toBe('0x6001')
    expect(await fork.getAccount(absent)).toBeUndefined()
  })

  test('statement 11: reading code of an account known to have none asks for nothing', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { balance: 1n } })
    const fork = await context.fork()
    await fork.getBalance(address)
    const before = context.stateCalls()
    expect(await fork.getCode(address)).toBe('0x')
    expect(fork.peekCode(address)).toBe('0x')
    expect(context.stateCalls()).toBe(before)
  })

  test('statement 11: code written over remote code is read with no request', async () => {
    const address = await liveAccount()
    const fork = await context.fork()
    fork.setCode(address, '0x6002')
    expect(await fork.getCode(address)).toBe('0x6002')
    expect(context.stateCalls()).toBe(0)
  })
})

describeEngines('writes in memory', (engine) => {
  test('statement 7: a deleted account is absent, and its slots are zero', async () => {
    const state = new StateManager({ ffi: engine })
    const address = freshAddress()
    state.setBalance(address, 5n)
    state.setStorage(address, word(1), 7n)
    state.deleteAccount(address)
    expect(await observe(state, address)).toEqual(GONE)
    state.destroy()
  })

  test('statement 10: clearing storage costs the same whatever was written', async () => {
    const state = new StateManager({ ffi: engine })
    const [small, large] = [freshAddress(), freshAddress()]
    state.setStorage(small, word(0), 1n)
    for (let slot = 0; slot < 5_000; slot++) state.setStorage(large, word(slot), 1n)
    state.checkpoint()
    const journalBytes = (): number => Number(state.metrics().journalBytes)
    const start = journalBytes()
    state.clearStorage(small)
    const costOfSmall = journalBytes() - start
    state.clearStorage(large)
    expect(journalBytes() - start).toBe(2 * costOfSmall)
    expect(await state.getStorage(large, word(4_999))).toBe(word(0))
    state.revert()
    expect(await state.getStorage(large, word(4_999))).toBe(word(1))
    expect(await state.getStorage(small, word(0))).toBe(word(1))
    state.destroy()
  })

  test('statement 11: writing code changes the code hash, and reverts with it', async () => {
    const state = new StateManager({ ffi: engine })
    const address = freshAddress()
    const codes: readonly Hex[] = ['0x6001', '0x', `0x${'5b'.repeat(24_576)}`, '0x00']
    state.setBalance(address, 1n)
    for (const code of codes) {
      state.checkpoint()
      state.setCode(address, code)
      expect(await state.getCode(address)).toBe(code)
      expect((await state.getAccount(address))?.codeHash).toBe(keccak256(code))
    }
    for (const code of codes.slice(0, -1).reverse()) {
      state.revert()
      expect(await state.getCode(address)).toBe(code)
      expect((await state.getAccount(address))?.codeHash).toBe(keccak256(code))
    }
    state.revert()
    expect((await state.getAccount(address))?.codeHash).toBe(keccak256('0x'))
    state.destroy()
  })

  test('statement 12: a 7702 designator is stored and hashed as code', async () => {
    const state = new StateManager({ ffi: engine })
    const [account, target] = [freshAddress(), freshAddress()]
    const designator = concatHex(['0xef0100', target])
    state.setCode(target, '0x6001')
    state.setCode(account, designator)
    expect(await state.getCode(account)).toBe(designator)
    expect((await state.getAccount(account))?.codeHash).toBe(keccak256(designator))
    state.destroy()
  })
})
