/**
 * A persistent cache of facts over any {@link Store}, shared by all forks of a process that use it:
 * reads go through it, and what the chain says is written behind.
 *
 * Invariants: it never makes a read fail or wait for long, and never gives a value that is not the
 * one kept. It does not own the store: whoever made the store closes it.
 */

import type { Hex } from '../../encoding/hex.ts'
import { InvalidInputError } from '../../errors.ts'
import type { Store } from '../store.ts'
import { BlockFacts } from './block-facts.ts'
import { type BlockPolicy, type ChainPosition, keepSettledBlocks } from './block-policy.ts'
import { newCounters, type StoreMetrics } from './counters.ts'
import { blockGroup } from './fact-key.ts'
import type { FactBlock } from './facts.ts'
import { HeldClaims } from './held-claims.ts'
import { type StoreEvent, StoreHealth } from './store-health.ts'
import { warnOfStore } from './store-warning.ts'
import { WriteBehind } from './write-behind.ts'

/** Most records that wait to be written, unless `maxBufferedRecords` says otherwise. */
export const DEFAULT_MAX_BUFFERED_RECORDS = 65_536
/** Most bytes of them, unless `maxBufferedBytes` says otherwise. */
export const DEFAULT_MAX_BUFFERED_BYTES: number = 32 * 1024 * 1024
/** Longest time a look into the store may take, unless `readTimeoutMs` says otherwise. */
export const DEFAULT_READ_TIMEOUT_MS = 2_000
/** Longest time a write may take. */
export const WRITE_TIMEOUT_MS = 10_000
/** A store that failed is tried again after this; see `HealthOptions`. */
export const DEFAULT_RETRY_MS = 500
/** Longest pause before it is tried again. */
export const MAX_RETRY_MS = 15_000
/** Life of a claim, unless `claimTtlMs` says otherwise. */
export const DEFAULT_CLAIM_TTL_MS = 2_000
/** Longest wait for a fact that another process is fetching, unless `maxWaitMs` says otherwise. */
export const DEFAULT_MAX_WAIT_MS = 10_000

/** How to use a store. All are optional. */
export interface FactStoreOptions {
  /** Which blocks to keep. Default: final ones, and those with 64 blocks above them. */
  readonly policy?: BlockPolicy | undefined
  /** Records that wait to be written, at most; more are dropped. Default 65,536. */
  readonly maxBufferedRecords?: number | undefined
  /** Bytes of them, at most. Default 33,554,432. */
  readonly maxBufferedBytes?: number | undefined
  /** Longest time a look into the store may take before the chain is asked. Default 2,000. */
  readonly readTimeoutMs?: number | undefined
  /** Pause before a store that failed is tried again; doubles up to 15 s. Default 500. */
  readonly retryMs?: number | undefined
  /** How long a claim of a process that died keeps others waiting. Default 2,000. */
  readonly claimTtlMs?: number | undefined
  /** Longest wait for a fact that another process is fetching. 0: never wait. Default 10,000. */
  readonly maxWaitMs?: number | undefined
  /**
   * Told when the store is not used because it fails, and when it works again. Default: a warning.
   */
  readonly onEvent?: ((event: StoreEvent) => void) | undefined
  /** A monotonic clock in ms, for tests. */
  readonly now?: (() => number) | undefined
}

/** What is to be known of a block to keep its facts. */
export interface FactScope {
  readonly block: FactBlock
  /** Where the chain was when the block was pinned. */
  readonly chain?: ChainPosition | undefined
  /** Whether facts are proven against the block's state root: such are kept apart from others. */
  readonly proven: boolean
  /**
   * The state root, where facts are proven against it but nobody has shown that it is that of the
   * block: it names them then, and not the hash, so that they never count as those of the block.
   */
  readonly root?: Hex | undefined
}

/** A cache of facts over a store. */
export class FactStore {
  readonly #store: Store
  readonly #policy: BlockPolicy
  readonly #claimTtlMs: number
  readonly #maxWaitMs: number
  readonly #now: () => number
  readonly #counters = newCounters()
  readonly #health: StoreHealth
  readonly #writes: WriteBehind

  /** @throws InvalidInputError if an option is out of range. */
  constructor(store: Store, options: FactStoreOptions = {}) {
    const { policy = keepSettledBlocks, onEvent = warnOfStore } = options
    const { now = () => performance.now() } = options
    const numbers = resolveNumbers(options)
    const counters = this.#counters
    this.#store = store
    this.#policy = policy
    this.#claimTtlMs = numbers.claimTtlMs
    this.#maxWaitMs = numbers.maxWaitMs
    this.#now = now
    this.#health = new StoreHealth({
      terms: {
        readTimeoutMs: numbers.readTimeoutMs,
        writeTimeoutMs: WRITE_TIMEOUT_MS,
        retryMs: numbers.retryMs,
        maxRetryMs: MAX_RETRY_MS,
      },
      counters,
      onEvent,
      now,
    })
    this.#writes = new WriteBehind({
      store,
      health: this.#health,
      counters,
      bounds: { maxRecords: numbers.maxBufferedRecords, maxBytes: numbers.maxBufferedBytes },
      now,
    })
  }

  /**
   * The facts of one block. Each call is a reader of its own: two readers of one block do not fetch
   * the same fact at once either. Close it when the block is not read any more.
   */
  forBlock({ block, chain = {}, proven, root }: FactScope): BlockFacts {
    const isKept = this.#policy(block, chain)
    const waits = this.#maxWaitMs > 0
    const named = { chainId: block.chainId, hash: root ?? block.hash }
    return new BlockFacts({
      store: this.#store,
      health: this.#health,
      counters: this.#counters,
      writes: this.#writes,
      claims: new HeldClaims({
        claims: waits ? this.#store.claims : undefined,
        health: this.#health,
        ttlMs: this.#claimTtlMs,
        now: this.#now,
      }),
      maxWaitMs: this.#maxWaitMs,
      now: this.#now,
      group: isKept ? blockGroup(named, { proven }) : undefined,
    })
  }

  /** Counters since it was made. */
  metrics(): StoreMetrics {
    return { ...this.#counters }
  }

  /** Resolves when everything saved before is written, or dropped. Never rejects. */
  flush(): Promise<void> {
    return this.#writes.flush()
  }

  /**
   * Begins, before it returns, to write what is left; so the store may be closed right after. Later
   * facts are dropped. Never rejects.
   */
  close(): Promise<void> {
    return this.#writes.close()
  }
}

interface Numbers {
  readonly maxBufferedRecords: number
  readonly maxBufferedBytes: number
  readonly readTimeoutMs: number
  readonly retryMs: number
  readonly claimTtlMs: number
  readonly maxWaitMs: number
}

function resolveNumbers(options: FactStoreOptions): Numbers {
  const { maxBufferedRecords = DEFAULT_MAX_BUFFERED_RECORDS } = options
  const { maxBufferedBytes = DEFAULT_MAX_BUFFERED_BYTES } = options
  const { readTimeoutMs = DEFAULT_READ_TIMEOUT_MS, retryMs = DEFAULT_RETRY_MS } = options
  const { claimTtlMs = DEFAULT_CLAIM_TTL_MS, maxWaitMs = DEFAULT_MAX_WAIT_MS } = options
  const numbers = {
    maxBufferedRecords,
    maxBufferedBytes,
    readTimeoutMs,
    retryMs,
    claimTtlMs,
    maxWaitMs,
  }
  for (const [name, value] of Object.entries(numbers)) {
    const min = name === 'maxWaitMs' ? 0 : 1
    if (Number.isSafeInteger(value) && value >= min) continue
    throw new InvalidInputError(`${name} must be an integer of at least ${min}`, {
      details: `got ${String(value)}`,
    })
  }
  return numbers
}
