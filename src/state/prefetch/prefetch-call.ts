/**
 * Reading ahead for a call: checks what the user gave, lends the manager's reads to the fork's
 * prefetcher, and watches what the call touches afterwards. What to read is the prefetcher's
 * matter.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import { toBytes, toHex } from '../../encoding/hex.ts'
import type { Fork } from '../../fork/fork.ts'
import type {
  PrefetchedCall,
  PrefetchReader,
  PrefetchSource,
} from '../../fork/prefetch/prefetcher.ts'
import { TouchLog } from '../../fork/prefetch/touch-log.ts'
import type { CallRequest } from '../../rpc/rpc-client.ts'
import type { PrefetchContext } from './prefetch.ts'
import { prefetchEntries } from './prefetch.ts'

const SOURCES: readonly PrefetchSource[] = ['access-list', 'trace', 'learned']

/** Options of `prefetchCall`. */
export interface PrefetchCallOptions {
  /**
   * Tried in this order until one can predict: `access-list` (`eth_createAccessList`), `trace`
   * (`debug_traceCall`), `learned` (what earlier calls touched). Default: all three, in this order.
   */
  readonly sources?: readonly PrefetchSource[] | undefined
}

/** The result where nothing is forked, so that there is nothing to read ahead. */
export const NO_PREFETCH: PrefetchedCall = { source: 'none', fetchedKeys: 0, refusals: [] }

/** A call that was read ahead, and is now watched. */
export interface WatchedCall {
  readonly result: PrefetchedCall
  /** Notes what the call reads. */
  readonly log: TouchLog
  /** Ends the watch: the prefetcher learns what was noted. */
  finish(): void
}

/** What it works with. */
export interface PrefetchCallContext extends PrefetchContext {
  readonly fork: Fork
}

/**
 * @throws as a read does; InvalidInputError for an unknown source, InvalidHexError for the data.
 */
export async function prefetchForCall(
  call: CallRequest,
  { sources = SOURCES }: PrefetchCallOptions,
  context: PrefetchCallContext,
): Promise<WatchedCall> {
  toBytes(call.data ?? '0x', 'data of the call')
  const unknown = sources.find((name) => !SOURCES.includes(name))
  if (unknown !== undefined) throw new InvalidInputError(`there is no source ${String(unknown)}`)
  const { prefetcher } = context.fork
  const predicted = await prefetcher.predict(call, sources, readerOver(context))
  const log = new TouchLog()
  return { result: predicted.result, log, finish: () => predicted.learn(log.close()) }
}

function readerOver(context: PrefetchContext): PrefetchReader {
  const { core } = context
  return {
    fetch: (keys) => prefetchEntries(keys, context),
    peekStorage: (address, slot) => core.reads.storage(address, slot, 'peek'),
    peekCode: (address) => {
      const codeHash = core.reads.codeHash(address, 'peek')
      return codeHash && core.reads.codeByHash(address, codeHash, 'peek')
    },
    peekCodeHash: (address) => {
      const codeHash = core.reads.codeHash(address, 'peek')
      return codeHash && toHex(codeHash)
    },
  }
}
