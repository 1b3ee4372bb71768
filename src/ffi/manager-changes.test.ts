import { describe, expect, it } from 'vitest'
import { describeEngines } from '../../test/support/engines.ts'
import { word } from '../../test/support/sample-keys.ts'
import type { Hex } from '../encoding/hex.ts'
import { LIST_CHUNK_ENTRIES } from './manager-changes.ts'
import { ManagerCore } from './manager-core.ts'

const addressOf = (number: number): Hex => `0x${number.toString(16).padStart(40, '0')}`
const A = addressOf(0xaa)

describeEngines('lists of local writes', (engine) => {
  const list = (core: ManagerCore) => ({
    accounts: [...core.changes.accounts()].flat(),
    slots: [...core.changes.slots()].flat(),
  })

  it('are empty without writes, and after they were reverted', () => {
    const core = ManagerCore.create(engine)
    expect(list(core)).toEqual({ accounts: [], slots: [] })
    core.checkpoint()
    core.writes.setBalance(A, 1n)
    core.writes.setStorage(A, 1n, 2n)
    core.revert()
    expect(list(core)).toEqual({ accounts: [], slots: [] })
    core.destroy()
  })

  it('say which fields were written, and only those', () => {
    const core = ManagerCore.create(engine)
    core.writes.setNonce(A, 2n ** 64n - 1n)
    core.writes.setStorage(A, 1n, 0n)
    expect(list(core)).toEqual({
      accounts: [{ address: A, presence: 'exists', nonce: 2n ** 64n - 1n, storageCleared: false }],
      slots: [{ address: A, slot: word(1), value: word(0) }],
    })
    core.writes.setBalance(A, 2n ** 256n - 1n)
    expect(list(core).accounts).toMatchObject([{ balance: 2n ** 256n - 1n }])
    core.writes.clearStorage(A)
    expect(list(core)).toMatchObject({ accounts: [{ storageCleared: true }], slots: [] })
    core.writes.deleteAccount(A)
    expect(list(core)).toMatchObject({ accounts: [{ presence: 'deleted' }], slots: [] })
    core.writes.clearStorage(addressOf(1))
    expect(list(core).accounts).toContainEqual({
      address: addressOf(1),
      presence: 'inherited',
      storageCleared: true,
    })
    core.destroy()
  })

  it('take any number of chunks, and other calls in between, also on other managers', () => {
    const core = ManagerCore.create(engine)
    const other = ManagerCore.create(engine)
    const count = LIST_CHUNK_ENTRIES * 2 + 3
    for (let number = 1; number <= count; number++) {
      core.writes.setBalance(addressOf(number), BigInt(number))
      core.writes.setStorage(addressOf(number), 7n, BigInt(number))
    }
    const balances = new Map<Hex, bigint | undefined>()
    for (const chunk of core.changes.accounts()) {
      other.writes.setCode(A, new Uint8Array(100_000))
      for (const { address, balance } of chunk) balances.set(address, balance)
    }
    const values = new Map<Hex, Hex>()
    for (const chunk of core.changes.slots()) {
      expect(core.reads.storage(A, 1n, 'peek')).toBe(word(0))
      for (const { address, value } of chunk) values.set(address, value)
    }
    expect([balances.size, values.size]).toEqual([count, count])
    for (const [address, balance] of balances) {
      expect(balance).toBe(BigInt(address))
      expect(values.get(address)).toBe(word(BigInt(address)))
    }
    core.destroy()
    other.destroy()
  })
})

describe('a list of a destroyed manager', () => {
  it('is an error, also half-way', async () => {
    const { loadWasm } = await import('./wasm.ts')
    const core = ManagerCore.create(await loadWasm())
    for (let number = 0; number <= LIST_CHUNK_ENTRIES; number++)
      core.writes.setStorage(A, BigInt(number), 1n)
    const slots = core.changes.slots()
    expect(slots.next().value).toHaveLength(LIST_CHUNK_ENTRIES)
    core.destroy()
    expect(() => slots.next()).toThrow(expect.objectContaining({ code: 'DESTROYED' }))
    expect(() => core.changes.accounts().next()).toThrow(
      expect.objectContaining({ code: 'DESTROYED' }),
    )
  })
})
