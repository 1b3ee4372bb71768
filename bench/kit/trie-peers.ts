/**
 * What the trie work is compared with: `@ethereumjs/mpt` as it comes, and with the keccak256 of
 * forkstate in place of its JavaScript, so that what is left is the work on the trie.
 */

import { coreKeccak256 } from '../../src/ethereumjs.ts'
import type { Keccak256 } from './block-cases.ts'

export interface TriePeer {
  readonly name: string
  /** Default: that of the peer. */
  readonly keccak256?: Keccak256
}

/** Both of them; the hash is that of the bundled WebAssembly. */
export function triePeers(): readonly TriePeer[] {
  return [
    { name: '@ethereumjs/mpt' },
    { name: '@ethereumjs/mpt, hash of forkstate', keccak256: coreKeccak256() },
  ]
}
