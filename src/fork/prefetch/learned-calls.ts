/**
 * What the managers over one fork learned about their calls: one pattern for each function of each
 * code.
 *
 * Invariant: bounded; the least recently used pattern is forgotten first.
 */

import type { Hex } from '../../encoding/hex.ts'
import { CallPattern } from './call-pattern.ts'

/** Maximum of functions remembered. */
export const MAX_LEARNED_CALLS = 1_024

/** A function, identified by its code and its selector. */
export interface FunctionName {
  /** 32 bytes. */
  readonly codeHash: Hex
  /** 4 bytes, or `0x` for a call without data. */
  readonly selector: Hex
}

/** Patterns by function. */
export class LearnedCalls {
  readonly #patterns = new Map<string, CallPattern>()
  /** The code in which a function with this selector was last learned. */
  readonly #codeOfSelector = new Map<Hex, Hex>()

  /** The pattern of a function; undefined if it was never called. */
  find(name: FunctionName): CallPattern | undefined {
    const text = textOf(name)
    const pattern = this.#patterns.get(text)
    if (pattern === undefined) return undefined
    this.#patterns.delete(text)
    this.#patterns.set(text, pattern)
    return pattern
  }

  /** A guess for a receiver whose code is still unknown: the last pattern of that selector. */
  guess(selector: Hex): CallPattern | undefined {
    const codeHash = this.#codeOfSelector.get(selector)
    return codeHash && this.#patterns.get(textOf({ codeHash, selector }))
  }

  /** The pattern of a function, to learn into; a new one if it was never called. */
  open(name: FunctionName): CallPattern {
    const pattern = this.find(name) ?? new CallPattern()
    this.#patterns.set(textOf(name), pattern)
    this.#codeOfSelector.delete(name.selector)
    this.#codeOfSelector.set(name.selector, name.codeHash)
    dropOldest(this.#patterns)
    dropOldest(this.#codeOfSelector)
    return pattern
  }
}

function textOf({ codeHash, selector }: FunctionName): string {
  return `${codeHash}${selector}`
}

function dropOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys()
  if (map.size > MAX_LEARNED_CALLS && oldest !== undefined) map.delete(oldest)
}
