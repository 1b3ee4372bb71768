import { describe, expect, it } from 'vitest'
import { word } from '../../../test/support/sample-keys.ts'
import { StateManager } from '../state-manager.ts'
import type { StateOverride } from './state-override.ts'
import { fromStateOverride, toStateOverride } from './state-override.ts'

const A = '0x00000000000000000000000000000000000000aa'
const B = '0x00000000000000000000000000000000000000bb'
const C = '0x00000000000000000000000000000000000000cc'

describe('a dump as a state override', () => {
  it('gives single slots as stateDiff, and cleared storage as state', () => {
    using state = new StateManager()
    state.setBalance(A, 255n)
    state.setNonce(A, 0n)
    state.setCode(A, '0x6001')
    state.setStorage(A, 1n, 0n)
    state.clearStorage(B)
    state.setStorage(B, 1n, 2n)
    state.deleteAccount(C)
    expect(toStateOverride(state.dump())).toEqual({
      [A]: { balance: '0xff', nonce: '0x0', code: '0x6001', stateDiff: { [word(1)]: word(0) } },
      [B]: { state: { [word(1)]: word(2) } },
      [C]: { balance: '0x0', nonce: '0x0', code: '0x', state: {} },
    })
  })

  it('is refused if it is none', () => {
    expect(() => toStateOverride({} as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    )
  })
})

describe('a state override as a dump', () => {
  it('says the same', () => {
    const override: StateOverride = {
      [A]: { balance: '0xff', stateDiff: { [word(1)]: word(2) } },
      [B]: { nonce: '0x1', state: {} },
      [C]: {},
    }
    using state = new StateManager()
    state.setStorage(A, 9n, 9n)
    state.setStorage(B, 9n, 9n)
    state.load(fromStateOverride(override))
    expect(state.peekBalance(A)).toBe(255n)
    expect(state.peekStorage(A, 1n)).toBe(word(2))
    expect(state.peekStorage(A, 9n)).toBe(word(9))
    expect(state.peekStorage(B, 9n)).toBe(word(0))
    expect(state.peekNonce(B)).toBe(1n)
    expect(state.peekAccount(C)).toBeNull()
    const { [C]: _, ...said } = override
    expect(toStateOverride(fromStateOverride(override))).toEqual(said)
  })

  it.each<readonly [string, unknown, string]>([
    ['nothing', null, 'INVALID_INPUT'],
    ['the shape of viem', [{ address: A, balance: '0x1' }], 'INVALID_INPUT'],
    ['both states', { [A]: { state: {}, stateDiff: {} } }, 'INVALID_INPUT'],
    ['a moved precompile', { [A]: { movePrecompileToAddress: B } }, 'INVALID_INPUT'],
    ['an address that is none', { '0x1': { balance: '0x1' } }, 'INVALID_HEX'],
    ['a slot that is not 32 bytes', { [A]: { state: { '0x1': word(1) } } }, 'INVALID_HEX'],
    ['a balance in decimal', { [A]: { balance: '100' } }, 'INVALID_HEX'],
    ['null for code', { [A]: { code: null } }, 'INVALID_HEX'],
  ])('is refused for %s', (_, override, code) => {
    expect(() => fromStateOverride(override as StateOverride)).toThrow(
      expect.objectContaining({ code }),
    )
  })
})
