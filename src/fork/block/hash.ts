/** Hashes as clients answer them: 32 bytes as hex of either case, kept in lower case here. */

import type { Hex } from '../../encoding/hex.ts'

export function isHash(text: unknown): text is Hex {
  return typeof text === 'string' && /^0x[0-9a-f]{64}$/i.test(text)
}

export function lowerCase(text: Hex): Hex {
  return text.toLowerCase() as Hex
}
