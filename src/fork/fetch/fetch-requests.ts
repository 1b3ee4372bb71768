/**
 * Routes the requests of the core: facts to the store and then to the chain, proofs to the chain,
 * single trie nodes to the search for them.
 */

import type { ForkCore } from '../../ffi/fork-core.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import type { RpcClient } from '../../rpc/rpc-client.ts'
import type { BlockReader } from '../block/block-reader.ts'
import type { Pin } from '../block/pin.ts'
import type { AnswerSink } from './answer-sink.ts'
import type { CallContext } from './chain-calls.ts'
import { planCalls } from './chain-calls.ts'
import type { FetchCounter } from './fetch-counter.ts'
import { Prover } from './prover.ts'
import { isFactRequest, readThrough, storingSink } from './read-through.ts'
import { findTrieNodes } from './trie-node-finder.ts'
import type { RequestUrgency } from './waiting-reads.ts'

/** What fetching works with. */
export interface FetchContext {
  readonly core: ForkCore
  readonly client: RpcClient
  readonly pin: Pin
  readonly reader: BlockReader
  /** Takes the answers. */
  readonly sink: AnswerSink
  /** Aborts the fetching. */
  readonly signal: AbortSignal
  readonly fetched: FetchCounter
  /** Methods to find trie nodes that the node does not serve; added to. */
  readonly refused: Set<string>
  /** Whether there is no node to ask for single trie nodes. */
  readonly isOffline: boolean
  readonly urgency: RequestUrgency
}

/** Answers or fails every request, each exactly once. */
export function fetchRequests(requests: readonly CoreRequest[], context: FetchContext): void {
  const { core, client, pin, reader, sink, signal, urgency, refused, isOffline } = context
  const { facts } = pin
  const prover = new Prover(core.proofs, pin.verification)
  const trieNodes = requests.filter(({ kind }) => kind === 'trieNode')
  if (trieNodes.length > 0) {
    void findTrieNodes(trieNodes, {
      client,
      core,
      sink,
      prover,
      reader,
      signal,
      refused,
      isOffline,
    })
  }
  const kept = facts === undefined ? sink : storingSink(sink, () => pin.facts ?? facts, signal)
  const calls: CallContext = {
    client,
    sink: context.fetched.counting(kept),
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
  const others = requests.filter((request) => request.kind !== 'trieNode' && !isStored.has(request))
  if (others.length > 0) fetch(others)
}
