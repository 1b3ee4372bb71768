/**
 * The facts of one block in a store: looked up before the chain is read, and saved afterwards.
 *
 * Invariants: nothing here rejects or throws because of the store; a fact that is not verifiably
 * intact counts as absent. Only facts passed to {@link BlockFacts.save} are written, which come
 * from the chain: a local write cannot get in here.
 */

import { requireAll } from '../key-check.ts'
import type { RecordKey, Store } from '../store.ts'
import { sleep } from '../timers.ts'
import type { StoreCounters } from './counters.ts'
import { codeKey, keyText, recordKey } from './fact-key.ts'
import { decodeFact, encodeFact } from './fact-record.ts'
import type { Fact, FactKey } from './facts.ts'
import type { HeldClaims } from './held-claims.ts'
import type { StoreHealth } from './store-health.ts'
import type { WriteBehind } from './write-behind.ts'

/**
 * First and longest pause between two lookups of a fact that another process is fetching, in ms.
 */
const FIRST_PAUSE_MS = 4
const MAX_PAUSE_MS = 50

/** A fact that was found, and the request that it answers. */
export interface FoundFact<Request extends FactKey> {
  readonly request: Request
  readonly fact: Fact
}

/** The outcome of some of the requests. */
export interface LoadedPart<Request extends FactKey> {
  readonly found: readonly FoundFact<Request>[]
  /** The caller must fetch these, and then call `save` or `abandon`. */
  readonly missing: readonly Request[]
}

/** Dependencies of the facts of a block. */
export interface BlockFactsContext {
  readonly store: Store
  readonly health: StoreHealth
  readonly counters: StoreCounters
  readonly writes: WriteBehind
  readonly claims: HeldClaims
  /** Longest wait for a fact that another process is fetching, in ms. */
  readonly maxWaitMs: number
  /** Monotonic, ms. */
  readonly now: () => number
  /** Undefined if the accounts and slots of this block are not kept. */
  readonly group: Uint8Array | undefined
}

interface Entry<Request extends FactKey> {
  readonly request: Request
  readonly key: RecordKey
}

interface Lookup<Request extends FactKey> {
  readonly found: FoundFact<Request>[]
  readonly absent: Entry<Request>[]
  /** Present, but damaged or of another version; waiting is of no use. */
  readonly unusable: Entry<Request>[]
  /** Whether the store answered. */
  readonly isAnswered: boolean
}

interface Division<Request extends FactKey> {
  readonly mine: readonly Request[]
  readonly waiting: readonly Entry<Request>[]
}

/** Options of loading. */
export interface LoadOptions {
  /** Stops waiting for other processes: what is absent then is missing. */
  readonly signal?: AbortSignal | undefined
}

/** The facts of one block; made by `FactStore.forBlock`. */
export class BlockFacts {
  readonly #context: BlockFactsContext

  constructor(context: BlockFactsContext) {
    this.#context = context
  }

  /** Whether accounts and slots are kept, not only code. */
  get keepsState(): boolean {
    return this.#context.group !== undefined
  }

  /**
   * Decides each request exactly once: found in the store, or missing. The first part comes after
   * one lookup. Further parts come only if another process is fetching some of the facts, as each
   * of its fetches ends.
   *
   * @example
   * for await (const { found, missing } of facts.load(requests)) {
   *   for (const { request, fact } of found) provide(request, fact)
   *   fetchFromTheChain(missing)
   * }
   */
  async *load<Request extends FactKey>(
    requests: readonly Request[],
    options: LoadOptions = {},
  ): AsyncGenerator<LoadedPart<Request>, void, undefined> {
    const unkept: Request[] = []
    const entries: Entry<Request>[] = []
    for (const request of requests) {
      const key = this.#keyOf(request)
      if (key === undefined) unkept.push(request)
      else entries.push({ request, key })
    }
    const lookup = await this.#look(entries)
    const { mine, waiting } = await this.#divide(lookup)
    const { counters } = this.#context
    counters.storeHits += lookup.found.length
    counters.storeMisses += mine.length + waiting.length
    counters.storeWaits += waiting.length
    yield { found: lookup.found, missing: [...unkept, ...mine] }
    if (waiting.length > 0) yield* this.#wait(waiting, options.signal)
  }

  /** Saves facts from the chain. If the block is not kept, only code is saved. */
  save(facts: Iterable<Fact>): void {
    const { writes, claims, counters } = this.#context
    for (const fact of facts) {
      const key = this.#keyOf(fact.kind === 'code' ? codeRequest(fact.word) : asRequest(fact))
      if (key === undefined) continue
      let value: Uint8Array
      try {
        value = encodeFact(key, fact)
      } catch {
        // Out of range: whoever uses the fact reports it; here it is only not kept.
        counters.storeDroppedWrites++
        claims.release([key])
        continue
      }
      if (writes.add({ ...key, value })) claims.settle(key)
      else claims.release([key])
    }
  }

  /** The fetch of missing facts failed; other processes stop waiting for it. */
  abandon(requests: Iterable<FactKey>): void {
    const keys = [...requests].flatMap((request) => this.#keyOf(request) ?? [])
    this.#context.claims.release(keys)
  }

  /** Counts and removes a fact that turned out to be wrong, such as code with another hash. */
  reject(request: FactKey): void {
    const key = this.#keyOf(request)
    if (key !== undefined) this.#remove([key])
  }

  /** Releases all claims. Saved facts are still written. */
  close(): void {
    this.#context.claims.release()
  }

  /** Undefined for a fact that is not kept, or has no name. */
  #keyOf(request: FactKey): RecordKey | undefined {
    const { group } = this.#context
    try {
      if (request.kind === 'code') return codeKey(request.word)
      return group === undefined ? undefined : recordKey(group, request)
    } catch {
      return undefined
    }
  }

  async #look<Request extends FactKey>(
    entries: readonly Entry<Request>[],
  ): Promise<Lookup<Request>> {
    const { writes } = this.#context
    const found: FoundFact<Request>[] = []
    const absent: Entry<Request>[] = []
    const unusable: Entry<Request>[] = []
    const unbuffered: Entry<Request>[] = []
    const open = (entry: Entry<Request>, record: Uint8Array | undefined): void => {
      const fact = record === undefined ? undefined : this.#open(entry, record)
      if (fact !== undefined) found.push({ request: entry.request, fact })
      else if (record === undefined) absent.push(entry)
      else unusable.push(entry)
    }
    for (const entry of entries) {
      const unwritten = writes.find(keyText(entry.key))
      if (unwritten === undefined) unbuffered.push(entry)
      else open(entry, unwritten)
    }
    const records = await this.#read(unbuffered.map(({ key }) => key))
    unbuffered.forEach((entry, at) => {
      open(entry, records?.[at])
    })
    return { found, absent, unusable, isAnswered: records !== undefined }
  }

  async #read(
    keys: readonly RecordKey[],
  ): Promise<readonly (Uint8Array | undefined)[] | undefined> {
    if (keys.length === 0) return []
    const { store, health } = this.#context
    const done = await health.run('read', async () => {
      return requireAll(await store.getMany(keys), keys)
    })
    return done?.value
  }

  /** Undefined if the record cannot be used. */
  #open({ request, key }: Entry<FactKey>, record: Uint8Array): Fact | undefined {
    const { counters, writes } = this.#context
    const fact = decodeFact(key, request, record)
    counters.storeBytesRead += record.length
    if (fact === 'other-version') {
      counters.storeVersionMismatches++
      return undefined
    }
    if (fact === 'corrupt') {
      this.#remove([key])
      return undefined
    }
    writes.touch(key.group)
    return fact
  }

  #remove(keys: readonly RecordKey[]): void {
    const { store, health, counters } = this.#context
    counters.storeCorrupt += keys.length
    void health.run('write', () => store.deleteMany(keys))
  }

  /**
   * Claims the absent facts: the caller fetches those that are granted and waits for the others.
   */
  async #divide<Request extends FactKey>({
    absent,
    unusable,
    isAnswered,
  }: Lookup<Request>): Promise<Division<Request>> {
    const outcomes = isAnswered
      ? await this.#context.claims.claim(absent.map(({ key }) => key))
      : undefined
    const mine = unusable.map(({ request }) => request)
    const waiting: Entry<Request>[] = []
    absent.forEach((entry, at) => {
      const outcome = outcomes?.[at] ?? 'granted'
      if (outcome === 'granted') mine.push(entry.request)
      else waiting.push(entry)
    })
    return { mine, waiting }
  }

  async *#wait<Request extends FactKey>(
    entries: readonly Entry<Request>[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<LoadedPart<Request>, void, undefined> {
    const { counters, maxWaitMs, now } = this.#context
    const deadlineMs = now() + maxWaitMs
    let waiting = entries
    let pauseMs = FIRST_PAUSE_MS
    while (waiting.length > 0) {
      await sleep(pauseMs, signal)
      pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)
      const lookup = await this.#look(waiting)
      const isOver = signal?.aborted === true || now() >= deadlineMs
      const divided = await this.#divide(isOver ? { ...lookup, isAnswered: false } : lookup)
      const { found } = lookup
      counters.storeHits += found.length
      counters.storeWaitTimeouts += divided.mine.length
      waiting = divided.waiting
      if (found.length + divided.mine.length > 0) yield { found, missing: divided.mine }
    }
  }
}

function asRequest(fact: Exclude<Fact, { readonly kind: 'code' }>): FactKey {
  const { kind, address } = fact
  return { kind, address, word: fact.kind === 'storage' ? fact.word : '0x' }
}

/** Code is named only by its hash. */
function codeRequest(word: FactKey['word']): FactKey {
  return { kind: 'code', address: '0x', word }
}
