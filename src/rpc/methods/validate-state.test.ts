import { describe, expect, it } from 'vitest'
import { ForkStateError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { RpcResponseError } from '../errors.ts'
import type { CallRequest } from '../rpc-client.ts'
import {
  decodeAccessList,
  decodeAccountInfo,
  decodePrestateKeys,
  decodeSlotValue,
  decodeStorageValues,
  encodeCallRequest,
} from './validate-state.ts'

const A: Hex = `0x${'aa'.repeat(20)}`
const B: Hex = `0x${'bb'.repeat(20)}`
const SLOT: Hex = `0x${'0'.repeat(63)}1`
const context = { method: 'm', endpoint: 'http://node.example', place: { block: '7' } }
const slots = new Map<Hex, readonly Hex[]>([
  [A, [SLOT, SLOT]],
  [B, [SLOT]],
])

describe('decodeStorageValues', () => {
  it('takes the accounts in any order and case', () => {
    const answer = { [B]: ['0x0'], [A.toUpperCase().replace('X', 'x')]: [SLOT, '0x2'] }
    const values = decodeStorageValues(answer, { ...context, slots })
    expect([...values]).toEqual([
      [A, [1n, 2n]],
      [B, [0n]],
    ])
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', [[SLOT]]],
    ['an account that is missing', { [A]: [SLOT, SLOT] }],
    ['another account', { [A]: [SLOT, SLOT], [B.replaceAll('b', 'c')]: [SLOT] }],
    ['one account more', { [A]: [SLOT, SLOT], [B]: [SLOT], [B.replaceAll('b', 'c')]: [] }],
    ['a value that is missing', { [A]: [SLOT], [B]: [SLOT] }],
    ['one value more', { [A]: [SLOT, SLOT], [B]: [SLOT, SLOT] }],
    ['a value of 70 digits', { [A]: [SLOT, SLOT], [B]: [`0x${'0'.repeat(70)}`] }],
    ['a value that is null', { [A]: [SLOT, SLOT], [B]: [null] }],
  ])('refuses %s', (_name, answer) => {
    expect(() => decodeStorageValues(answer, { ...context, slots })).toThrow(RpcResponseError)
  })
})

describe('other answers', () => {
  it.each<[string, () => unknown]>([
    ['an account without code', () => decodeAccountInfo({ balance: '0x1', nonce: '0x1' }, context)],
    [
      'a nonce of 2^64',
      () =>
        decodeAccountInfo({ balance: '0x1', nonce: `0x1${'0'.repeat(16)}`, code: '0x' }, context),
    ],
    ['a null slot', () => decodeSlotValue(null, context)],
    ['no slot', () => decodeSlotValue('', context)],
    ['no access list', () => decodeAccessList({}, context)],
    [
      'a short key',
      () => decodeAccessList({ accessList: [{ address: A, storageKeys: ['0x1'] }] }, context),
    ],
    ['a short address', () => decodePrestateKeys({ '0x12': {} }, context)],
    ['an account that is no object', () => decodePrestateKeys({ [A]: 5 }, context)],
  ])('with %s are refused', (_name, decode) => {
    expect(decode).toThrow(RpcResponseError)
  })
})

it('a slot may be empty bytes for zero, as ganache has it', () => {
  expect(decodeSlotValue('0x', context)).toBe(0n)
})

describe('encodeCallRequest', () => {
  it('writes quantities as hex and leaves out what is absent', () => {
    const call = {
      from: A,
      to: undefined,
      data: '0xAB',
      value: 0n,
      gas: 21_000n,
      gasPrice: 7n,
    } as const
    expect(encodeCallRequest(call)).toEqual({
      from: A,
      data: '0xAB',
      value: '0x0',
      gas: '0x5208',
      gasPrice: '0x7',
    })
  })

  it.each<CallRequest>([
    { from: '0x12' },
    { to: `${A}00` },
    { data: '0x1' },
    { data: 'ab' as Hex },
    { value: -1n },
    { value: 2n ** 256n },
    { gas: 1 as unknown as bigint },
  ])('refuses %o', (call) => {
    expect(() => encodeCallRequest(call)).toThrow(ForkStateError)
  })
})
