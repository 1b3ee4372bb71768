/**
 * Typed calls about the trie nodes of one fork backend: checks of proofs, nodes that come in, and
 * answers to requests for nodes.
 *
 * The core checks a proof for the key it is asked about and remembers the nodes of a sound one; it
 * adds no fact, which is the caller's next step. A generation that is over gives `'stale'`, `false`
 * or `undefined`, and is no error.
 */

import type { Hex } from '../encoding/hex.ts'
import { type ADDRESS_BYTES, toBytes, toHex, WORD_BYTES, writeFixed } from '../encoding/hex.ts'
import { writeUint64, writeUint256 } from '../encoding/integer.ts'
import { InvalidInputError } from '../errors.ts'
import type { CoreFunctions, Status } from './abi.gen.ts'
import {
  ACCOUNT_ABSENT,
  ACCOUNT_EMPTY,
  ACCOUNT_FIELDS_BALANCE,
  ACCOUNT_FIELDS_BYTES,
  ACCOUNT_FIELDS_CODE_HASH,
  ACCOUNT_FIELDS_KNOWN,
  ACCOUNT_FIELDS_NONCE,
  ACCOUNT_FIELDS_PRESENCE,
  ACCOUNT_FIELDS_STORAGE_ROOT,
  ACCOUNT_KNOWS_BALANCE,
  ACCOUNT_KNOWS_CODE_HASH,
  ACCOUNT_KNOWS_NONCE,
  ACCOUNT_KNOWS_STORAGE_ROOT,
  ACCOUNT_LIVE,
  ACCOUNT_UNKNOWN,
  FORK_STATS_GENERATION,
  PROOF_OUTCOME_DEPTH,
  PROOF_OUTCOME_FAULT,
  PROOF_OUTCOME_PRESENCE,
  STATE_MANAGER_ERROR_MISSING_TRIE_NODE,
  STATE_MANAGER_ERROR_PROOF_INVALID,
  STATE_MANAGER_ERROR_STALE_REQUEST,
  STATE_MANAGER_NULL_HANDLE,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import type { Engine } from './engine.ts'
import type { Frame } from './frame.ts'
import { frameOf } from './frame.ts'
import type { NodeList } from './node-list.ts'
import { writeNodes } from './node-list.ts'
import type { ProofFailure } from './proof-faults.ts'
import { faultNamed } from './proof-faults.ts'
import { statusError } from './status.ts'

const ACCOUNT_KNOWS_FIELDS = ACCOUNT_KNOWS_BALANCE | ACCOUNT_KNOWS_NONCE | ACCOUNT_KNOWS_CODE_HASH

/** Names an open request. */
export interface RequestName {
  readonly id: number
  readonly generation: number
}

/** Whether an account is in the state; one that is `empty` is. */
export type Presence = 'absent' | 'empty' | 'live'

/** All fields of an account at the pinned block. */
export interface AccountFact {
  readonly balance: bigint
  readonly nonce: bigint
  readonly codeHash: Hex
  /** Undefined where a node without proofs did not say. */
  readonly storageHash?: Hex | undefined
  /** As proven; left out, an account none of whose fields is set is absent. */
  readonly presence?: Presence | undefined
}

/** What a check of an account's proof found. */
export type AccountCheck =
  | { readonly presence: Presence }
  | { readonly failure: ProofFailure }
  | 'stale'

/** What a check of a slot's proof found. */
export type StorageCheck = 'proven' | { readonly failure: ProofFailure } | 'stale'

const PRESENCES = {
  absent: ACCOUNT_ABSENT,
  empty: ACCOUNT_EMPTY,
  live: ACCOUNT_LIVE,
} satisfies Record<Presence, number>

/** A path of nibbles, as hex digits without 0x. */
const PATH = /^[0-9a-f]{0,64}$/
const PATH_CHARS = WORD_BYTES * 2

/** The part of a fork backend that knows trie nodes; `ForkCore` has all of it. */
export abstract class ForkNodes {
  readonly engine: Engine
  protected readonly frame: Frame
  protected readonly functions: CoreFunctions
  protected ownHandle: number = STATE_MANAGER_NULL_HANDLE

  protected constructor(engine: Engine) {
    this.engine = engine
    this.frame = frameOf(engine)
    this.functions = engine.functions
  }

  /** For making a manager over it. */
  get handle(): number {
    return this.ownHandle
  }

  /** The present generation: answers to earlier ones are dropped. */
  get generation(): number {
    const { frame, functions } = this
    this.check(functions.fork_backend_stats(this.handle, frame.struct), 'reading the generation')
    return frame.counter(FORK_STATS_GENERATION)
  }

  /**
   * Says the state root of the pinned block, once a generation; false if that is over.
   *
   * @throws InvalidInputError if another root was said before.
   */
  setStateRoot(generation: number, root: Hex): boolean {
    const { frame } = this
    writeFixed(root, WORD_BYTES, 'state root', frame.bytes, frame.hash)
    return this.wasTaken(
      this.functions.fork_backend_set_state_root(this.handle, generation, frame.hash),
      'setting the state root',
    )
  }

  /**
   * Checks a proof of an account under the state root, and what is claimed of it against the leaf.
   *
   * @throws InvalidHexError or InvalidInputError if an argument is not what it should be.
   * @throws RpcPendingError before {@link ForkNodes.setStateRoot}.
   */
  checkAccount(
    generation: number,
    address: Hex,
    claim: AccountFact,
    proof: NodeList,
  ): AccountCheck {
    const { frame, functions, handle } = this
    const list = writeNodes(frame, proof)
    this.writeAccount(claim)
    frame.writeAddress(address)
    const outcome = frame.struct + ACCOUNT_FIELDS_BYTES
    const result = functions.fork_backend_check_account(
      handle,
      generation,
      frame.address,
      frame.struct,
      list.pointer,
      list.byteLength,
      outcome,
    )
    const status = frame.settle(result)
    if (status !== STATE_MANAGER_SUCCESS) return this.#refusal(status, outcome)
    const presence = frame.view.getUint32(outcome + PROOF_OUTCOME_PRESENCE, true)
    return { presence: presenceNamed(presence) }
  }

  /** Checks a proof of a slot's value under a storage root that was proven; zero is an empty one. */
  checkStorage(
    generation: number,
    storageRoot: Hex,
    slot: Hex,
    claim: bigint,
    proof: NodeList,
  ): StorageCheck {
    const { frame, functions, handle } = this
    const list = writeNodes(frame, proof)
    writeFixed(storageRoot, WORD_BYTES, 'storage root', frame.bytes, frame.hash)
    frame.writeSlot(slot)
    writeUint256(claim, 'value', frame.view, frame.value)
    const result = functions.fork_backend_check_storage(
      handle,
      generation,
      frame.hash,
      frame.slot,
      frame.value,
      list.pointer,
      list.byteLength,
      frame.struct,
    )
    const status = frame.settle(result)
    return status === STATE_MANAGER_SUCCESS ? 'proven' : this.#refusal(status, frame.struct)
  }

  #refusal(status: Status, outcome: number): 'stale' | { readonly failure: ProofFailure } {
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return 'stale'
    if (status !== STATE_MANAGER_ERROR_PROOF_INVALID) throw statusError(status, 'checking a proof')
    const { view } = this.frame
    const fault = faultNamed(view.getUint32(outcome + PROOF_OUTCOME_FAULT, true))
    return { failure: { fault, depth: view.getUint32(outcome + PROOF_OUTCOME_DEPTH, true) } }
  }

  /**
   * Adds a trie node that is never evicted: its hash, or undefined if the generation is over.
   *
   * @throws InvalidInputError if it is no trie node in canonical RLP.
   */
  insertNode(generation: number, node: Hex | Uint8Array): Hex | undefined {
    const { frame } = this
    const bytes = toBytes(node, 'trie node')
    const pointer = frame.reserve(bytes.length)
    frame.bytes.set(bytes, pointer)
    const status = frame.settle(
      this.functions.fork_backend_insert_trie_node(
        this.handle,
        generation,
        pointer,
        bytes.length,
        frame.hash,
      ),
    )
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return undefined
    if (status === STATE_MANAGER_ERROR_PROOF_INVALID) {
      throw new InvalidInputError(
        'a trie node must be canonical RLP of a branch, leaf or extension',
      )
    }
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, 'adding a trie node')
    return toHex(frame.bytes, frame.hash, frame.hash + WORD_BYTES)
  }

  /** Whether the node with this hash is known. */
  hasNode(hash: Hex): boolean {
    const { frame, functions } = this
    writeFixed(hash, WORD_BYTES, 'hash', frame.bytes, frame.hash)
    const result = functions.fork_backend_has_trie_node(this.handle, frame.hash, frame.length)
    this.check(result, 'looking for a trie node')
    return frame.view.getUint32(frame.length, true) === 1
  }

  /**
   * Closes a request for a proof or a node; `missing`, leaving it open, if what it asks for is not
   * there.
   */
  provideNodes({ id, generation }: RequestName): 'taken' | 'dropped' | 'missing' {
    const status = this.frame.settle(
      this.functions.fork_backend_provide_trie_nodes(this.handle, generation, id),
    )
    if (status === STATE_MANAGER_SUCCESS) return 'taken'
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return 'dropped'
    if (status === STATE_MANAGER_ERROR_MISSING_TRIE_NODE) return 'missing'
    throw statusError(status, 'adding trie nodes')
  }

  /**
   * Makes the node of a `node` request from a proof of the changed key at a later block; it is known
   * by its hash. True if it was made.
   */
  rebuildSibling({ id, generation }: RequestName, proof: NodeList): boolean {
    const { pointer, byteLength } = writeNodes(this.frame, proof)
    const status = this.frame.settle(
      this.functions.fork_backend_rebuild_sibling(this.handle, generation, id, pointer, byteLength),
    )
    if (status === STATE_MANAGER_SUCCESS) return true
    if (status === STATE_MANAGER_ERROR_MISSING_TRIE_NODE) return false
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return false
    throw statusError(status, 'recovering a trie node')
  }

  /**
   * Looks for a key whose keccak256 begins with a path of nibbles (hex digits without 0x), among
   * `tries` numbers from `first` on; undefined if none does.
   *
   * @throws LimitExceededError beyond `FORKSTATE_MAX_PREIMAGE_TRIES`.
   */
  findPreimage(
    path: string,
    keyBytes: typeof ADDRESS_BYTES | typeof WORD_BYTES,
    first: bigint,
    tries: number,
  ): { readonly key: Hex; readonly counter: bigint } | undefined {
    const { frame } = this
    if (!PATH.test(path)) throw new InvalidInputError(`not a path of nibbles: ${path}`)
    const packed: Hex = `0x${path.padEnd(PATH_CHARS, '0')}`
    writeFixed(packed, WORD_BYTES, 'path', frame.bytes, frame.slot)
    writeUint64(first, 'first', frame.view, frame.id)
    const result = this.functions.forkstate_find_preimage(
      frame.slot,
      path.length,
      keyBytes,
      frame.id,
      tries,
      frame.value,
      frame.length,
    )
    this.check(result, 'looking for a key')
    if (frame.view.getUint32(frame.length, true) === 0) return undefined
    const counterAt = frame.value + keyBytes - 8
    return {
      key: toHex(frame.bytes, frame.value, frame.value + keyBytes),
      counter: frame.view.getBigUint64(counterAt),
    }
  }

  /** Writes a fact at `frame.struct`; absence that was not proven is for the core to decide. */
  protected writeAccount(fact: AccountFact): void {
    const { bytes, view, struct } = this.frame
    bytes.fill(0, struct, struct + ACCOUNT_FIELDS_BYTES)
    writeUint256(fact.balance, 'balance', view, struct + ACCOUNT_FIELDS_BALANCE)
    writeUint64(fact.nonce, 'nonce', view, struct + ACCOUNT_FIELDS_NONCE)
    const codeHashAt = struct + ACCOUNT_FIELDS_CODE_HASH
    writeFixed(fact.codeHash, WORD_BYTES, 'code hash', bytes, codeHashAt)
    let known = ACCOUNT_KNOWS_FIELDS
    if (fact.storageHash !== undefined) {
      const rootAt = struct + ACCOUNT_FIELDS_STORAGE_ROOT
      writeFixed(fact.storageHash, WORD_BYTES, 'storage hash', bytes, rootAt)
      known |= ACCOUNT_KNOWS_STORAGE_ROOT
    }
    const { presence } = fact
    bytes[struct + ACCOUNT_FIELDS_KNOWN] = known
    bytes[struct + ACCOUNT_FIELDS_PRESENCE] =
      presence === undefined ? ACCOUNT_UNKNOWN : PRESENCES[presence]
  }

  /** False if what was asked for is not open any more. */
  protected wasTaken(result: number, operation: string): boolean {
    const status = this.frame.settle(result)
    if (status === STATE_MANAGER_SUCCESS) return true
    if (status === STATE_MANAGER_ERROR_STALE_REQUEST) return false
    throw statusError(status, operation)
  }

  protected check(result: number, operation: string): void {
    const status = this.frame.settle(result)
    if (status !== STATE_MANAGER_SUCCESS) throw statusError(status, operation)
  }
}

function presenceNamed(presence: number): Presence {
  if (presence === ACCOUNT_ABSENT) return 'absent'
  return presence === ACCOUNT_EMPTY ? 'empty' : 'live'
}
