/**
 * Hashes and words that the Ethereum state gives a meaning of its own, written here once. The core
 * computes its own when it is compiled.
 */

import type { Hex } from './hex.ts'

/** keccak-256 of zero bytes: the code hash of an account without code. */
export const EMPTY_CODE_HASH: Hex =
  '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

/** Root of an empty Merkle Patricia trie: the storage root of an account without storage. */
export const EMPTY_ROOT: Hex = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

/** 32 zero bytes: the value of an unset slot, and a hash where there is nothing to hash. */
export const ZERO_WORD: Hex = `0x${'00'.repeat(32)}`
