import { describe, expect, it } from 'vitest'
import { openRecord, RECORD_VERSION, sealRecord } from './record.ts'

const key = { group: Uint8Array.of(1, 2, 3), item: Uint8Array.of(4, 5) }
const payload = Uint8Array.from({ length: 40 }, (_, at) => at)

describe('a record', () => {
  it('opens to what was sealed', () => {
    for (const kind of ['account', 'storage', 'code'] as const) {
      const opened = openRecord(key, sealRecord(key, kind, payload))
      expect(opened).toEqual({ state: 'whole', kind, payload })
    }
  })

  it('is corrupt with any bit flipped, in the record or in its name', () => {
    const record = sealRecord(key, 'storage', payload)
    const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
      const flipped = bytes.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      return flipped
    }
    for (let bit = 0; bit < record.length * 8; bit++) {
      expect(openRecord(key, flip(record, bit)).state).toBe('corrupt')
    }
    for (let bit = 0; bit < 16; bit++) {
      expect(openRecord({ ...key, item: flip(key.item, bit) }, record).state).toBe('corrupt')
      expect(openRecord({ ...key, group: flip(key.group, bit) }, record).state).toBe('corrupt')
    }
  })

  it('is corrupt when cut short, lengthened or empty', () => {
    const record = sealRecord(key, 'storage', payload)
    for (let length = 0; length < record.length; length++) {
      expect(openRecord(key, record.subarray(0, length)).state).toBe('corrupt')
    }
    expect(openRecord(key, Uint8Array.of(...record, 0)).state).toBe('corrupt')
  })

  it('of another version is foreign, not corrupt', async () => {
    const { crc32c } = await import('../crc32c.ts')
    const record = sealRecord(key, 'storage', payload)
    record[0] = RECORD_VERSION + 1
    const before = crc32c(key.item, crc32c(key.group))
    const checksum = crc32c(record.subarray(0, -4), before)
    new DataView(record.buffer).setUint32(record.length - 4, checksum)
    expect(openRecord(key, record).state).toBe('other-version')
  })
})
