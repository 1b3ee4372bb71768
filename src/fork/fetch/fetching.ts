/**
 * Requests of the core on their way: to the store, to the chain as few calls, or to the search for
 * single trie nodes.
 */

import type { ForkCore } from '../../ffi/fork-core.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import type { RpcClient } from '../../rpc/rpc-client.ts'
import type { BlockReader } from '../block/block-reader.ts'
import type { Pin } from '../block/pin.ts'
import type { AnswerSink, CallContext } from './chain-calls.ts'
import { planCalls } from './chain-calls.ts'
import type { NetworkHits } from './network-hits.ts'
import { findNodes } from './node-finder.ts'
import { Prover } from './prover.ts'
import { isFactRequest, keeping, readThrough } from './read-through.ts'
import type { RequestUrgency } from './waiting-reads.ts'

/** What fetching works with. */
export interface FetchContext {
  readonly core: ForkCore
  readonly client: RpcClient
  readonly pin: Pin
  readonly reader: BlockReader
  /** Where answers go. */
  readonly sink: AnswerSink
  /** Ends it. */
  readonly signal: AbortSignal
  readonly networkHits: NetworkHits
  /** Methods that the node does not serve, of those that search for trie nodes. */
  readonly refused: Set<string>
  /** Whether there is nobody to ask. */
  readonly isOffline: boolean
  readonly urgency: RequestUrgency
}

/** Answers or fails every request, each once. */
export function fetchRequests(requests: readonly CoreRequest[], context: FetchContext): void {
  const { core, client, pin, reader, sink, signal, urgency, refused, isOffline } = context
  const { facts } = pin
  const prover = new Prover(core.proofs, pin.verification)
  const nodes = requests.filter(({ kind }) => kind === 'node')
  if (nodes.length > 0) {
    void findNodes(nodes, { client, core, sink, prover, reader, signal, refused, isOffline })
  }
  const keeper = facts === undefined ? sink : keeping(sink, () => pin.facts ?? facts, signal)
  const calls: CallContext = {
    client,
    sink: context.networkHits.through(keeper),
    signal,
    urgency,
    prover,
    onUnproven: (cause) => pin.giveUpProofs(cause, client),
  }
  const fetch = (missing: readonly CoreRequest[]): void => reader.start(planCalls(missing, calls))
  const stored = facts === undefined ? [] : requests.filter(isFactRequest)
  if (facts !== undefined && stored.length > 0) {
    void readThrough(stored, { facts, sink, signal, fetch })
  }
  const isStored = new Set<CoreRequest>(stored)
  const others = requests.filter((request) => request.kind !== 'node' && !isStored.has(request))
  if (others.length > 0) fetch(others)
}
