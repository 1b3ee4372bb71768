/** What callers may pass to the calls of the core; the frame checks it while writing it. */

import type { Hex } from '../encoding/hex.ts'

/** A 20-byte address. */
export type AddressLike = Hex | Uint8Array

/** A 32-byte storage slot, or its number. */
export type SlotLike = Hex | Uint8Array | bigint

/** A storage value; fewer than 32 bytes are padded with leading zeros. */
export type ValueLike = Hex | Uint8Array | bigint

/** Whether an unknown value is requested from the chain (`get`) or not (`peek`). */
export type Intent = 'get' | 'peek'
