/**
 * Names of facts in a store.
 *
 * The facts of a block are one group, named by chain id and block hash. The name also says whether
 * they were proven against the block's state root, so that a reader of proven facts never gets
 * unproven ones. Code is a group of its own, named by its hash: all blocks and chains share it, and
 * it is used or unused on its own.
 *
 * Within a block, an account is named by its address, and a slot by address and slot. In an ordered
 * store, an account and its slots are neighbours.
 */

import { ADDRESS_BYTES, type Hex, toHex, WORD_BYTES, writeFixed } from '../../encoding/hex.ts'
import type { RecordKey } from '../store.ts'
import type { FactBlock, FactKey, FactKind } from './facts.ts'

const CHAIN_ID_AT = 1
const HASH_AT = 9
const BLOCK_GROUP_BYTES: number = HASH_AT + WORD_BYTES
const SLOT_ITEM_BYTES: number = ADDRESS_BYTES + WORD_BYTES
const MAX_CHAIN_ID = 2n ** 64n - 1n
const NO_ITEM = new Uint8Array(0)

/** What a group holds. */
export type GroupContent =
  | {
      readonly kind: 'block'
      readonly chainId: bigint
      readonly hash: Hex
      /** Whether the facts were proven against the state root of the block. */
      readonly proven: boolean
    }
  | { readonly kind: 'code'; readonly hash: Hex }

/** The name of a block's group; undefined for a chain id that does not fit in 64 bits. */
export function blockGroup(
  block: Omit<FactBlock, 'number'>,
  { proven }: { readonly proven: boolean },
): Uint8Array | undefined {
  if (block.chainId < 0n || block.chainId > MAX_CHAIN_ID) return undefined
  const group = new Uint8Array(BLOCK_GROUP_BYTES)
  group[0] = proven ? 1 : 0
  new DataView(group.buffer).setBigUint64(CHAIN_ID_AT, block.chainId)
  writeFixed(block.hash, WORD_BYTES, 'block hash', group, HASH_AT)
  return group
}

/** What a group holds; undefined if it was not written by this program. */
export function describeGroup(group: Uint8Array): GroupContent | undefined {
  if (group.length === WORD_BYTES) return { kind: 'code', hash: toHex(group) }
  const trust = group[0] as number
  if (group.length !== BLOCK_GROUP_BYTES || trust > 1) return undefined
  const view = new DataView(group.buffer, group.byteOffset, group.byteLength)
  const chainId = view.getBigUint64(CHAIN_ID_AT)
  return { kind: 'block', chainId, hash: toHex(group, HASH_AT), proven: trust === 1 }
}

/**
 * The kind that a record of this name must have; undefined if it was not written by this program.
 */
export function kindOfKey(key: RecordKey): FactKind | undefined {
  const { length } = key.item
  if (key.group.length === WORD_BYTES) return length === 0 ? 'code' : undefined
  if (key.group.length !== BLOCK_GROUP_BYTES) return undefined
  if (length === ADDRESS_BYTES) return 'account'
  return length === SLOT_ITEM_BYTES ? 'storage' : undefined
}

/** @throws InvalidHexError if address, slot or code hash is malformed. */
export function recordKey(group: Uint8Array, fact: FactKey): RecordKey {
  const { kind, address, word } = fact
  if (kind === 'code') return codeKey(word)
  const item = new Uint8Array(kind === 'account' ? ADDRESS_BYTES : SLOT_ITEM_BYTES)
  writeFixed(address, ADDRESS_BYTES, 'address', item, 0)
  if (kind === 'storage') writeFixed(word, WORD_BYTES, 'slot', item, ADDRESS_BYTES)
  return { group, item }
}

/** The name of code. @throws InvalidHexError */
export function codeKey(codeHash: Hex): RecordKey {
  const group = new Uint8Array(WORD_BYTES)
  writeFixed(codeHash, WORD_BYTES, 'code hash', group, 0)
  return { group, item: NO_ITEM }
}

/** Text that is equal if and only if the bytes are equal. */
export function textOf(bytes: Uint8Array): string {
  return toHex(bytes)
}

/** Text that is equal if and only if the keys are equal. */
export function keyText({ group, item }: RecordKey): string {
  return `${toHex(group)} ${toHex(item)}`
}
