/**
 * Roots and proofs of the local state, with all local writes.
 *
 * All parts of a proof are read in one attempt, so that they belong to one state, whatever is
 * written meanwhile. Over a fork they need trie nodes, which are fetched like values.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import { EMPTY_CODE_HASH } from '../encoding/constants.ts'
import type { Hex } from '../encoding/hex.ts'
import { ADDRESS_BYTES, toHex, WORD_BYTES, writeFixed } from '../encoding/hex.ts'
import { writeUint256 } from '../encoding/integer.ts'
import type { AddressLike, SlotLike } from '../ffi/arguments.ts'
import type { ManagerCore } from '../ffi/manager-core.ts'
import { RpcPendingError } from '../ffi/status.ts'
import type { Attempt, ReadKey } from '../fork/fetch/waiting-reads.ts'
import type { EthProof, StorageProof } from '../rpc/rpc-client.ts'
import type { ManagerParts } from './parts.ts'

/** Requests that one root or proof may wait for in sequence: at most a few per deletion. */
const MAX_ROUNDS = 65_536
/** Maximum of slots in one proof. */
export const MAX_PROOF_SLOTS = 16_384

/** Reads a value that needs the state root of the pinned block. */
export async function readRooted<Value>(
  reader: object,
  { core, fork }: ManagerParts,
  read: { readonly attempt: Attempt<Value>; readonly key: ReadKey },
): Promise<Value> {
  if (fork !== undefined && !core.isDestroyed) {
    do await fork.rooted()
    while (!fork.isReady)
  }
  const value = read.attempt(core, read.key)
  if (value !== undefined) return value
  if (fork === undefined) throw new RpcPendingError('a trie node is unknown and nothing is forked')
  return fork.read({ reader, core, ...read, maxRounds: MAX_ROUNDS })
}

/**
 * An attempt at the proof of an account and of slots of it.
 *
 * @throws InvalidInputError if there are more slots than {@link MAX_PROOF_SLOTS}.
 */
export function proofAttempt(slots: readonly SlotLike[]): Attempt<EthProof> {
  if (slots.length > MAX_PROOF_SLOTS) {
    throw new InvalidInputError(`at most ${MAX_PROOF_SLOTS} slots can be proven at once`, {
      details: `got ${slots.length}`,
    })
  }
  const keys = slots.map((slot) => wordOf(slot))
  return (core, { address }) => {
    const account = core.reads.account(address, 'get')
    const storageHash = core.roots.storageRoot(address, 'get')
    const accountProof = core.roots.accountProof(address, 'get')
    const storageProof = keys.map((key) => slotProof(core, address, key))
    const isKnown = account !== undefined && storageHash !== undefined
    if (!isKnown || accountProof === undefined || !storageProof.every(isDefined)) return undefined
    const { balance = 0n, nonce = 0n, codeHash = EMPTY_CODE_HASH } = account ?? {}
    return {
      address: addressOf(address),
      balance,
      nonce,
      codeHash,
      storageHash,
      accountProof: accountProof.map((trieNode) => toHex(trieNode)),
      storageProof,
    }
  }
}

function slotProof(core: ManagerCore, address: AddressLike, key: Hex): StorageProof | undefined {
  const value = core.reads.storage(address, key, 'get')
  const trieNodes = core.roots.storageProof(address, key, 'get')
  if (value === undefined || trieNodes === undefined) return undefined
  return { key, value: BigInt(value), proof: trieNodes.map((trieNode) => toHex(trieNode)) }
}

function isDefined<Value>(value: Value | undefined): value is Value {
  return value !== undefined
}

function wordOf(slot: SlotLike): Hex {
  const bytes = new Uint8Array(WORD_BYTES)
  if (typeof slot === 'bigint') writeUint256(slot, 'slot', new DataView(bytes.buffer), 0)
  else writeFixed(slot, WORD_BYTES, 'slot', bytes, 0)
  return toHex(bytes)
}

function addressOf(address: AddressLike): Hex {
  const bytes = new Uint8Array(ADDRESS_BYTES)
  writeFixed(address, ADDRESS_BYTES, 'address', bytes, 0)
  return toHex(bytes)
}
