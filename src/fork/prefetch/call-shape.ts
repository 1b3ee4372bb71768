/** What rules about calls refer to: the function that is called, who calls it, and with what. */

import type { Hex } from '../../encoding/hex.ts'
import type { CallRequest } from '../../rpc/rpc-client.ts'

/** Words of the data that are looked at. */
const MAX_ARGUMENTS = 16
const SELECTOR_CHARS = 10
const WORD_CHARS = 64

/** A call as far as rules refer to it. Hex is lower case. */
export interface CallShape {
  readonly receiver: Hex
  readonly sender: Hex | undefined
  /** Words of the data after the selector. */
  readonly words: readonly Hex[]
}

/** The shape of a call to an account. */
export function shapeOf({ from, data = '0x' }: CallRequest, to: Hex): CallShape {
  const digits = data.slice(SELECTOR_CHARS).toLowerCase()
  const count = Math.min(MAX_ARGUMENTS, Math.floor(digits.length / WORD_CHARS))
  const words = Array.from({ length: count }, (_, at): Hex => {
    return `0x${digits.slice(at * WORD_CHARS, (at + 1) * WORD_CHARS)}`
  })
  return { receiver: lowerCase(to), sender: from && lowerCase(from), words }
}

/** The first 4 bytes of the data; `0x` for less. */
export function selectorOf({ data = '0x' }: CallRequest): Hex {
  return data.length < SELECTOR_CHARS ? '0x' : lowerCase(data.slice(0, SELECTOR_CHARS) as Hex)
}

function lowerCase(text: Hex): Hex {
  return text.toLowerCase() as Hex
}
