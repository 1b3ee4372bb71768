/** What a fork takes of an execution witness. */

import type { Hex } from '../encoding/hex.ts'
import type { BlockHeader } from '../rpc/rpc-client.ts'

/** Trie nodes and codes, each named by its hash. */
export interface WitnessParts {
  /** RLP of trie nodes. */
  readonly nodes: readonly (Hex | Uint8Array)[]
  readonly codes: readonly (Hex | Uint8Array)[]
}

/** A witness with the header of the block whose state it is of. */
export interface ForkWitness extends WitnessParts {
  readonly header: BlockHeader
}
