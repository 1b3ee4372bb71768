/** What each method of the adapter does to the state, over both builds of the core. */

import { Account, bytesToHex } from '@ethereumjs/util'
import { afterEach, describe, expect, test } from 'vitest'

import type { Engine } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { endForkWorlds } from '../support/fork-world.ts'
import { freshAddress } from '../support/sample-keys.ts'
import { accountOf, addressOf, makeAdapterWorld, makeLocal, slot } from './adapter-world.ts'

const CODE = Uint8Array.of(0x60, 0x02)
const NOTHING = new Uint8Array()
const LONG = new Uint8Array(32).fill(0xff)

afterEach(endForkWorlds)

function accounts(engine: Engine): void {
  test('an account comes back with all its fields, as a new object', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    const [first, second] = [await manager.getAccount(remote), await manager.getAccount(remote)]
    expect(first).toBeInstanceOf(Account)
    expect(first).not.toBe(second)
    expect(first).toMatchObject({ nonce: 2n, balance: 5n })
    const plain = await manager.state.getAccount(remote.bytes)
    expect(bytesToHex(first?.codeHash as Uint8Array)).toBe(plain?.codeHash)
    expect(bytesToHex(first?.storageRoot as Uint8Array)).toBe(plain?.storageRoot)
    expect(first?.isContract()).toBe(true)
    expect(first?.isEmpty()).toBe(false)
  })

  test('an absent account is undefined, an empty one is not', async () => {
    const { manager } = await makeAdapterWorld(engine)
    const at = addressOf(freshAddress())
    expect(await manager.getAccount(at)).toBeUndefined()
    expect(await manager.getCode(at)).toEqual(NOTHING)
    await manager.putAccount(at, new Account())
    expect((await manager.getAccount(at))?.isEmpty()).toBe(true)
    expect((await manager.getAccount(at))?.storageRoot).toEqual(new Account().storageRoot)
    await manager.deleteAccount(at)
    expect(await manager.getAccount(at)).toBeUndefined()
  })

  test('an account that is put back as it was is no change', async () => {
    const { manager, remote, fork } = await makeAdapterWorld(engine)
    await manager.putAccount(remote, await manager.getAccount(remote))
    expect(fork.dump().accounts).toEqual({})
    expect(await manager.getCode(remote)).toEqual(Uint8Array.of(0x60, 0x01))
  })

  test('fields are modified one by one, and an absent account is made', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    await manager.modifyAccountFields(remote, { balance: 0n })
    expect(await manager.getAccount(remote)).toMatchObject({ nonce: 2n, balance: 0n })
    await manager.modifyAccountFields(remote, { nonce: 3n })
    expect(await manager.getAccount(remote)).toMatchObject({ nonce: 3n, balance: 0n })
    expect(await manager.getCodeSize(remote)).toBe(2)
    const at = addressOf(freshAddress())
    expect(await manager.getAccount(at)).toBeUndefined()
    await manager.modifyAccountFields(at, {})
    expect((await manager.getAccount(at))?.isEmpty()).toBe(true)
  })

  test('the storage root that says there is no storage clears it', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    await manager.modifyAccountFields(remote, { storageRoot: new Account().storageRoot })
    expect(await manager.getStorage(remote, slot(1))).toEqual(NOTHING)
  })

  test('a code hash of other code is refused, and nothing is changed', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    const account = accountOf(7n, 7n)
    account.codeHash = slot(1)
    const refused = { code: 'INVALID_INPUT', address: remote.toString() }
    await expect(manager.putAccount(remote, account)).rejects.toMatchObject(refused)
    const change = manager.modifyAccountFields(remote, { nonce: 7n, codeHash: slot(1) })
    await expect(change).rejects.toMatchObject(refused)
    expect(await manager.getAccount(remote)).toMatchObject({ nonce: 2n, balance: 5n })
  })

  test('numbers out of range are refused, and nothing is changed', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    for (const fields of [
      { nonce: 9n, balance: -1n },
      { nonce: 9n, balance: 2n ** 256n },
      { nonce: 2n ** 64n, balance: 9n },
    ]) {
      const refused = { code: 'INVALID_INPUT', address: remote.toString() }
      await expect(manager.modifyAccountFields(remote, fields)).rejects.toMatchObject(refused)
      const account = Object.assign(new Account(), fields)
      await expect(manager.putAccount(remote, account)).rejects.toMatchObject(refused)
    }
    expect(manager.state.dump().accounts).toEqual({})
  })

  test('code makes an account exist and sets its code hash', async () => {
    const manager = makeLocal(engine)
    const at = addressOf(freshAddress())
    await manager.putCode(at, CODE)
    expect((await manager.getAccount(at))?.isContract()).toBe(true)
    expect(await manager.getCode(at)).toEqual(CODE)
    expect(await manager.getCodeSize(at)).toBe(2)
    await manager.putCode(at, NOTHING)
    expect((await manager.getAccount(at))?.isContract()).toBe(false)
    expect(await manager.getCodeSize(at)).toBe(0)
  })
}

function storage(engine: Engine): void {
  test('values are without the zeros before them, and zero is empty', async () => {
    const manager = makeLocal(engine)
    const at = addressOf(freshAddress())
    const cases: readonly (readonly [put: number[], got: number[]])[] = [
      [
        [0, 0, 1, 0],
        [1, 0],
      ],
      [[5], [5]],
      [Array.from(LONG), Array.from(LONG)],
      [[0, 0], []],
      [[], []],
    ]
    for (const [put, got] of cases) {
      await manager.putStorage(at, slot(1), Uint8Array.from(put))
      expect(Array.from(await manager.getStorage(at, slot(1)))).toEqual(got)
    }
    expect(Array.from(await manager.getStorage(at, slot(2)))).toEqual([])
  })

  test('zero put over a value of the chain stays zero when the caches are cleared', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    await manager.putStorage(remote, slot(1), NOTHING)
    await manager.putStorage(remote, slot(2), new Uint8Array(32))
    manager.clearCaches()
    expect(await manager.getStorage(remote, slot(1))).toEqual(NOTHING)
    expect(await manager.getStorage(remote, slot(2))).toEqual(NOTHING)
  })

  test('keys that are not 32 bytes and values that are longer are refused', async () => {
    const manager = makeLocal(engine)
    const at = addressOf(freshAddress())
    const short = new Uint8Array(31)
    const invalid = { code: 'INVALID_INPUT' }
    await expect(manager.getStorage(at, short)).rejects.toMatchObject(invalid)
    await expect(manager.putStorage(at, short, NOTHING)).rejects.toMatchObject(invalid)
    const long = new Uint8Array(33)
    await expect(manager.putStorage(at, slot(1), long)).rejects.toMatchObject(invalid)
    expect(await manager.getAccount(at)).toBeUndefined()
  })

  test('clearing caches drops what was read, and keeps what was written', async () => {
    const { manager, remote, client } = await makeAdapterWorld(engine)
    await manager.getStorage(remote, slot(1))
    await manager.putStorage(remote, slot(2), Uint8Array.of(9))
    await manager.checkpoint()
    const asked = client.stateCalls.length
    manager.clearCaches()
    expect(await manager.getStorage(remote, slot(2))).toEqual(Uint8Array.of(9))
    expect(client.stateCalls.length).toBe(asked)
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(7))
    expect(client.stateCalls.length).toBe(asked + 1)
    await manager.revert()
  })
}

function originals(engine: Engine): void {
  test('the original value is that before the writes of the transaction', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    const { originalStorageCache } = manager
    const original = (key: Uint8Array) => originalStorageCache.get(remote, key)
    await manager.checkpoint()
    expect(await original(slot(1))).toEqual(Uint8Array.of(7))
    await manager.putStorage(remote, slot(1), Uint8Array.of(9))
    await manager.checkpoint()
    await manager.putStorage(remote, slot(1), NOTHING)
    expect(await original(slot(1))).toEqual(Uint8Array.of(7))
    await manager.revert()
    expect(await original(slot(1))).toEqual(Uint8Array.of(7))
    originalStorageCache.clear()
    expect(await original(slot(1))).toEqual(Uint8Array.of(9))
    await manager.putStorage(remote, slot(1), Uint8Array.of(10))
    expect(await original(slot(1))).toEqual(Uint8Array.of(9))
  })

  test.each(['commit', 'revert'] as const)('the outermost %s ends a transaction', async (end) => {
    const { manager, remote } = await makeAdapterWorld(engine)
    const original = () => manager.originalStorageCache.get(remote, slot(1))
    await manager.checkpoint()
    await manager.checkpoint()
    await original()
    await manager.putStorage(remote, slot(1), Uint8Array.of(9))
    await manager.commit()
    expect(await original()).toEqual(Uint8Array.of(7))
    await manager[end]()
    const now = end === 'commit' ? 9 : 7
    await manager.putStorage(remote, slot(2), NOTHING)
    expect(await original()).toEqual(Uint8Array.of(now))
    await manager.putStorage(remote, slot(1), Uint8Array.of(1))
    expect(await original()).toEqual(Uint8Array.of(now))
  })

  test('slots and accounts are distinguished', async () => {
    const manager = makeLocal(engine)
    const [one, other] = [addressOf(freshAddress()), addressOf(freshAddress())]
    await manager.putStorage(one, slot(1), Uint8Array.of(1))
    await manager.putStorage(other, slot(1), Uint8Array.of(2))
    await manager.putStorage(one, slot(2), Uint8Array.of(3))
    const original = manager.originalStorageCache
    expect(await original.get(one, slot(1))).toEqual(Uint8Array.of(1))
    expect(await original.get(other, slot(1))).toEqual(Uint8Array.of(2))
    expect(await original.get(one, slot(2))).toEqual(Uint8Array.of(3))
    expect(await original.get(other, slot(2))).toEqual(NOTHING)
  })
}

describeEngines('the adapter', (engine) => {
  describe('accounts', () => accounts(engine))
  describe('storage', () => storage(engine))
  describe('original storage', () => originals(engine))
})
