/**
 * Faults that adapters between a fork and an EVM are known for, one after the other, over both
 * builds of the core.
 */

import { Account } from '@ethereumjs/util'
import { afterEach, describe, expect, test } from 'vitest'

import { ForkStateManager } from '../../src/ethereumjs.ts'
import type { Engine } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeRpcError } from '../support/fake-chain.ts'
import { endForkWorlds, holdAnswers, REMOTE } from '../support/fork-world.ts'
import { freshAddress } from '../support/sample-keys.ts'
import { accountOf, addressOf, makeAdapterWorld, makeLocal, slot, spoil } from './adapter-world.ts'

const CODE = Uint8Array.of(0x60, 0x02)
const REMOTE_CODE = Uint8Array.of(0x60, 0x01)
const NOTHING = new Uint8Array()

afterEach(endForkWorlds)

function undoing(engine: Engine): void {
  test('an inner commit and then an outer revert restore storage, code and account', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    await manager.checkpoint()
    await manager.putStorage(remote, slot(1), Uint8Array.of(9))
    await manager.checkpoint()
    await manager.putStorage(remote, slot(1), Uint8Array.of(10))
    await manager.putStorage(remote, slot(2), NOTHING)
    await manager.putCode(remote, CODE)
    await manager.putAccount(remote, Object.assign(new Account(9n, 9n), await codeOf(CODE, engine)))
    await manager.commit()
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(10))
    await manager.revert()

    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(7))
    expect(await manager.getStorage(remote, slot(2))).toEqual(Uint8Array.of(8))
    expect(await manager.getCode(remote)).toEqual(REMOTE_CODE)
    expect(await manager.getAccount(remote)).toMatchObject({ nonce: 2n, balance: 5n })
  })

  test('cleared storage hides the slots of the chain, and comes back with a revert', async () => {
    const { manager, remote, client } = await makeAdapterWorld(engine)
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(7))
    await manager.checkpoint()
    await manager.clearStorage(remote)
    const asked = client.calls.length
    expect(await manager.getStorage(remote, slot(1))).toEqual(NOTHING)
    expect(await manager.getStorage(remote, slot(2))).toEqual(NOTHING)
    expect(client.calls.length).toBe(asked)
    await manager.revert()
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(7))
    expect(await manager.getStorage(remote, slot(2))).toEqual(Uint8Array.of(8))
  })

  test('a deleted account is absent with its storage, made again it has none', async () => {
    const { manager, remote, client } = await makeAdapterWorld(engine)
    await manager.checkpoint()
    await manager.deleteAccount(remote)
    expect(await manager.getAccount(remote)).toBeUndefined()
    expect(await manager.getCode(remote)).toEqual(NOTHING)
    expect(await manager.getCodeSize(remote)).toBe(0)
    await manager.putAccount(remote, accountOf(0n, 1n))
    expect(await manager.getAccount(remote)).toMatchObject({ nonce: 0n, balance: 1n })
    expect(await manager.getStorage(remote, slot(1))).toEqual(NOTHING)
    expect(await manager.getCode(remote)).toEqual(NOTHING)
    expect(client.stateCalls).toEqual([])
    await manager.revert()
    expect(await manager.getAccount(remote)).toMatchObject({ nonce: 2n, balance: 5n })
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(7))
    expect(await manager.getCode(remote)).toEqual(REMOTE_CODE)
  })

  test('putting no account deletes it', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    await manager.putAccount(remote, undefined)
    expect(await manager.getAccount(remote)).toBeUndefined()
    expect(await manager.getStorage(remote, slot(1))).toEqual(NOTHING)
  })

  test('commit and revert without a checkpoint are typed errors that change nothing', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    await manager.putStorage(remote, slot(1), Uint8Array.of(9))
    await expect(manager.revert()).rejects.toMatchObject({ code: 'NO_CHECKPOINT' })
    await expect(manager.commit()).rejects.toMatchObject({ code: 'NO_CHECKPOINT' })
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(9))
    await manager.checkpoint()
    await manager.revert()
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(9))
  })
}

function waiting(engine: Engine): void {
  test('a local write survives the answer to a read that was under way', async () => {
    const { manager, remote, client } = await makeAdapterWorld(engine)
    const gate = holdAnswers(client)
    const reads = [
      manager.getStorage(remote, slot(1)),
      manager.getAccount(remote),
      manager.getCode(remote),
    ] as const
    await gate.arrived()
    await manager.putStorage(remote, slot(1), Uint8Array.of(9))
    await manager.putAccount(remote, accountOf(8n, 8n))
    gate.release()
    await Promise.all(reads)
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(9))
    expect(await manager.getAccount(remote)).toMatchObject({ nonce: 8n, balance: 8n })
    expect(await manager.getCode(remote)).toEqual(NOTHING)
  })

  test('a deletion survives the answer to a read that was under way', async () => {
    const { manager, remote, client } = await makeAdapterWorld(engine)
    const gate = holdAnswers(client)
    const reads = [manager.getAccount(remote), manager.getStorage(remote, slot(1))] as const
    await gate.arrived()
    await manager.deleteAccount(remote)
    gate.release()
    await Promise.all(reads)
    expect(await manager.getAccount(remote)).toBeUndefined()
    expect(await manager.getStorage(remote, slot(1))).toEqual(NOTHING)
  })

  test('an error of the node is never a value, and the next read asks again', async () => {
    const { manager, remote, client } = await makeAdapterWorld(engine)
    client.before = () => {
      throw new FakeRpcError(-32_000, 'out of order')
    }
    const reads: readonly (() => Promise<unknown>)[] = [
      () => manager.getStorage(remote, slot(1)),
      () => manager.originalStorageCache.get(remote, slot(1)),
      () => manager.getAccount(remote),
      () => manager.getCode(remote),
      () => manager.getCodeSize(remote),
      () => manager.modifyAccountFields(remote, { codeHash: slot(1) }),
    ]
    for (const read of reads) await expect(read()).rejects.toThrow('out of order')
    client.before = undefined
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(7))
    expect(await manager.originalStorageCache.get(remote, slot(1))).toEqual(Uint8Array.of(7))
    expect(await manager.getAccount(remote)).toMatchObject({ nonce: 2n, balance: 5n })
    expect(await manager.getCodeSize(remote)).toBe(2)
  })

  test('an account whose code is replaced by none is put without asking the chain', async () => {
    const { manager, remote, client } = await makeAdapterWorld(engine)
    await manager.putAccount(remote, accountOf(1n, 3n))
    expect(await manager.getCode(remote)).toEqual(NOTHING)
    expect(await manager.getAccount(remote)).toMatchObject({ nonce: 1n, balance: 3n })
    expect(client.stateCalls).toEqual([])
  })
}

function copies(engine: Engine): void {
  test('changing what was passed or returned changes no state', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    const local = addressOf(freshAddress())
    const [key, value, code] = [slot(5), Uint8Array.of(1, 2), CODE.slice()]
    const account = accountOf(1n, 2n)
    await manager.putAccount(local, account)
    await manager.putStorage(local, key, value)
    await manager.putCode(local, code)
    account.balance = 99n
    for (const bytes of [key, value, code]) spoil(bytes)
    for (const at of [local, remote]) {
      for (const read of [
        () => manager.getStorage(at, slot(at === local ? 5 : 1)),
        () => manager.originalStorageCache.get(at, slot(at === local ? 5 : 1)),
        () => manager.getCode(at),
        async () => (await manager.getAccount(at))?.codeHash as Uint8Array,
      ]) {
        const first = await read()
        const before = first.slice()
        spoil(first)
        expect(await read()).toEqual(before)
      }
    }
    const taken = await manager.getAccount(remote)
    Object.assign(taken ?? {}, { balance: 0n, nonce: 0n })
    spoil((await manager.getAccount(remote))?.storageRoot as Uint8Array)
    const again = await manager.getAccount(remote)
    expect(again).toMatchObject({ balance: REMOTE.balance, nonce: REMOTE.nonce })
    expect(again?.storageRoot).not.toEqual(new Uint8Array(32).fill(0xee))
    expect(await manager.getStorage(local, slot(5))).toEqual(Uint8Array.of(1, 2))
    expect(await manager.getCode(local)).toEqual(CODE)
  })

  test('changing what was passed while a read waits does not change what is read', async () => {
    const { manager, remote, client, address } = await makeAdapterWorld(engine)
    const gate = holdAnswers(client)
    const [key, at] = [slot(1), addressOf(address)]
    const reads = [
      manager.getStorage(at, key),
      manager.originalStorageCache.get(at, key),
      manager.getAccount(at).then((account) => account?.balance),
      manager.getCode(at),
    ] as const
    await gate.arrived()
    spoil(key)
    spoil(at.bytes)
    gate.release()
    const seven = Uint8Array.of(7)
    expect(await Promise.all(reads)).toEqual([seven, seven, REMOTE.balance, REMOTE_CODE])
    expect(await manager.originalStorageCache.get(remote, slot(1))).toEqual(seven)
  })

  test('a shallow copy keeps local writes, and neither sees the other from then on', async () => {
    const { manager, remote } = await makeAdapterWorld(engine)
    await manager.checkpoint()
    await manager.putStorage(remote, slot(1), Uint8Array.of(9))
    await manager.putCode(remote, CODE)
    const copy = manager.shallowCopy()
    expect(copy).toBeInstanceOf(ForkStateManager)
    using _ = copy.state
    expect(await copy.getStorage(remote, slot(1))).toEqual(Uint8Array.of(9))
    expect(await copy.getCode(remote)).toEqual(CODE)
    await expect(copy.revert()).rejects.toMatchObject({ code: 'NO_CHECKPOINT' })
    await copy.putStorage(remote, slot(1), Uint8Array.of(10))
    await manager.deleteAccount(remote)
    expect(await copy.getStorage(remote, slot(1))).toEqual(Uint8Array.of(10))
    await manager.revert()
    expect(await manager.getStorage(remote, slot(1))).toEqual(Uint8Array.of(7))
    expect(await copy.getAccount(remote)).toMatchObject({ nonce: 2n, balance: 5n })
    expect(await copy.getStorage(remote, slot(1))).toEqual(Uint8Array.of(10))
  })
}

async function codeOf(code: Uint8Array, engine: Engine): Promise<{ codeHash: Uint8Array }> {
  const at = addressOf(freshAddress())
  const manager = makeLocal(engine)
  await manager.putCode(at, code)
  return { codeHash: (await manager.getAccount(at))?.codeHash as Uint8Array }
}

describeEngines('probes', (engine) => {
  describe('undoing', () => undoing(engine))
  describe('reads under way', () => waiting(engine))
  describe('copies', () => copies(engine))
})
