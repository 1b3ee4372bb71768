/**
 * Keeps a store within its size: now and then, as it is written to, its least recently used groups
 * are dropped. Between two looks it may exceed the bound by one part in {@link CHECKS_PER_BOUND}.
 */

import { InvalidInputError } from '../../errors.ts'
import { pruneGroups } from '../prune.ts'
import type { PrunableGroups } from '../store.ts'

/** A look after each such part of the bound was written. */
export const CHECKS_PER_BOUND = 16
/** What is left after dropping, so that it is not done at every look. */
const KEPT_FRACTION = 0.9

/** The bound of one store. */
export class SizeBound {
  readonly #groups: PrunableGroups
  readonly #maxBytes: number
  /** The first write looks, for the store may have been left full. */
  #writtenSinceLook = Number.POSITIVE_INFINITY
  #looking: Promise<void> | undefined

  /** @throws InvalidInputError if the bound is no number of at least 1. */
  constructor(groups: PrunableGroups, maxBytes: number) {
    if (typeof maxBytes !== 'number' || !(maxBytes >= 1)) {
      throw new InvalidInputError('maxBytes must be a number of at least 1', {
        details: `got ${String(maxBytes)}`,
      })
    }
    this.#groups = groups
    this.#maxBytes = maxBytes
  }

  /** Some bytes were written; resolves when the store is within its bound again. */
  async wrote(bytes: number): Promise<void> {
    if (this.#maxBytes === Number.POSITIVE_INFINITY) return
    this.#writtenSinceLook += bytes
    if (this.#writtenSinceLook < this.#maxBytes / CHECKS_PER_BOUND) return
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    await this.#looking
  }

  async #look(): Promise<void> {
    this.#writtenSinceLook = 0
    let bytes = 0
    for await (const group of this.#groups.list()) bytes += group.bytes
    if (bytes <= this.#maxBytes) return
    await pruneGroups(this.#groups, { maxBytes: this.#maxBytes * KEPT_FRACTION })
  }
}
