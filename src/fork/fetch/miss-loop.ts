/**
 * `fetch/` gets facts of the pinned block into the core: it turns the requests of reads that missed
 * into few calls, checks the answers, and lets the reads go on. This is its loop, one per fork, for
 * all getters of all managers over it.
 *
 * A read whose value is unknown waits here. At the end of the turn the requests of all waiting
 * reads are drained from the core and fetched together; each answer goes into the core, and the
 * reads that waited for it try again. Until the block is resolved, requests gather in the core.
 *
 * Invariant: clearing the cache or pinning another block starts a new *generation*, and aborting or
 * destroying the fork ends the last one. Then the reads that wait are rejected, and answers that
 * come later are dropped.
 */

import type { ForkCore } from '../../ffi/fork-core.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import type { RpcClient } from '../../rpc/rpc-client.ts'
import type { Pin } from '../block/pin.ts'
import type { ForkEvents } from '../fork-events.ts'
import { answerSink } from './answer-sink.ts'
import { FetchCounter } from './fetch-counter.ts'
import { fetchRequests } from './fetch-requests.ts'
import type { MakeReadError, Read } from './waiting-reads.ts'
import { errorContextOf, WaitingReads } from './waiting-reads.ts'

/** What the loop works with. */
export interface MissLoopContext {
  readonly core: ForkCore
  readonly client: RpcClient
  readonly events: ForkEvents
  /** Whether there is no node to ask for single trie nodes. */
  readonly isOffline: boolean
}

/** The reads of a fork that wait, and the fetching of what they wait for. */
export class MissLoop {
  readonly #context: MissLoopContext
  readonly #reads = new WaitingReads(() => this.#flushSoon())
  readonly #fetched = new FetchCounter()
  /** Methods to find trie nodes that the node does not serve. */
  readonly #refusedMethods = new Set<string>()
  #pin: Pin
  /** Aborted when the generation ends: its facts and requests are void. */
  #generation = new AbortController()
  #ended: MakeReadError | undefined
  #willFlush = false
  #resolving: Pin | undefined

  constructor(pin: Pin, context: MissLoopContext) {
    this.#pin = pin
    this.#context = context
  }

  /** The block that is read. */
  get pin(): Pin {
    return this.#pin
  }

  /** Makes the error of whatever is asked of the fork after its end; undefined before. */
  get ended(): MakeReadError | undefined {
    return this.#ended
  }

  /** Aborted when the generation ends. */
  get signal(): AbortSignal {
    return this.#generation.signal
  }

  /** Facts that the chain answered. */
  get fetchedFacts(): number {
    return this.#fetched.count
  }

  /** Waits for the value of a read whose last attempt found it unknown. */
  read<Value>(read: Read<Value>): Promise<Value> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended(errorContextOf(read.key)))
    return this.#reads.add(read)
  }

  /** Rejects the waiting reads of one manager. */
  cancelReads(reader: object, makeError: MakeReadError): void {
    this.#reads.cancel(makeError, reader)
  }

  /** Starts a new generation, and rejects the reads of the last one. */
  restart(pin: Pin, makeError: MakeReadError): void {
    this.#pin = pin
    this.#reads.cancel(makeError)
    this.#generation.abort(makeError({}))
    this.#generation = new AbortController()
  }

  /** Ends the last generation and its pin; only the first call does anything. */
  end(makeError: MakeReadError): void {
    if (this.#ended !== undefined) return
    this.#ended = makeError
    this.#reads.cancel(makeError)
    const reason = makeError({})
    this.#generation.abort(reason)
    this.#pin.cancel(reason)
  }

  #flushSoon(): void {
    if (this.#willFlush) return
    this.#willFlush = true
    queueMicrotask(() => {
      this.#willFlush = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#ended !== undefined) return
    const pin = this.#pin
    const { reader } = pin
    if (reader === undefined) {
      void this.#resolveThenFlush()
      return
    }
    const requests = this.#drain()
    if (requests.length === 0) return
    const { core, client, events, isOffline } = this.#context
    const { signal } = this.#generation
    if (events.hasListeners) events.reportEvictions(core.stats().evictions)
    fetchRequests(requests, {
      core,
      client,
      pin,
      reader,
      sink: answerSink({
        core,
        reads: this.#reads,
        signal,
        fail: (request, error) => this.#fail(request, error),
      }),
      signal,
      fetched: this.#fetched,
      refused: this.#refusedMethods,
      isOffline,
      urgency: this.#reads,
    })
  }

  #drain(): readonly CoreRequest[] {
    const { core } = this.#context
    const requests: CoreRequest[] = []
    for (;;) {
      const request = core.nextRequest()
      if (request === undefined) return requests
      requests.push(request)
    }
  }

  async #resolveThenFlush(): Promise<void> {
    const pin = this.#pin
    if (this.#resolving === pin) return
    this.#resolving = pin
    let failure: { readonly error: unknown } | undefined
    try {
      await this.#context.events.watchPin(pin.resolve())
    } catch (error) {
      failure = { error }
    }
    if (this.#resolving !== pin) return
    this.#resolving = undefined
    if (pin !== this.#pin || this.#ended !== undefined) return
    if (failure === undefined) this.#flushSoon()
    else this.#failQueued(failure.error)
  }

  #failQueued(error: unknown): void {
    for (const request of this.#drain()) this.#fail(request, error)
  }

  #fail(request: CoreRequest, error: unknown): void {
    this.#context.core.fail(request)
    this.#reads.failed(request.id, error)
  }
}
