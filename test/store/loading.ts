/** Loads facts as a fork does, without a chain. */

import type { BlockFacts, LoadOptions } from '../../src/store/facts/block-facts.ts'
import type { Fact, FactKey } from '../../src/store/facts/facts.ts'

/** What came of each request, in their order. */
export interface Loaded {
  /** Undefined for what is missing. */
  readonly facts: readonly (Fact | undefined)[]
  /** In how many parts it came. */
  readonly parts: number
}

/** Loads all, and fails if a request is decided twice or not at all. */
export async function loadAll(
  facts: BlockFacts,
  keys: readonly FactKey[],
  options?: LoadOptions,
): Promise<Loaded> {
  const decided = new Map<FactKey, Fact | undefined>()
  let parts = 0
  const decide = (key: FactKey, fact: Fact | undefined): void => {
    if (decided.has(key)) throw new Error(`decided twice: ${JSON.stringify(key)}`)
    decided.set(key, fact)
  }
  for await (const { found, missing } of facts.load(keys, options)) {
    parts++
    for (const { request, fact } of found) decide(request, fact)
    for (const request of missing) decide(request, undefined)
  }
  if (decided.size !== keys.length) throw new Error(`${decided.size} of ${keys.length} decided`)
  return { facts: keys.map((key) => decided.get(key)), parts }
}
