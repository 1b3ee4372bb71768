/** What a fork tells of its work, as it happens. */

import type { RpcEvent } from '../rpc/events.ts'
import type { StoreEvent } from '../store/facts/store-health.ts'
import type { BlockState } from './block/block-reader.ts'

/** Something that happened: between client and node, to the store, or to the fork itself. */
export type ForkEvent =
  | RpcEvent
  | StoreEvent
  /** The block is resolved: all reads are about it. */
  | ({ readonly type: 'pinned' } & BlockState)
  /** The block could not be resolved; the next read tries again. */
  | { readonly type: 'pin-failed'; readonly error: unknown }
  /** The node takes no block hashes and is read by number, with checks. */
  | ({ readonly type: 'pinned-by-number' } & BlockState)
  /** Answers about the block are believed without proofs from now on. */
  | { readonly type: 'verify-demoted'; readonly because: string }
  /** Another block is to be forked: a number, tag or hash. */
  | { readonly type: 'repin'; readonly block: string }
  /** The cache is full: so many facts were dropped since the last such event. */
  | { readonly type: 'evicted'; readonly facts: number }
