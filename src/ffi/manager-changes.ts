/**
 * The local writes of one state manager in the core, as lists.
 *
 * The core returns them in chunks, in the order of its tables. A chunk is decoded as a whole before
 * any of it is yielded, so the consumer may make other calls in between. A write, revert or branch
 * of the same manager, however, invalidates a list that is not finished. To pause between chunks,
 * list a branch that is not written to.
 */

import type { Hex } from '../encoding/hex.ts'
import { ADDRESS_BYTES, toHex, WORD_BYTES } from '../encoding/hex.ts'
import { readUint256 } from '../encoding/integer.ts'
import type { CoreFunctions } from './abi.gen.ts'
import {
  ACCOUNT_CHANGE_ADDRESS,
  ACCOUNT_CHANGE_BALANCE,
  ACCOUNT_CHANGE_BYTES,
  ACCOUNT_CHANGE_CODE_HASH,
  ACCOUNT_CHANGE_EXISTS,
  ACCOUNT_CHANGE_KNOWN,
  ACCOUNT_CHANGE_NONCE,
  ACCOUNT_CHANGE_STORAGE_CLEARED,
  ACCOUNT_KNOWS_BALANCE,
  ACCOUNT_KNOWS_CODE_HASH,
  ACCOUNT_KNOWS_NONCE,
  CHANGE_DELETED,
  CHANGE_EXISTS,
  SLOT_CHANGE_ADDRESS,
  SLOT_CHANGE_BYTES,
  SLOT_CHANGE_SLOT,
  SLOT_CHANGE_VALUE,
} from './abi.gen.ts'
import type { Frame } from './frame.ts'
import type { ManagerHandle } from './manager-handle.ts'

/** Maximum number of accounts or slots in a chunk. */
export const LIST_CHUNK_ENTRIES = 512

const CURSOR_START = 0n
const CURSOR_END = 2n ** 64n - 1n

/** The local writes to one account without its slots. Absent fields were not written. */
export interface AccountWrite {
  readonly address: Hex
  /** `inherited`: the account exists if it does on the chain; only its storage was cleared. */
  readonly presence: 'inherited' | 'exists' | 'deleted'
  readonly balance?: bigint
  readonly nonce?: bigint
  /** 32 bytes. */
  readonly codeHash?: Uint8Array
  /** The storage was cleared: slots that were not written since are zero. */
  readonly storageCleared: boolean
}

/** One slot that was written locally. */
export interface SlotWrite {
  readonly address: Hex
  /** 32 bytes. */
  readonly slot: Hex
  /** 32 bytes. */
  readonly value: Hex
}

type ListFunction = 'state_manager_list_accounts' | 'state_manager_list_slots'

/** How one kind of list is read. */
interface ListKind<Entry> {
  readonly name: ListFunction & keyof CoreFunctions
  readonly entryBytes: number
  readonly decode: (frame: Frame, pointer: number) => Entry
}

const ACCOUNTS: ListKind<AccountWrite> = {
  name: 'state_manager_list_accounts',
  entryBytes: ACCOUNT_CHANGE_BYTES,
  decode: decodeAccount,
}

const SLOTS: ListKind<SlotWrite> = {
  name: 'state_manager_list_slots',
  entryBytes: SLOT_CHANGE_BYTES,
  decode: decodeSlot,
}

/** Lists the local writes of a state manager. */
export class ManagerChanges {
  readonly #handle: ManagerHandle

  constructor(handle: ManagerHandle) {
    this.#handle = handle
  }

  /** Each account with local writes once, in chunks. @throws DestroyedError */
  accounts(): Generator<readonly AccountWrite[], void> {
    return this.#list(ACCOUNTS)
  }

  /** Each slot with an effective local write once, in chunks. @throws DestroyedError */
  slots(): Generator<readonly SlotWrite[], void> {
    return this.#list(SLOTS)
  }

  *#list<Entry>(kind: ListKind<Entry>): Generator<readonly Entry[], void> {
    const { frame } = this.#handle
    let cursor = CURSOR_START
    while (cursor !== CURSOR_END) {
      const entries = this.#readChunk(kind, cursor)
      cursor = frame.view.getBigUint64(frame.value)
      if (entries.length > 0) yield entries
    }
  }

  /** Reads one chunk. Leaves the next cursor at `frame.value`. */
  #readChunk<Entry>({ name, entryBytes, decode }: ListKind<Entry>, cursor: bigint): Entry[] {
    const handle = this.#handle
    const { frame } = handle
    const bufferBytes = LIST_CHUNK_ENTRIES * entryBytes
    const buffer = frame.reserve(bufferBytes)
    frame.view.setBigUint64(frame.id, cursor)
    const result = handle.functions[name](
      handle.number,
      frame.id,
      buffer,
      bufferBytes,
      frame.length,
      frame.value,
    )
    handle.check(result, 'listing local writes', 'state')
    const count = frame.view.getUint32(frame.length, true)
    return Array.from({ length: count }, (_, index) => decode(frame, buffer + index * entryBytes))
  }
}

function decodeAccount({ bytes, view }: Frame, pointer: number): AccountWrite {
  const known = bytes[pointer + ACCOUNT_CHANGE_KNOWN] as number
  const exists = bytes[pointer + ACCOUNT_CHANGE_EXISTS]
  const codeHashAt = pointer + ACCOUNT_CHANGE_CODE_HASH
  return {
    address: addressAt(bytes, pointer + ACCOUNT_CHANGE_ADDRESS),
    presence:
      exists === CHANGE_DELETED ? 'deleted' : exists === CHANGE_EXISTS ? 'exists' : 'inherited',
    storageCleared: bytes[pointer + ACCOUNT_CHANGE_STORAGE_CLEARED] !== 0,
    ...((known & ACCOUNT_KNOWS_BALANCE) !== 0 && {
      balance: readUint256(view, pointer + ACCOUNT_CHANGE_BALANCE),
    }),
    ...((known & ACCOUNT_KNOWS_NONCE) !== 0 && {
      nonce: view.getBigUint64(pointer + ACCOUNT_CHANGE_NONCE),
    }),
    ...((known & ACCOUNT_KNOWS_CODE_HASH) !== 0 && {
      codeHash: bytes.slice(codeHashAt, codeHashAt + WORD_BYTES),
    }),
  }
}

function decodeSlot({ bytes }: Frame, pointer: number): SlotWrite {
  const wordAt = (offset: number): Hex =>
    toHex(bytes, pointer + offset, pointer + offset + WORD_BYTES)
  return {
    address: addressAt(bytes, pointer + SLOT_CHANGE_ADDRESS),
    slot: wordAt(SLOT_CHANGE_SLOT),
    value: wordAt(SLOT_CHANGE_VALUE),
  }
}

function addressAt(bytes: Uint8Array, pointer: number): Hex {
  return toHex(bytes, pointer, pointer + ADDRESS_BYTES)
}
