import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../diagnostics/errors.ts'
import { isZeroWord, readUint256, writeUint64, writeUint256 } from './integer.ts'

const view = new DataView(new ArrayBuffer(48))
const MAX_UINT256 = 2n ** 256n - 1n
const edges = [0n, 1n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 128n, 2n ** 192n, 2n ** 255n, MAX_UINT256]
const anyUint256 = fc.oneof(
  fc.constantFrom(...edges),
  fc.bigInt({ min: 0n, max: MAX_UINT256 }),
  // One limb set: each of the short cuts.
  fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(3)).map(([limb, at]) => {
    return limb << BigInt(at * 64)
  }),
)

describe('256-bit integers', () => {
  it('come back as they were written, as big-endian bytes', () => {
    fc.assert(
      fc.property(anyUint256, (value) => {
        new Uint8Array(view.buffer).fill(0xee)
        writeUint256(value, 'value', view, 8)
        const bytes = Buffer.from(view.buffer)
        expect(bytes.toString('hex', 8, 40)).toBe(value.toString(16).padStart(64, '0'))
        expect(bytes.toString('hex', 40)).toBe('ee'.repeat(8))
        expect(readUint256(view, 8)).toBe(value)
        expect(isZeroWord(view, 8)).toBe(value === 0n)
      }),
    )
  })

  it.each([-1n, 2n ** 256n, 2n ** 300n, 10n ** 70n * 10n ** 10n])('refuse %s', (value) => {
    expect(() => writeUint256(value, 'balance', view, 0)).toThrow(InvalidInputError)
  })

  it.each([1, '1', null, undefined, {}])('refuse %j, which is no bigint', (value) => {
    expect(() => writeUint256(value as bigint, 'balance', view, 0)).toThrow(/must be a bigint/)
  })
})

describe('64-bit integers', () => {
  it('are written big-endian and never wrap', () => {
    writeUint64(2n ** 64n - 1n, 'nonce', view, 0)
    expect(view.getBigUint64(0)).toBe(2n ** 64n - 1n)
    expect(() => writeUint64(2n ** 64n, 'nonce', view, 0)).toThrow(/from 0 to 2\^64 - 1/)
    expect(() => writeUint64(-1n, 'nonce', view, 0)).toThrow(InvalidInputError)
    expect(() => writeUint64(1 as unknown as bigint, 'nonce', view, 0)).toThrow(InvalidInputError)
  })
})
