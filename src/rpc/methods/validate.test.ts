import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidHexError, InvalidInputError } from '../../diagnostics/errors.ts'
import { ZERO_WORD } from '../../encoding/constants.ts'
import type { Hex } from '../../encoding/hex.ts'
import { RpcResponseError } from '../errors.ts'
import {
  decodeBlock,
  decodeChainId,
  decodeCode,
  decodeProof,
  encodeBlockName,
  encodeBlockRef,
  requireFixedHex,
} from './validate.ts'

const ADDRESS: Hex = '0x90f8bf6a479f320ead074411a4b0e7944ea8c9c1'
const HASH: Hex = `0x${'ab'.repeat(32)}`
const SLOT_1: Hex = `0x${'0'.repeat(63)}1`
const MAX_256 = 2n ** 256n - 1n
const context = {
  method: 'eth_getProof',
  endpoint: 'http://node.example',
  place: { address: ADDRESS, block: '7' },
}
const proofContext = { ...context, address: ADDRESS, slots: [ZERO_WORD, SLOT_1] }
const proofAnswer = {
  address: '0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1',
  balance: '0x3635c9adc5dea00000',
  nonce: '0x5',
  codeHash: HASH.replace('ab', 'AB'),
  storageHash: HASH,
  accountProof: ['0xf901', '0xF8'],
  storageProof: [
    { key: '0x0', value: '0x5', proof: ['0xe2'] },
    { key: SLOT_1, value: `0x${'0'.repeat(62)}2a`, proof: [] },
  ],
}

describe('decodeProof', () => {
  it('takes mixed-case echoes, keys as quantity or padded, and padded values', () => {
    expect(decodeProof(proofAnswer, proofContext)).toEqual({
      address: ADDRESS,
      balance: 1_000n * 10n ** 18n,
      nonce: 5n,
      codeHash: HASH,
      storageHash: HASH,
      accountProof: ['0xf901', '0xf8'],
      storageProof: [
        { key: ZERO_WORD, value: 5n, proof: ['0xe2'] },
        { key: SLOT_1, value: 42n, proof: [] },
      ],
    })
  })

  const entries = proofAnswer.storageProof
  const withValue = (value: unknown) => [entries[0], { ...entries[1], value }]
  it.each<[string, unknown]>([
    ['null', null],
    ['a string', '0x'],
    ['an array', []],
    ['another address', { ...proofAnswer, address: ADDRESS.replace('9', '8') }],
    ['no address', { ...proofAnswer, address: undefined }],
    ['a balance of 70 digits', { ...proofAnswer, balance: `0x${'0'.repeat(70)}` }],
    ['a balance of 65 digits', { ...proofAnswer, balance: `0x1${'0'.repeat(64)}` }],
    ['a decimal balance', { ...proofAnswer, balance: '100' }],
    ['a number as balance', { ...proofAnswer, balance: 100 }],
    ['an empty quantity', { ...proofAnswer, balance: '0x' }],
    ['a binary quantity', { ...proofAnswer, balance: '0b11' }],
    ['a negative quantity', { ...proofAnswer, balance: '-0x1' }],
    ['a quantity with a space', { ...proofAnswer, balance: '0x1 ' }],
    ['no balance', { ...proofAnswer, balance: undefined }],
    ['a nonce of 2^64', { ...proofAnswer, nonce: `0x1${'0'.repeat(16)}` }],
    ['a code hash of 31 bytes', { ...proofAnswer, codeHash: HASH.slice(0, -2) }],
    ['a code hash as quantity', { ...proofAnswer, codeHash: '0x0' }],
    ['a storage hash of 33 bytes', { ...proofAnswer, storageHash: `${HASH}00` }],
    ['a hash that is not hex', { ...proofAnswer, storageHash: `0x${'zz'.repeat(32)}` }],
    ['proof nodes of half bytes', { ...proofAnswer, accountProof: ['0xf'] }],
    ['proof nodes that are no strings', { ...proofAnswer, accountProof: [null] }],
    ['no account proof', { ...proofAnswer, accountProof: undefined }],
    ['a slot too few', { ...proofAnswer, storageProof: [entries[0]] }],
    ['a slot too many', { ...proofAnswer, storageProof: [...entries, entries[0]] }],
    ['slots the other way round', { ...proofAnswer, storageProof: [...entries].reverse() }],
    ['slots as an object', { ...proofAnswer, storageProof: { ...entries } }],
    ['a slot that is null', { ...proofAnswer, storageProof: [entries[0], null] }],
    ['a value of 2^256', { ...proofAnswer, storageProof: withValue(`0x1${'0'.repeat(64)}`) }],
    ['a value that is null', { ...proofAnswer, storageProof: withValue(null) }],
    ['an empty value', { ...proofAnswer, storageProof: withValue('0x') }],
  ])('refuses %s', (_what, answer) => {
    expect(() => decodeProof(answer, proofContext)).toThrow(RpcResponseError)
  })

  it('says what is wrong, where, and shows no endless answer', () => {
    const balance = `0x${'1'.repeat(9_000)}`
    try {
      decodeProof({ ...proofAnswer, balance }, proofContext)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({
        code: 'RPC_RESPONSE',
        address: ADDRESS,
        block: '7',
        method: 'eth_getProof',
      })
      expect((error as Error).message).toMatch(/balance is not a quantity of up to 64 digits/)
      expect((error as Error).message.length).toBeLessThan(600)
    }
    const swapped = { ...proofAnswer, storageProof: [entries[0], entries[0]] }
    expect(() => decodeProof(swapped, proofContext)).toThrow(
      expect.objectContaining({ slot: SLOT_1, details: `expected ${SLOT_1}, got ${ZERO_WORD}` }),
    )
  })

  it('returns every value that fits, however it is padded, and refuses the others', () => {
    const padded = fc.tuple(fc.bigInt({ min: 0n, max: MAX_256 * 32n }), fc.nat(70))
    fc.assert(
      fc.property(padded, ([value, width]) => {
        const digits = value.toString(16).padStart(width, '0')
        const answer = { ...proofAnswer, balance: `0x${digits}` }
        if (value <= MAX_256 && digits.length <= 64) {
          expect(decodeProof(answer, proofContext).balance).toBe(value)
        } else {
          expect(() => decodeProof(answer, proofContext)).toThrow(RpcResponseError)
        }
      }),
    )
  })

  it('never throws anything but a typed error, whatever a field holds', () => {
    const field = fc.constantFrom(...Object.keys(proofAnswer))
    fc.assert(
      fc.property(field, fc.anything(), (name, value) => {
        try {
          decodeProof({ ...proofAnswer, [name]: value }, proofContext)
        } catch (error) {
          expect(error).toBeInstanceOf(RpcResponseError)
        }
      }),
    )
  })
})

describe('decodeBlock', () => {
  const block = {
    number: '0xa',
    hash: HASH,
    stateRoot: HASH,
    parentHash: ZERO_WORD,
    timestamp: '0x65',
    extraData: 5,
  }
  const decode = (answer: unknown, name: bigint | 'latest' | Hex) =>
    decodeBlock(answer, { ...context, block: name })

  it('takes the fields it needs, and null', () => {
    const header = {
      number: 10n,
      hash: HASH,
      stateRoot: HASH,
      parentHash: ZERO_WORD,
      timestamp: 101n,
      fields: {
        number: '0xa',
        hash: HASH,
        stateRoot: HASH,
        parentHash: ZERO_WORD,
        timestamp: '0x65',
      },
    }
    expect(decode(block, 'latest')).toEqual(header)
    expect(decode(block, 10n)).toEqual(header)
    expect(decode(block, HASH.toUpperCase().replace('X', 'x') as Hex)).toEqual(header)
    expect(decode(null, 'latest')).toBeNull()
  })

  it('refuses another block, and fields that are not there', () => {
    expect(() => decode(block, 11n)).toThrow(/expected 11, got 10/)
    expect(() => decode(block, SLOT_1)).toThrow(RpcResponseError)
    expect(() => decode(undefined, 10n)).toThrow(RpcResponseError)
    for (const name of ['number', 'hash', 'stateRoot', 'parentHash', 'timestamp']) {
      expect(() => decode({ ...block, [name]: null }, 'latest')).toThrow(RpcResponseError)
    }
  })
})

describe('decodeCode and decodeChainId', () => {
  it('takes code of whole bytes only, never null', () => {
    expect(decodeCode('0x', context)).toBe('0x')
    expect(decodeCode('0xFE60', context)).toBe('0xfe60')
    expect(decodeCode(`0x${'60'.repeat(500_000)}`, context)).toHaveLength(1_000_002)
    for (const code of [null, undefined, '', '0x6', '60', '0xzz', 0, {}]) {
      expect(() => decodeCode(code, context)).toThrow(RpcResponseError)
    }
  })

  it('takes a chain id as a quantity only', () => {
    expect(decodeChainId('0x7a69', context)).toBe(31_337n)
    for (const id of [31_337, '31337', null, '0x']) {
      expect(() => decodeChainId(id, context)).toThrow(RpcResponseError)
    }
  })
})

describe('arguments', () => {
  it('are lower-cased, and refused if malformed', () => {
    expect(requireFixedHex(proofAnswer.address as Hex, 20, 'address')).toBe(ADDRESS)
    for (const text of ['0x12', ADDRESS.slice(2), `${ADDRESS}00`, ADDRESS.replace('9', 'g')]) {
      expect(() => requireFixedHex(text as Hex, 20, 'address')).toThrow(InvalidHexError)
    }
    expect(() => requireFixedHex(5 as unknown as Hex, 20, 'address')).toThrow(InvalidInputError)
  })

  it('name a block by EIP-1898 object or by number', () => {
    expect(encodeBlockRef({ blockHash: HASH })).toEqual({ blockHash: HASH })
    expect(encodeBlockRef({ blockHash: HASH, requireCanonical: true })).toEqual({
      blockHash: HASH,
      requireCanonical: true,
    })
    expect(encodeBlockRef({ blockNumber: 255n })).toBe('0xff')
    expect(encodeBlockRef({ blockNumber: 0n })).toBe('0x0')
    expect(() => encodeBlockRef({ blockNumber: -1n })).toThrow(InvalidInputError)
    expect(() => encodeBlockRef({ blockNumber: 1 as unknown as bigint })).toThrow(InvalidInputError)
    expect(() => encodeBlockRef({ blockHash: '0x12' })).toThrow(InvalidHexError)
  })

  it('name a header by number, tag or hash', () => {
    const byNumber = 'eth_getBlockByNumber'
    expect(encodeBlockName(16n)).toEqual({ method: byNumber, name: '0x10' })
    expect(encodeBlockName('finalized')).toEqual({ method: byNumber, name: 'finalized' })
    expect(encodeBlockName(HASH)).toEqual({ method: 'eth_getBlockByHash', name: HASH })
    expect(() => encodeBlockName('newest' as 'latest')).toThrow(InvalidHexError)
  })
})
