/**
 * `prefetch/` predicts the keys that a call will touch, as an endpoint reports them or as
 * earlier calls of the same function taught. This module is its one entry.
 *
 * An EVM reads one value after the other, and each miss is a round trip. Here one round finds
 * out which keys are needed, and one or two more fetch them. {@link Prefetcher.predict} takes a
 * call and has its keys fetched; what it returns takes the keys that the call did touch, and
 * learns.
 *
 * Invariants: only keys are predicted, so a wrong prediction costs a fetch and never a wrong
 * value. An endpoint that cannot predict is an entry in the result, not a failure.
 */

import type { Hex } from '../../encoding/hex.ts'
import { RpcError } from '../../rpc/errors.ts'
import type { AccessListEntry, CallRequest } from '../../rpc/rpc-client.ts'
import type { HintContext, HintSource } from './call-hints.ts'
import { askForHint } from './call-hints.ts'
import type { CallPattern, RuleContext, TouchedKey } from './call-pattern.ts'
import { textOfKey } from './call-pattern.ts'
import { selectorOf, shapeOf } from './call-shape.ts'
import { LearnedCalls } from './learned-calls.ts'

/** What can predict the keys that a call touches. */
export type PrefetchSource = 'access-list' | 'trace' | 'learned'

/** What `prefetchCall` did. */
export interface PrefetchedCall {
  /** What predicted the keys; `none`: only the receiver and the sender were read ahead. */
  readonly source: PrefetchSource | 'none'
  /** Accounts and slots that were unknown before. */
  readonly fetchedKeys: number
  /** Why the sources before that one could not predict. */
  readonly refusals: readonly RpcError[]
}

/** How useful reading ahead was. */
export interface PrefetchMetrics {
  /** Unknown accounts and slots that `prefetch` and `prefetchCall` fetched. @counter */
  readonly prefetchedKeys: number
  /** Keys of `prefetchedKeys` that `prefetchCall` fetched for a call. @counter */
  readonly predictedKeys: number
  /**
   * Keys of `predictedKeys` that the call then read; counted when the next call begins. @counter
   */
  readonly prefetchHits: number
}

/** All zero. */
export const NO_PREFETCH_METRICS: PrefetchMetrics = {
  prefetchedKeys: 0,
  predictedKeys: 0,
  prefetchHits: 0,
}

/** Rounds of fetches by what was learned. */
export const MAX_PREFETCH_WAVES = 4

/** What a fork lends to its prefetcher. */
export interface PrefetchHost {
  /**
   * Asks something about the pinned block, once that is resolved.
   *
   * @throws PinError; what the question rejects with; ReadCancelledError, AbortedError or
   *   DestroyedError if the fork's reads end meanwhile.
   */
  ask<Answer>(question: (context: HintContext) => Promise<Answer>): Promise<Answer>
  keccak256(data: Uint8Array): Hex
  /** Has a later read of a key counted as one that was read ahead. */
  notePrefetched(key: TouchedKey): void
}

/** The manager that reads ahead: how it fetches, and what it knows without fetching. */
export interface PrefetchReader extends Pick<RuleContext, 'peekStorage' | 'peekCode'> {
  /**
   * Reads accounts, their code and slots.
   *
   * @returns The accounts and slots that were unknown before.
   */
  fetch(keys: readonly AccessListEntry[]): Promise<readonly TouchedKey[]>
  /** 32 bytes; undefined if it is not known. */
  peekCodeHash(address: Hex): Hex | undefined
}

/** A call whose keys were fetched. */
export interface PredictedCall {
  readonly result: PrefetchedCall
  /** Counts the predictions that were right, and learns what the call touched. */
  learn(touched: readonly TouchedKey[]): void
}

interface Predicting {
  readonly call: CallRequest
  readonly reader: PrefetchReader
  fetch(keys: readonly AccessListEntry[]): Promise<void>
}

/** Predicts calls for all managers over one fork, and learns from them. */
export class Prefetcher {
  readonly #host: PrefetchHost
  readonly #learned = new LearnedCalls()
  readonly #counts = { ...NO_PREFETCH_METRICS }

  constructor(host: PrefetchHost) {
    this.#host = host
  }

  /** Counters since the fork was made. */
  get metrics(): PrefetchMetrics {
    return { ...this.#counts }
  }

  /** Counts keys that were read ahead, and has later reads of them counted. */
  noteFetched(keys: readonly TouchedKey[]): void {
    this.#counts.prefetchedKeys += keys.length
    for (const key of keys) this.#host.notePrefetched(key)
  }

  /**
   * Has the keys fetched that a call will touch.
   *
   * @param sources Tried in this order until one can predict.
   * @throws as a read does.
   */
  async predict(
    call: CallRequest,
    sources: readonly PrefetchSource[],
    reader: PrefetchReader,
  ): Promise<PredictedCall> {
    const refusals: RpcError[] = []
    const fetched = new Map<string, TouchedKey>()
    const fetch = async (keys: readonly AccessListEntry[]): Promise<void> => {
      for (const key of await reader.fetch(keys)) fetched.set(textOfKey(key), key)
    }
    const hint = await this.#askSources(call, sources, refusals)
    let source: PrefetchedCall['source'] = hint?.source ?? 'none'
    if (hint !== undefined) await fetch([...endsOf(call), ...hint.keys])
    else if (sources.includes('learned')) {
      if (await this.#fetchInWaves({ call, reader, fetch })) source = 'learned'
    } else await fetch(endsOf(call))
    this.noteFetched([...fetched.values()])
    this.#counts.predictedKeys += fetched.size
    return {
      result: { source, fetchedKeys: fetched.size, refusals },
      learn: (touched) => {
        this.#counts.prefetchHits += touched.filter((key) => fetched.has(textOfKey(key))).length
        this.#learn(call, touched, reader)
      },
    }
  }

  /** The keys by the first source before `learned` that can name them. */
  async #askSources(
    call: CallRequest,
    sources: readonly PrefetchSource[],
    refusals: RpcError[],
  ): Promise<
    { readonly source: HintSource; readonly keys: readonly AccessListEntry[] } | undefined
  > {
    for (const source of sources) {
      if (source === 'learned') return undefined
      try {
        const keys = await this.#host.ask((context) => askForHint(source, call, context))
        if (keys !== undefined) return { source, keys }
      } catch (error) {
        if (!(error instanceof RpcError)) throw error
        refusals.push(error)
      }
    }
    return undefined
  }

  /**
   * Fetches what was learned: first the receiver with what any call of the selector touched, then
   * in waves what only the values of the wave before lead to.
   *
   * @returns Whether anything was learned of such calls.
   */
  async #fetchInWaves({ call, reader, fetch }: Predicting): Promise<boolean> {
    const { to } = call
    if (to === undefined) {
      await fetch(endsOf(call))
      return false
    }
    const rules = this.#ruleContext(call, to, reader)
    const seen = new Set<string>()
    const selector = selectorOf(call)
    let pattern = this.#learned.guess(selector)
    await fetch([...endsOf(call), ...nextWave(pattern, rules, seen)])
    const codeHash = reader.peekCodeHash(to)
    pattern = codeHash && this.#learned.find({ codeHash, selector })
    for (let wave = 1; wave < MAX_PREFETCH_WAVES; wave++) {
      const keys = nextWave(pattern, rules, seen)
      if (keys.length === 0) break
      await fetch(keys)
    }
    return pattern !== undefined
  }

  #learn(call: CallRequest, touched: readonly TouchedKey[], reader: PrefetchReader): void {
    const { to } = call
    if (to === undefined || touched.length === 0) return
    const codeHash = reader.peekCodeHash(to)
    if (codeHash === undefined) return
    const pattern = this.#learned.open({ codeHash, selector: selectorOf(call) })
    pattern.learn(touched, this.#ruleContext(call, to, reader))
  }

  #ruleContext(call: CallRequest, to: Hex, reader: PrefetchReader): RuleContext {
    return {
      call: shapeOf(call, to),
      peekStorage: (address, slot) => reader.peekStorage(address, slot),
      peekCode: (address) => reader.peekCode(address),
      keccak256: (data) => this.#host.keccak256(data),
    }
  }
}

/** The receiver and the sender, as far as the call names them. */
function endsOf({ to, from }: CallRequest): readonly AccessListEntry[] {
  return [to, from].flatMap((address) => (address === undefined ? [] : [keysAt(address)]))
}

function keysAt(address: Hex, storageKeys: readonly Hex[] = []): AccessListEntry {
  return { address, storageKeys }
}

/** What the pattern predicts by now beyond what was `seen`, one entry an account. */
function nextWave(
  pattern: CallPattern | undefined,
  rules: RuleContext,
  seen: Set<string>,
): readonly AccessListEntry[] {
  const slotsByAddress = new Map<Hex, Hex[]>()
  for (const key of pattern?.predict(rules) ?? []) {
    if (seen.has(textOfKey(key))) continue
    seen.add(textOfKey(key))
    const slots = slotsByAddress.get(key.address) ?? []
    slotsByAddress.set(key.address, slots)
    if (key.slot !== undefined) slots.push(key.slot)
  }
  return [...slotsByAddress].map(([address, slots]) => keysAt(address, slots))
}
