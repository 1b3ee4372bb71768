/**
 * CRC-32C (Castagnoli), the checksum of iSCSI, ext4 and Btrfs. It detects every burst of up to 32
 * flipped bits, and misses about one in four billion other errors. It does not protect against
 * forgery.
 */

/** The polynomial 0x1edc6f41 with its bits reversed. */
const POLYNOMIAL = 0x82f63b78

/**
 * `TABLES[k][b]`: the effect of byte `b` followed by `k` zero bytes, to process four bytes at a
 * time.
 */
const TABLES = buildTables()

function buildTables(): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    return crc
  })
  const next = (table: Uint32Array): Uint32Array =>
    table.map((crc) => (crc >>> 8) ^ (first[crc & 0xff] as number))
  const second = next(first)
  const third = next(second)
  return [first, second, third, next(third)]
}

/**
 * The checksum of bytes.
 *
 * @param before The checksum of the bytes before these, to continue from it.
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const [first, second, third, fourth] = TABLES
  const quads = bytes.length & ~3
  let crc = ~before
  let at = 0
  for (; at < quads; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    crc =
      (fourth[crc & 0xff] as number) ^
      (third[(crc >>> 8) & 0xff] as number) ^
      (second[(crc >>> 16) & 0xff] as number) ^
      (first[crc >>> 24] as number)
  }
  for (; at < bytes.length; at++) {
    crc = (crc >>> 8) ^ (first[(crc ^ (bytes[at] as number)) & 0xff] as number)
  }
  return ~crc >>> 0
}
