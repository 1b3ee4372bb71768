/** Random numbers that are reproducible from a seed. */

/** Numbers in [0, 2^32), by mulberry32: small, and the same everywhere. */
export function seededIntegers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** Numbers in [0, 1). */
export function seededFractions(seed: number): () => number {
  const next = seededIntegers(seed)
  return () => next() / 2 ** 32
}

/** An integer from 0, below a limit. */
export type PickBelow = (limit: number) => number

/** Integers below the limit of each call. */
export function seededBelow(seed: number): PickBelow {
  const next = seededIntegers(seed)
  return (limit) => next() % limit
}
