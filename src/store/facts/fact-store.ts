/**
 * Facts: a persistent cache of the chain's facts over any {@link Store}. All forks of a process
 * that use a store share it: reads go through it, and facts from the chain are written behind.
 *
 * Invariants: it never makes a read fail or wait for long, and never returns a value other than the
 * one saved. It does not own the store: whoever created the store closes it.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
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

/** Default of `maxBufferedRecords`. */
export const DEFAULT_MAX_BUFFERED_RECORDS = 65_536
/** Default of `maxBufferedBytes`. */
export const DEFAULT_MAX_BUFFERED_BYTES: number = 32 * 1024 * 1024
/** Default of `readTimeoutMs`. */
export const DEFAULT_READ_TIMEOUT_MS = 2_000
/** Timeout of a write. */
export const WRITE_TIMEOUT_MS = 10_000
/** Default of `retryMs`. */
export const DEFAULT_RETRY_MS = 500
/** Longest pause before a store that failed is tried again. */
export const MAX_RETRY_MS = 15_000
/** Default of `claimTtlMs`. */
export const DEFAULT_CLAIM_TTL_MS = 2_000
/** Default of `maxWaitMs`. */
export const DEFAULT_MAX_WAIT_MS = 10_000

/** Options of using a store. All are optional. */
export interface FactStoreOptions {
  /** Which blocks to keep. Default: final blocks, and those with 64 blocks above them. */
  readonly policy?: BlockPolicy | undefined
  /** Maximum of records that wait to be written; more are dropped. Default 65,536. */
  readonly maxBufferedRecords?: number | undefined
  /** Maximum of bytes of these records. Default 33,554,432. */
  readonly maxBufferedBytes?: number | undefined
  /** Timeout of a lookup in ms, after which the chain is read. Default 2,000. */
  readonly readTimeoutMs?: number | undefined
  /** Pause in ms before a store that failed is tried again; doubles up to 15 s. Default 500. */
  readonly retryMs?: number | undefined
  /** How long a claim of a dead process keeps others waiting, in ms. Default 2,000. */
  readonly claimTtlMs?: number | undefined
  /**
   * Longest wait in ms for a fact that another process is fetching. 0: never wait. Default 10,000.
   */
  readonly maxWaitMs?: number | undefined
  /**
   * Called when the store is no longer used because it fails, and when it works again. Default:
   * shows a warning.
   */
  readonly onEvent?: ((event: StoreEvent) => void) | undefined
  /** A monotonic clock in ms; replaced in tests. */
  readonly now?: (() => number) | undefined
}

/** What determines how a block's facts are kept. */
export interface FactScope {
  readonly block: FactBlock
  /** State of the chain when the block was pinned. */
  readonly chain?: ChainPosition | undefined
  /**
   * Whether facts are proven against the block's state root; proven and unproven facts are kept
   * apart.
   */
  readonly proven: boolean
  /**
   * The state root, if facts are proven against it but it is not shown to be that of the block.
   * Then it names the facts instead of the block hash, so that they never count as facts of the
   * block.
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
   * The facts of one block. Each call returns a separate reader: two readers of one block do not
   * fetch the same fact at the same time either. Close a reader when the block is no longer read.
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

  /** Counters since it was created. */
  metrics(): StoreMetrics {
    return { ...this.#counters }
  }

  /** Resolves when everything saved before is written or dropped. Never rejects. */
  flush(): Promise<void> {
    return this.#writes.flush()
  }

  /**
   * Starts writing what is left before it returns, so the store may be closed right after the call.
   * Later facts are dropped. Never rejects.
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
