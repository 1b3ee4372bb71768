/** Types of the arguments of typed calls. The frame checks arguments while writing them. */

import type { Hex } from '../encoding/hex.ts'

/** A 20-byte address. */
export type AddressLike = Hex | Uint8Array

/** A 32-byte storage slot, or its number. */
export type SlotLike = Hex | Uint8Array | bigint

/** A storage value; fewer than 32 bytes are padded with leading zeros. */
export type ValueLike = Hex | Uint8Array | bigint

/** `get` requests an unknown value from the chain; `peek` does not. */
export type Intent = 'get' | 'peek'
