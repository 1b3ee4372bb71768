import { RLP } from '@ethereumjs/rlp'
import { describe, expect, it } from 'vitest'
import { seededBelow } from '../../test/support/random.ts'
import { decodeRlpList, encodeRlpList, minimalBytes } from './rlp.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const LENGTHS = [0, 1, 2, 54, 55, 56, 57, 255, 256, 1_000, 65_536]

describe('encodeRlpList', () => {
  it('writes what another implementation writes, at every boundary of a length', () => {
    for (const length of LENGTHS) {
      for (const first of [0x00, 0x7f, 0x80, 0xff]) {
        const item = new Uint8Array(length).fill(first)
        for (const items of [[item], [item, bytes(), item], []]) {
          expect(Buffer.compare(encodeRlpList(items), RLP.encode(items))).toBe(0)
        }
      }
    }
  })
})

describe('decodeRlpList', () => {
  it('reads back what was written, as copies', () => {
    const items = LENGTHS.map((length) => new Uint8Array(length).fill(0x80))
    const encoded = encodeRlpList(items)
    const read = decodeRlpList(encoded, 'it')
    encoded.fill(0)
    expect(read).toEqual(items)
  })

  const wrong: readonly (readonly [string, Uint8Array])[] = [
    ['nothing', bytes()],
    ['a string', bytes(0x81, 0x80)],
    ['a list in the list', bytes(0xc1, 0xc0)],
    ['bytes after it', bytes(0xc0, 0x00)],
    ['a list that ends too early', bytes(0xc2, 0x01)],
    ['an item longer than the list', bytes(0xc2, 0x82, 0x01, 0x01)],
    ['a byte below 0x80 with a length before it', bytes(0xc2, 0x81, 0x7f)],
    ['a long length for a short string', bytes(0xc3, 0xb8, 0x01, 0x80)],
    ['a length with a zero before it', bytes(0xf9, 0x00, 0x38, ...new Uint8Array(56).fill(1))],
    ['a length of more than four bytes', bytes(0xfc, 1, 0, 0, 0, 0)],
  ]
  it.each(wrong)('refuses %s', (_, encoded) => {
    expect(() => decodeRlpList(encoded, 'it')).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    )
  })

  it('takes one encoding of a list only: what it takes is written the same', () => {
    const below = seededBelow(28)
    let taken = 0
    for (let round = 0; round < 20_000; round++) {
      const encoded = encodeRlpList([bytes(below(256)), bytes(below(256), 1)])
      encoded[below(encoded.length)] = below(256)
      try {
        const items = decodeRlpList(encoded, 'it')
        taken++
        expect(encodeRlpList(items)).toEqual(encoded)
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_INPUT' })
      }
    }
    expect(taken).toBeGreaterThan(1_000)
  })
})

describe('minimalBytes', () => {
  it('has no zeros before the first digit', () => {
    expect(minimalBytes(0n)).toEqual(bytes())
    expect(minimalBytes(0x7fn)).toEqual(bytes(0x7f))
    expect(minimalBytes(0x100n)).toEqual(bytes(1, 0))
    expect(minimalBytes(2n ** 256n - 1n)).toEqual(new Uint8Array(32).fill(0xff))
  })
})
