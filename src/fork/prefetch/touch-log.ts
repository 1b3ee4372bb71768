/**
 * What a manager reads after `prefetchCall`: the keys, in the order of their first touch.
 *
 * Invariant: bounded; beyond the bound reads are not noted, and cost nothing.
 */

import { ADDRESS_BYTES, isBytes, toHex, WORD_BYTES } from '../../encoding/hex.ts'
import type { AddressLike, SlotLike } from '../../ffi/arguments.ts'
import type { TouchedKey } from './call-pattern.ts'

/** Keys noted of one call. */
export const MAX_TOUCHED_KEYS = 1_024

const ADDRESS = new RegExp(`^0x[0-9a-f]{${2 * ADDRESS_BYTES}}$`)
const WORD = new RegExp(`^0x[0-9a-f]{${2 * WORD_BYTES}}$`)

/** The keys that one call touched. */
export class TouchLog {
  readonly #keys = new Map<string, MaybeKey>()
  #isOpen = true

  /** A read of an account, or of a slot of it. */
  touch(address: AddressLike, slot?: SlotLike): void {
    if (!this.#isOpen) return
    const key = touchedKey(address, slot)
    this.#keys.set(`${key.address}${key.slot ?? ''}`, key)
    this.#isOpen = this.#keys.size < MAX_TOUCHED_KEYS
  }

  /** Notes no more. What was no key, and failed to be read, is left out. */
  close(): readonly TouchedKey[] {
    this.#isOpen = false
    return [...this.#keys.values()].filter(isKey)
  }
}

/** As text, whatever was given. */
interface MaybeKey {
  readonly address: string
  readonly slot?: string
}

/** A key in the form that all keys are compared in; not checked. */
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
