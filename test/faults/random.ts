import { seededFractions } from '../support/random.ts'

/** Random choices that are reproducible from a seed. */
export class Random {
  /** Uniform in [0, 1). */
  readonly next: () => number

  constructor(seed: number) {
    this.next = seededFractions(seed)
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** An integer in [min, end). */
  integer(min: number, end: number): number {
    return min + Math.floor(this.next() * (end - min))
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(0, items.length)] as Item
  }

  /** The items in random order. */
  shuffle<Item>(items: readonly Item[]): readonly Item[] {
    const keyed = items.map((item) => ({ item, key: this.next() }))
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
  }
}
