/**
 * The keys that a manager reads after `prefetchCall`, in the order of their first read.
 *
 * Invariant: bounded; beyond the bound, reads are not noted and cost nothing.
 */

import { ADDRESS_BYTES, isBytes, toHex, WORD_BYTES } from '../../encoding/hex.ts'
import type { AddressLike, SlotLike } from '../../ffi/arguments.ts'
import type { TouchedKey } from './call-pattern.ts'

/** Maximum of keys noted for one call. */
export const MAX_TOUCHED_KEYS = 1_024

const ADDRESS = new RegExp(`^0x[0-9a-f]{${2 * ADDRESS_BYTES}}$`)
const WORD = new RegExp(`^0x[0-9a-f]{${2 * WORD_BYTES}}$`)

/** The keys that one call touched. */
export class TouchLog {
  readonly #keys = new Map<string, MaybeKey>()
  #isOpen = true

  /** Notes a read of an account, or of a slot of it. */
  touch(address: AddressLike, slot?: SlotLike): void {
    if (!this.#isOpen) return
    const key = touchedKey(address, slot)
    this.#keys.set(`${key.address}${key.slot ?? ''}`, key)
    this.#isOpen = this.#keys.size < MAX_TOUCHED_KEYS
  }

  /** Ends the log. Reads with a malformed key, which failed, are omitted. */
  close(): readonly TouchedKey[] {
    this.#isOpen = false
    return [...this.#keys.values()].filter(isKey)
  }
}

/** A key as text, valid or not. */
interface MaybeKey {
  readonly address: string
  readonly slot?: string
}

/** A key in the form in which keys are compared; not checked. */
export function touchedKey(address: AddressLike, slot?: SlotLike): MaybeKey {
  const at = hexOf(address)
  return slot === undefined ? { address: at } : { address: at, slot: hexOf(slot) }
}

function isKey(key: MaybeKey): key is TouchedKey {
  return ADDRESS.test(key.address) && (key.slot === undefined || WORD.test(key.slot))
}

function hexOf(value: SlotLike): string {
  if (typeof value === 'bigint') return `0x${value.toString(16).padStart(2 * WORD_BYTES, '0')}`
  return isBytes(value) ? toHex(value) : String(value).toLowerCase()
}
