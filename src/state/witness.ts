/**
 * Execution witnesses: the trie nodes and codes that prove the part of a state that an execution
 * needs, in the format of `debug_executionWitness`.
 *
 * Trie nodes and codes are identified by their hashes, so a witness needs no trust beyond the state
 * root. The last header is that of the block whose state it proves.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import { ZERO_WORD } from '../encoding/constants.ts'
import type { Hex } from '../encoding/hex.ts'
import { toBytes, toHex } from '../encoding/hex.ts'
import type { Engine } from '../ffi/engine.ts'
import { frameOf } from '../ffi/frame.ts'
import { LimitExceededError } from '../ffi/status.ts'
import type { BlockState } from '../fork/block/block-reader.ts'
import { decodeHeader } from '../fork/block/header.ts'
import type { TrustOptions } from '../fork/block/verify-options.ts'
import { resolveVerify } from '../fork/block/verify-options.ts'
import { WHOLE_STATE } from '../fork/fetch/waiting-reads.ts'
import { Fork } from '../fork/fork.ts'
import { ForkEvents } from '../fork/fork-events.ts'
import {
  DEFAULT_MAX_CACHE_BYTES,
  DEFAULT_MAX_CACHE_SIZE,
  splitCache,
} from '../fork/fork-options.ts'
import { WitnessClient } from '../fork/witness-client.ts'
import type { BlockHeader } from '../rpc/rpc-client.ts'
import { witnessOf } from './attempts.ts'
import type { ManagerParts } from './parts.ts'
import { readRooted } from './proofs.ts'

/** A witness as input. */
export interface ExecutionWitness {
  /** RLP of trie nodes, of the state trie and of storage tries, in any order. */
  readonly nodes: readonly (Hex | Uint8Array)[]
  readonly codes: readonly (Hex | Uint8Array)[]
  /**
   * RLP of block headers. The last is that of the block whose state this is; ancestors precede it.
   */
  readonly headers: readonly (Hex | Uint8Array)[]
}

/** A witness that was collected. */
export interface CollectedWitness extends ExecutionWitness {
  readonly nodes: readonly Hex[]
  readonly codes: readonly Hex[]
  /**
   * The header of the pinned block, preceded by those that BLOCKHASH needed. Empty if the header is
   * unknown or does not match the block's hash.
   */
  readonly headers: readonly Hex[]
}

/**
 * A fork backed only by a witness.
 *
 * @throws InvalidInputError, InvalidHexError or HeaderError if the witness is malformed or does not
 *   belong to the trusted block.
 */
export function forkOfWitness(
  witness: ExecutionWitness,
  { ffi, ...trust }: TrustOptions & { readonly ffi: Engine },
): Fork {
  const { nodes, codes } = requireWitness(witness)
  const headers = decodedHeaders(witness, ffi)
  const header = headers.at(-1) ?? headerOfRoot(trust)
  return new Fork({
    client: new WitnessClient(header, headers),
    closesClient: false,
    target: header.hash,
    maxEntries: DEFAULT_MAX_CACHE_SIZE,
    ...splitCache(DEFAULT_MAX_CACHE_BYTES),
    engine: ffi,
    store: undefined,
    verify: resolveVerify({ ...trust, verify: true }),
    events: new ForkEvents(undefined),
    signal: undefined,
    witness: { header, nodes, codes },
  })
}

/**
 * Adds the trie nodes and codes of a witness to a fork.
 *
 * @throws InvalidInputError if nothing is forked, or if the witness is malformed or belongs to
 *   another block; and as a `get`.
 */
export async function loadWitness({ fork, core }: ManagerParts, witness: ExecutionWitness) {
  const parts = requireWitness(witness)
  const headers = decodedHeaders(witness, core.engine)
  const header = headers.at(-1)
  if (fork === undefined) {
    throw new InvalidInputError('loadWitness: nothing is forked', {
      hint: 'create the manager with `witness` or `rpcClient`',
    })
  }
  const block = await fork.ready()
  if (header !== undefined) requireSame(header, block)
  fork.insertWitness(parts)
  ;(await fork.ancestors()).add(headers)
}

/**
 * The proof of everything that was read from the chain, and of what the state root needs.
 *
 * @throws LimitExceededError if a value that was read has since left the cache; and as a `get`.
 */
export async function collectWitness(
  reader: object,
  parts: ManagerParts,
): Promise<CollectedWitness> {
  const { fork } = parts
  if (fork === undefined) throw new InvalidInputError('collectWitness: nothing is forked')
  const read = { attempt: witnessOf, key: WHOLE_STATE }
  const { nodes, codes, isComplete } = await readRooted(reader, parts, read)
  if (!isComplete) {
    throw new LimitExceededError('a value that was read has since left the cache', {
      hint: 'repeat the run on a new manager with larger maxCacheSize and maxCacheBytes, and do not clear it',
    })
  }
  const { headerRlp } = fork
  const earlier = headerRlp === undefined ? [] : (await fork.ancestors()).headerRlps()
  return {
    nodes: nodes.map((trieNode) => toHex(trieNode)),
    codes: codes.map((code) => toHex(code)),
    headers: headerRlp === undefined ? [] : [...earlier, headerRlp].map((rlp) => toHex(rlp)),
  }
}

function requireWitness(witness: ExecutionWitness): ExecutionWitness {
  const given: Partial<ExecutionWitness> = typeof witness === 'object' ? (witness ?? {}) : {}
  for (const name of ['nodes', 'codes', 'headers'] as const) {
    if (!Array.isArray(given[name]))
      throw new InvalidInputError(`a witness needs an array \`${name}\``)
  }
  return witness
}

function decodedHeaders({ headers }: ExecutionWitness, engine: Engine): readonly BlockHeader[] {
  const frame = frameOf(engine)
  const keccak256 = (data: Uint8Array): Hex => frame.keccak256(data)
  return headers.map((rlp) => decodeHeader(toBytes(rlp, 'a header'), keccak256))
}

/** A header for a block of which only the state root is known. */
function headerOfRoot({ trustedStateRoot, trustedBlockHash }: TrustOptions): BlockHeader {
  if (trustedStateRoot === undefined) {
    throw new InvalidInputError('the witness has no header, so its state root is unknown', {
      hint: 'add the header of its block, or pass trustedStateRoot',
    })
  }
  const unknown = ZERO_WORD
  return {
    number: 0n,
    hash: trustedBlockHash ?? unknown,
    stateRoot: trustedStateRoot,
    parentHash: unknown,
    timestamp: 0n,
  }
}

function requireSame(header: BlockHeader, block: BlockState): void {
  if (header.hash === block.hash) return
  throw new InvalidInputError('the witness belongs to another block', {
    block: block.hash,
    details: `its last header is that of block ${header.number}, ${header.hash}`,
  })
}
