/** The test clients of viem over the transport: what they set, and what they take back. */

import { createTestClient, type Hex, MethodNotFoundRpcError, publicActions } from 'viem'
import { describe, expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { forkStateTransport } from '../../src/viem.ts'
import { codeOfOpcode } from './world.ts'

const ADDRESS: Hex = '0x00000000000000000000000000000000000a11ce'
const SLOT: Hex = `0x${'12'.repeat(32)}`
const VALUE: Hex = `0x${'00'.repeat(31)}2a`

function clientOf(state: StateManager, mode: 'anvil' | 'hardhat' | 'ganache') {
  return createTestClient({ mode, transport: forkStateTransport(state) }).extend(publicActions)
}

describe.each(['anvil', 'hardhat', 'ganache'] as const)('in mode %s', (mode) => {
  test('it sets balances, nonces and code', async () => {
    using state = new StateManager()
    const client = clientOf(state, mode)
    await client.setBalance({ address: ADDRESS, value: 5n })
    await client.setCode({ address: ADDRESS, bytecode: '0x6001' })
    // In this mode viem asks for `ganache_setNonce`, which ganache does not have either.
    if (mode !== 'ganache') await client.setNonce({ address: ADDRESS, nonce: 7 })
    expect(await state.getAccount(ADDRESS)).toMatchObject({
      balance: 5n,
      nonce: mode === 'ganache' ? 0n : 7n,
    })
    expect(await state.getCode(ADDRESS)).toBe('0x6001')
    expect(await client.getBalance({ address: ADDRESS })).toBe(5n)
  })

  test('snapshots are used once, and reverting to one drops the later ones', async () => {
    using state = new StateManager()
    const client = clientOf(state, mode)
    const revertTo = (id: Hex) => request(client, 'evm_revert', [id])
    const first = await client.snapshot()
    await client.setBalance({ address: ADDRESS, value: 1n })
    const second = await client.snapshot()
    await client.setBalance({ address: ADDRESS, value: 2n })
    expect(first).not.toBe(second)
    await client.revert({ id: second })
    expect(await client.getBalance({ address: ADDRESS })).toBe(1n)
    expect(await revertTo(second)).toBe(false)
    await client.setBalance({ address: ADDRESS, value: 3n })
    expect(await revertTo(first)).toBe(true)
    expect(await state.getAccount(ADDRESS)).toBeUndefined()
    expect(await revertTo('0xffff')).toBe(false)
  })
})

test.each(['anvil', 'hardhat'] as const)('in mode %s it sets slots', async (mode) => {
  using state = new StateManager()
  const client = clientOf(state, mode)
  await client.setStorageAt({ address: ADDRESS, index: 3, value: VALUE })
  await client.setStorageAt({ address: ADDRESS, index: SLOT, value: VALUE })
  expect(await state.getStorage(ADDRESS, 3n)).toBe(VALUE)
  expect(await state.getStorage(ADDRESS, SLOT)).toBe(VALUE)
  expect(await client.getStorageAt({ address: ADDRESS, slot: '0x3' })).toBe(VALUE)
})

test('a call between a snapshot and going back to it does no harm', async () => {
  using state = new StateManager()
  const client = clientOf(state, 'anvil')
  await client.setCode({ address: ADDRESS, bytecode: codeOfOpcode('47') })
  const id = await client.snapshot()
  await client.setBalance({ address: ADDRESS, value: 9n })
  expect(BigInt((await client.call({ to: ADDRESS })).data ?? '0x0')).toBe(9n)
  await client.revert({ id })
  expect(BigInt((await client.call({ to: ADDRESS })).data ?? '0x9')).toBe(0n)
})

test('a call runs on the state as it was when it began', async () => {
  using state = new StateManager()
  const client = clientOf(state, 'anvil')
  state.setCode(ADDRESS, codeOfOpcode('47'))
  state.setBalance(ADDRESS, 1n)
  await client.call({ to: ADDRESS })
  const calls = Array.from({ length: 8 }, () => client.call({ to: ADDRESS }))
  const answers = await Promise.all(calls)
  for (const { data } of answers) expect(BigInt(data ?? '0x0')).toBe(1n)
  expect(state.metrics().layers).toBeLessThan(24)
})

test('a state moves between clients as anvil writes it', async () => {
  using state = new StateManager()
  using other = new StateManager()
  state.setBalance(ADDRESS, 5n)
  state.setStorage(ADDRESS, SLOT, VALUE)
  const dumped = await clientOf(state, 'anvil').dumpState()
  await clientOf(other, 'anvil').loadState({ state: dumped })
  expect(await other.getBalance(ADDRESS)).toBe(5n)
  expect(await other.getStorage(ADDRESS, SLOT)).toBe(VALUE)
})

test('mining and impersonating are refused', async () => {
  using state = new StateManager()
  const client = clientOf(state, 'anvil')
  await expect(client.mine({ blocks: 1 })).rejects.toThrow(MethodNotFoundRpcError)
  await expect(client.impersonateAccount({ address: ADDRESS })).rejects.toThrow(
    MethodNotFoundRpcError,
  )
})

function request(
  client: { readonly request: unknown },
  method: string,
  params: readonly unknown[],
): Promise<unknown> {
  return (client.request as (args: object) => Promise<unknown>)({ method, params })
}
