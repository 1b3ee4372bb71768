import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { destroyLater, endForkWorlds, makeForkWorld } from '../../../test/support/fork-world.ts'
import { word } from '../../../test/support/sample-keys.ts'
import type { Hex } from '../../encoding/hex.ts'
import { toBytes, toHex } from '../../encoding/hex.ts'
import { StateManager } from '../state-manager.ts'
import { fromAnvilState, toAnvilState } from './anvil-state.ts'

const A = '0x00000000000000000000000000000000000000aa'
const B = '0x00000000000000000000000000000000000000bb'

afterEach(endForkWorlds)

const textOf = (state: Hex): string => gunzipSync(toBytes(state, 'state')).toString()
const stateOf = (accounts: unknown): Uint8Array =>
  new TextEncoder().encode(typeof accounts === 'string' ? accounts : JSON.stringify({ accounts }))

describe('a state for anvil', () => {
  it('has whole accounts, and long nonces as numbers', async () => {
    const state = destroyLater(new StateManager())
    expect(JSON.parse(textOf(await toAnvilState(state)))).toMatchObject({ accounts: {} })
    state.setNonce(A, 2n ** 64n - 1n)
    state.setStorage(A, 1n, 2n)
    state.deleteAccount(B)
    expect(textOf(await toAnvilState(state))).toContain(
      `"accounts":{"${A}":{"nonce":18446744073709551615,"balance":"0x0","code":"0x",` +
        `"storage":{"${word(1)}":"${word(2)}"}},` +
        `"${B}":{"nonce":0,"balance":"0x0","code":"0x","storage":{}}},`,
    )
  })

  it('has what a fork holds in the fields that were not written', async () => {
    const { fork, address } = await makeForkWorld()
    fork.setBalance(address, 6n)
    const { accounts } = JSON.parse(textOf(await toAnvilState(fork)))
    expect(accounts).toEqual({
      [address]: { nonce: 2, balance: '0x6', code: '0x6001', storage: {} },
    })
  })

  it('is refused where it could not say that storage is gone', async () => {
    const { fork, address } = await makeForkWorld()
    fork.clearStorage(A)
    fork.setStorage(A, 1n, 1n)
    await toAnvilState(fork)
    fork.deleteAccount(address)
    await toAnvilState(fork)
    fork.setBalance(address, 1n)
    await expect(toAnvilState(fork)).rejects.toMatchObject({ code: 'INVALID_INPUT', address })
  })
})

describe('a state of anvil', () => {
  it('comes back as it went, gzipped or not, as hex or bytes', async () => {
    const state = destroyLater(new StateManager())
    state.setNonce(A, 2n ** 64n - 1n)
    state.setCode(A, '0x6001')
    state.setStorage(A, 1n, 2n)
    state.setBalance(B, 2n ** 255n)
    const exported = await toAnvilState(state)
    const json = new TextEncoder().encode(textOf(exported))
    for (const form of [exported, toBytes(exported, 'state'), json, toHex(json)]) {
      const other = destroyLater(new StateManager())
      other.load(await fromAnvilState(form))
      expect(other.peekAccount(A)).toEqual(state.peekAccount(A))
      expect(other.peekBalance(B)).toBe(2n ** 255n)
      expect(other.peekStorage(A, 1n)).toBe(word(2))
    }
  })

  it('may leave out zeros before words, as older versions did', async () => {
    const record = { nonce: 1, balance: '0x1', code: '0x', storage: { '0x1': '0x02' } }
    const dump = await fromAnvilState(stateOf({ [A]: record }))
    expect(dump.accounts[A]?.storage).toEqual({ [word(1)]: word(2) })
  })

  const good = { nonce: 0, balance: '0x0', code: '0x', storage: {} }
  it.each<readonly [string, Hex | Uint8Array, string]>([
    ['nothing', '0x', 'INVALID_INPUT'],
    ['half a byte', '0x1', 'INVALID_HEX'],
    ['no JSON', stateOf('state'), 'INVALID_INPUT'],
    ['no UTF-8', Uint8Array.of(0xff, 0xff), 'INVALID_INPUT'],
    [
      'a gzip cut short',
      new Uint8Array(gzipSync('{"accounts":{}}').subarray(0, 20)),
      'INVALID_INPUT',
    ],
    ['no accounts', stateOf('{}'), 'INVALID_INPUT'],
    ['a list', stateOf([]), 'INVALID_INPUT'],
    ['a negative nonce', stateOf({ [A]: { ...good, nonce: -1 } }), 'INVALID_HEX'],
    [
      'a nonce of 65 bits',
      stateOf(`{"accounts":{"${A}":{"nonce":18446744073709551616}}}`),
      'INVALID_INPUT',
    ],
    ['a balance that is no hex', stateOf({ [A]: { ...good, balance: 1 } }), 'INVALID_HEX'],
    [
      'a long word',
      stateOf({ [A]: { ...good, storage: { [`${word(1)}00`]: '0x1' } } }),
      'INVALID_HEX',
    ],
    ['an address that is none', stateOf({ '0x1': good }), 'INVALID_HEX'],
  ])('is refused for %s', async (_, state, code) => {
    await expect(fromAnvilState(state)).rejects.toMatchObject({ code })
  })

  it('is refused if it unpacks to more than fits', async () => {
    const maxBytes = 2 ** 20
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(2 * maxBytes, 0x20)))
    expect(bomb.length).toBeLessThan(maxBytes / 100)
    const limited = fromAnvilState(bomb, { maxBytes })
    await expect(limited).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  })
})
