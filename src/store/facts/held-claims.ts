/**
 * The claims that one reader of a store holds: renewed while it fetches, and released when it is
 * done. They expire if the process dies.
 *
 * Invariants: a claim that was not granted is not held; nothing here rejects. A claim is renewed
 * for at most {@link MAX_HOLD_MS}, so a forgotten one expires too.
 */

import { requireAll } from '../key-check.ts'
import type { ClaimOutcome, RecordKey, StoreClaims } from '../store.ts'
import { HOLDER_BYTES } from '../store.ts'
import { startTimer, type Timer } from '../timers.ts'
import { keyText } from './fact-key.ts'
import type { StoreHealth } from './store-health.ts'

/** After this time other processes may fetch the fact too. */
export const MAX_HOLD_MS = 60_000
/** Renewals during the duration of a claim. */
const RENEWALS_PER_TTL = 3

/** Dependencies of the claims. */
export interface ClaimContext {
  /** Undefined if the store does not support claims; then no process waits for another one. */
  readonly claims: StoreClaims | undefined
  readonly health: StoreHealth
  readonly ttlMs: number
  /** Monotonic, ms. */
  readonly now: () => number
}

interface HeldClaim {
  readonly key: RecordKey
  readonly untilMs: number
}

/** The claims of one reader. */
export class HeldClaims {
  readonly #context: ClaimContext
  /** Created when needed, since the first random bytes of a process take long. */
  #name: Uint8Array | undefined
  readonly #held = new Map<string, HeldClaim>()
  #timer: Timer | undefined

  constructor(context: ClaimContext) {
    this.#context = context
  }

  /** Claims keys; undefined if claims are not supported or the store does not work. */
  async claim(keys: readonly RecordKey[]): Promise<readonly ClaimOutcome[] | undefined> {
    const { now } = this.#context
    const outcomes = await this.#claim(keys)
    if (outcomes === undefined) return undefined
    const untilMs = now() + MAX_HOLD_MS
    keys.forEach((key, at) => {
      if (outcomes[at] === 'granted') this.#held.set(keyText(key), { key, untilMs })
    })
    this.#renewLater()
    return outcomes
  }

  #holder(): Uint8Array {
    this.#name ??= crypto.getRandomValues(new Uint8Array(HOLDER_BYTES))
    return this.#name
  }

  async #claim(keys: readonly RecordKey[]): Promise<readonly ClaimOutcome[] | undefined> {
    const { claims, health, ttlMs } = this.#context
    if (claims === undefined || keys.length === 0) return undefined
    const terms = { holder: this.#holder(), ttlMs }
    const done = await health.run('claim', async () => {
      return requireAll(await claims.claim(keys, terms), keys)
    })
    return done?.value
  }

  /** The record is being written, which ends the claim. */
  settle(key: RecordKey): void {
    this.#held.delete(keyText(key))
  }

  /** Releases the claims held on these keys, or on all. */
  release(keys?: readonly RecordKey[]): void {
    const given: RecordKey[] = []
    for (const text of keys?.map(keyText) ?? [...this.#held.keys()]) {
      const held = this.#held.get(text)
      if (held !== undefined) given.push(held.key)
      this.#held.delete(text)
    }
    if (this.#held.size === 0) this.#stopRenewing()
    const { claims, health } = this.#context
    if (given.length === 0) return
    void health.run('claim', async () => claims?.release(given, this.#holder()))
  }

  #renewLater(): void {
    if (this.#timer !== undefined || this.#held.size === 0) return
    this.#timer = startTimer(this.#context.ttlMs / RENEWALS_PER_TTL, () => {
      this.#timer = undefined
      void this.#renew()
    })
  }

  #stopRenewing(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #renew(): Promise<void> {
    const now = this.#context.now()
    for (const [text, { untilMs }] of this.#held) if (untilMs <= now) this.#held.delete(text)
    await this.#claim([...this.#held.values()].map(({ key }) => key))
    this.#renewLater()
  }
}
