/**
 * Enforces the size limit of a store: from time to time, as it is written to, its least recently
 * used groups are dropped. Between two checks it may exceed the limit by one part in
 * {@link CHECKS_PER_BOUND}.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import { pruneGroups } from '../prune.ts'
import type { PrunableGroups } from '../store.ts'

/** The size is checked after each such fraction of the limit was written. */
export const CHECKS_PER_BOUND = 16
/** Share of the limit that is left after dropping, so that not every check drops something. */
const KEPT_FRACTION = 0.9

/** The size limit of one store. */
export class SizeBound {
  readonly #groups: PrunableGroups
  readonly #maxBytes: number
  /** The first write checks, since the store may have been left full. */
  #writtenSinceCheck = Number.POSITIVE_INFINITY
  #checking: Promise<void> | undefined

  /** @throws InvalidInputError if `maxBytes` is not a number of at least 1. */
  constructor(groups: PrunableGroups, maxBytes: number) {
    if (typeof maxBytes !== 'number' || !(maxBytes >= 1)) {
      throw new InvalidInputError('maxBytes must be a number of at least 1', {
        details: `got ${String(maxBytes)}`,
      })
    }
    this.#groups = groups
    this.#maxBytes = maxBytes
  }

  /** Notes that bytes were written; resolves when the store is within its limit again. */
  async wrote(bytes: number): Promise<void> {
    if (this.#maxBytes === Number.POSITIVE_INFINITY) return
    this.#writtenSinceCheck += bytes
    if (this.#writtenSinceCheck < this.#maxBytes / CHECKS_PER_BOUND) return
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined
    })
    await this.#checking
  }

  async #check(): Promise<void> {
    this.#writtenSinceCheck = 0
    let bytes = 0
    for await (const group of this.#groups.list()) bytes += group.bytes
    if (bytes <= this.#maxBytes) return
    await pruneGroups(this.#groups, { maxBytes: this.#maxBytes * KEPT_FRACTION })
  }
}
