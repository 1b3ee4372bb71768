/**
 * Returns to earlier states by their root: it keeps a snapshot of each state whose root was
 * requested while no checkpoint was open.
 *
 * Invariant: entries are in the order of their snapshots, so returning to one drops all later ones,
 * as it does in the state manager. The undo records of all writes since the first entry are kept;
 * an entry is dropped only by returning to an earlier one.
 */

import { ForkStateError } from '../diagnostics/errors.ts'
import { EMPTY_ROOT } from '../encoding/constants.ts'
import type { Hex } from '../encoding/hex.ts'
import { chainOf } from '../state/parts.ts'
import type { StateManager } from '../state/state-manager.ts'

/** No state with this root is remembered. Nothing was changed. */
export class UnknownStateRootError extends ForkStateError {
  override readonly code = 'UNKNOWN_STATE_ROOT'
}

interface Entry {
  /** Undefined for the initial state, until its root is requested. */
  readonly root: Hex | undefined
  /** Root of the state without local writes at that time. With another base the root differs. */
  readonly base: Hex | undefined
  readonly snapshot: bigint
}

/** The states that one manager can return to. */
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
   * Remembers the present state, which has this root. No checkpoint may be open.
   *
   * @param base As of before the root was requested.
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
   * Returns to the state with that root, and forgets the states remembered later.
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
  return new UnknownStateRootError(`no state with the root ${root} is remembered`, {
    hint: "create the adapter with `rootHistory: 'all'`, and request a root to remember its state",
    ...(cause !== undefined && { cause }),
  })
}
