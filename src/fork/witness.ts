/** The parts of an execution witness that a fork keeps, and how they get into its core. */

import type { Hex } from '../encoding/hex.ts'
import { toBytes } from '../encoding/hex.ts'
import type { ForkCore } from '../ffi/fork-core.ts'
import type { BlockHeader } from '../rpc/rpc-client.ts'

/** Trie nodes and codes, each identified by its hash. */
export interface WitnessParts {
  /** RLP of trie nodes. */
  readonly nodes: readonly (Hex | Uint8Array)[]
  readonly codes: readonly (Hex | Uint8Array)[]
}

/** A witness with the header of the block whose state it holds. */
export interface ForkWitness extends WitnessParts {
  readonly header: BlockHeader
}

/**
 * Adds the trie nodes and codes of a witness to the core.
 *
 * @throws InvalidInputError or InvalidHexError at the first malformed one; those before it are
 * kept.
 */
export function insertWitness(core: ForkCore, { nodes, codes }: WitnessParts): void {
  for (const node of nodes) core.trieNodes.insert(core.generation, node)
  for (const code of codes) core.insertCode(core.generation, toBytes(code, 'code'))
}
