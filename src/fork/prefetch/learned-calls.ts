/**
 * What the managers over one fork learned of the calls they made: a pattern for each function of
 * each code.
 *
 * Invariant: bounded; the pattern that was used longest ago is forgotten first.
 */

import type { Hex } from '../../encoding/hex.ts'
import { CallPattern } from './call-pattern.ts'

/** Functions remembered. */
export const MAX_LEARNED_CALLS = 1_024

/** A function: the code it is in, and its selector. */
export interface FunctionName {
  /** 32 bytes. */
  readonly codeHash: Hex
  /** 4 bytes, or `0x` for a call without data. */
  readonly selector: Hex
}

/** Patterns by function, the most recently used last. */
export class LearnedCalls {
  readonly #patterns = new Map<string, CallPattern>()
  /** The code that last had a function of this selector. */
  readonly #codeOfSelector = new Map<Hex, Hex>()

  /** Undefined if it was never called. */
  find(name: FunctionName): CallPattern | undefined {
    const text = textOf(name)
    const pattern = this.#patterns.get(text)
    if (pattern === undefined) return undefined
    this.#patterns.delete(text)
    this.#patterns.set(text, pattern)
    return pattern
  }

  /** A guess for a call to code that is not known yet: the last pattern of that selector. */
  guess(selector: Hex): CallPattern | undefined {
    const codeHash = this.#codeOfSelector.get(selector)
    return codeHash && this.#patterns.get(textOf({ codeHash, selector }))
  }

  /** The pattern of a function, to be taught; a new one if it was never called. */
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
