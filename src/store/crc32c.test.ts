import { describe, expect, it } from 'vitest'
import { crc32c } from './crc32c.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

describe('crc32c', () => {
  it.each([
    ['nothing', new Uint8Array(0), 0],
    ['the check value of the catalogue', text('123456789'), 0xe3069283],
    ['RFC 3720: 32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
    ['RFC 3720: 32 bytes of ones', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['RFC 3720: 32 bytes, ascending', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
    [
      'RFC 3720: 32 bytes, descending',
      Uint8Array.from({ length: 32 }, (_, at) => 31 - at),
      0x113fdb5c,
    ],
  ])('of %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
  })

  it('of bytes in parts is that of all of them', () => {
    const bytes = text('the quick brown fox jumps over the lazy dog')
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes))
    }
  })
})
