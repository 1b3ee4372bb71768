/**
 * The way back to states by their root, where it is wanted: a snapshot of each state whose root was
 * asked for while no checkpoint was open.
 *
 * Invariant: entries are in the order of their snapshots, so going back to one ends all after it,
 * as it does in the state manager. What is kept for it are the undo records of all writes since the
 * first entry; nothing can give up an entry but going back.
 */

import { EMPTY_ROOT } from '../encoding/constants.ts'
import type { Hex } from '../encoding/hex.ts'
import { ForkStateError } from '../errors.ts'
import { chainOf } from '../state/parts.ts'
import type { StateManager } from '../state/state-manager.ts'

/** No state with this root can be returned to. Nothing was changed. */
export class UnknownStateRootError extends ForkStateError {
  override readonly code = 'UNKNOWN_STATE_ROOT'
}

interface Entry {
  /** Undefined for the state it began with, while nobody asked for its root. */
  readonly root: Hex | undefined
  /** That of the state without local writes at the time. Over another one, the root is another. */
  readonly base: Hex | undefined
  readonly snapshot: bigint
}

/** States of one manager that can be returned to. */
export class RootHistory {
  readonly #state: StateManager
  readonly #startsUnwritten: boolean
  #entries: Entry[]

  constructor(state: StateManager) {
    this.#state = state
    this.#startsUnwritten = state.metrics().overlayAccounts === 0
    this.#entries = [{ root: undefined, base: undefined, snapshot: state.snapshot() }]
  }

  /** Root of the state without local writes, as it is now. */
  async base(): Promise<Hex> {
    const chain = chainOf(this.#state)
    return chain === undefined ? EMPTY_ROOT : (await chain.ready()).stateRoot
  }

  /**
   * Remembers the present state, whose root this is. No checkpoint may be open.
   *
   * @param base As it was before the root was asked for.
   */
  add(root: Hex, base: Hex): void {
    const last = this.#entries.at(-1)
    if (last?.root === root && last.base === base) return
    this.#entries.push({ root, base, snapshot: this.#state.snapshot() })
  }

  async has(root: Hex): Promise<boolean> {
    return this.#find(root, await this.base()) >= 0
  }

  /**
   * Makes the state what it was with that root; states remembered later are forgotten.
   *
   * @throws UnknownStateRootError
   */
  async goBack(root: Hex): Promise<void> {
    const base = await this.base()
    const at = this.#find(root, base)
    const entry = this.#entries[at]
    if (entry === undefined) throw unknownRoot(root)
    try {
      this.#state.revertToSnapshot(entry.snapshot)
    } catch (cause) {
      throw unknownRoot(root, cause)
    }
    this.#entries = this.#entries.slice(0, at)
    this.#entries.push({ root, base, snapshot: this.#state.snapshot() })
  }

  #find(root: Hex, base: Hex): number {
    const at = this.#entries.findLastIndex((entry) => entry.root === root && entry.base === base)
    if (at >= 0) return at
    return this.#startsUnwritten && base === root ? 0 : -1
  }
}

export function unknownRoot(root: Hex, cause?: unknown): UnknownStateRootError {
  return new UnknownStateRootError(`there is no way back to the state with root ${root}`, {
    hint: "make the state manager with `rootHistory: 'all'`, and ask for a root to remember it",
    ...(cause !== undefined && { cause }),
  })
}
