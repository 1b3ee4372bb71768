/**
 * A fork: the one miss loop for all getters of all managers over it.
 *
 * A read that finds its value unknown waits here. At the end of the turn the requests of all reads
 * are drained, made few calls, and sent; each answer goes into the core, and the reads that waited
 * for it try again. Clearing, pinning another block, aborting and destroying end the reads that
 * wait; answers that come later find their *era* over and are dropped.
 *
 * Ownership: reference counted between its creator and its managers. With the last of them it ends:
 * its requests are aborted, its client is closed if it was made here, its memory is freed.
 */

import type { Hex } from '../encoding/hex.ts'
import { AbortedError, DestroyedError } from '../errors.ts'
import { ManagerCore } from '../ffi/core.ts'
import type { Engine } from '../ffi/engine.ts'
import type { AccountFact, CoreRequest } from '../ffi/fork-core.ts'
import { ForkCore } from '../ffi/fork-core.ts'
import type { BlockIdentity, PinMode } from './block-reader.ts'
import type { ForkBlockTag } from './block-target.ts'
import { parseBlockTag } from './block-target.ts'
import type { HintSource } from './call-hints.ts'
import { askForHint } from './call-hints.ts'
import type { AnswerSink } from './chain-calls.ts'
import { planCalls } from './chain-calls.ts'
import { ReadCancelledError } from './errors.ts'
import type { ForkMetrics } from './fork-metrics.ts'
import { forkMetrics } from './fork-metrics.ts'
import type { ResolvedForkOptions } from './fork-options.ts'
import { LearnedCalls } from './learned-calls.ts'
import { Pin } from './pin.ts'
import { keeping, readThrough } from './read-through.ts'
import { userSignals } from './rpc/abort-watch.ts'
import type { AccessListEntry, CallRequest } from './rpc/rpc-client.ts'
import type { ErrorOfRead, Read } from './waiting-reads.ts'
import { placeOf, WaitingReads } from './waiting-reads.ts'

/** The block all reads of a fork are about. */
export interface PinnedBlock extends BlockIdentity {
  /**
   * How the node is told the block: `hash` (EIP-1898), or `number` on nodes that cannot, where each
   * answer is held against the pinned block before it is used.
   */
  readonly mode: PinMode
}

/** A fork of a chain at one block, shared by managers. */
export class Fork {
  readonly engine: Engine
  /** What the managers over it learned of the calls they made. */
  readonly learned: LearnedCalls = new LearnedCalls()
  readonly #options: ResolvedForkOptions
  readonly #core: ForkCore
  readonly #reads = new WaitingReads(() => this.#flushSoon())
  #unwatch: (() => void) | undefined
  #pin: Pin
  /** Aborted when the facts and requests of the time before are void. */
  #era = new AbortController()
  /** Why nothing is fetched any more. */
  #ended: ErrorOfRead | undefined
  #references = 1
  #willFlush = false
  #pinning: Pin | undefined

  constructor(options: ResolvedForkOptions) {
    const { client, target, engine, maxEntries, maxBytes, store, signal } = options
    this.engine = engine
    this.#options = options
    this.#pin = new Pin(client, target, store)
    try {
      if (signal?.aborted) this.#abort()
      else if (signal !== undefined) this.#unwatch = userSignals.watch(signal, () => this.#abort())
      this.#core = new ForkCore(engine, { maxEntries, maxBytes })
    } catch (error) {
      this.#letGo()
      throw error
    }
  }

  // Life.

  retain(): this {
    this.#references++
    return this
  }

  release(): void {
    this.#references--
    if (this.#references > 0) return
    this.#end(() => new DestroyedError('the fork was destroyed'))
    this.#core.destroy()
    this.#letGo()
  }

  /** Ends what was made for the fork outside the core. */
  #letGo(): void {
    const { client, closesClient, store } = this.#options
    this.#unwatch?.()
    void store?.close()
    if (closesClient) client.close?.()
  }

  /** A new manager over this fork, which the caller must destroy. */
  createManager(): ManagerCore {
    return ManagerCore.createWithFork(this.#core)
  }

  #abort(): void {
    const cause: unknown = this.#options.signal?.reason
    this.#end((place) => new AbortedError('the read was aborted', { ...place, cause }))
  }

  #end(errorOf: ErrorOfRead): void {
    if (this.#ended !== undefined) return
    this.#ended = errorOf
    this.#reads.cancel(errorOf)
    const reason = errorOf({})
    this.#era.abort(reason)
    this.#pin.cancel(reason)
  }

  // Reads.

  /** Waits for the value of a read whose attempt just found it unknown. */
  read<Value>(read: Read<Value>): Promise<Value> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended(placeOf(read.key)))
    return this.#reads.add(read)
  }

  /**
   * The keys that a call would touch, as the node tells; undefined if the client cannot ask that.
   *
   * @throws PinError; what the client rejects with; ReadCancelledError, AbortedError,
   * DestroyedError
   */
  async hint(
    source: HintSource,
    call: CallRequest,
  ): Promise<readonly AccessListEntry[] | undefined> {
    if (this.#ended !== undefined) throw this.#ended({})
    const pin = this.#pin
    const { signal } = this.#era
    try {
      const reader = pin.reader ?? (await pin.unlessCancelled(pin.resolve()))
      signal.throwIfAborted()
      return await askForHint(source, call, { client: this.#options.client, reader, signal })
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    }
  }

  /** keccak256 of any bytes, 32 bytes. */
  keccak256(data: Uint8Array): Hex {
    return this.#core.keccak256(data)
  }

  /** Ends the waiting reads of one manager. */
  cancelReads(reader: object, errorOf: ErrorOfRead): void {
    this.#reads.cancel(errorOf, reader)
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
    const { reader, facts } = this.#pin
    if (reader === undefined) {
      void this.#pinThenFlush()
      return
    }
    const requests = [...this.#drain()]
    if (requests.length === 0) return
    const { signal } = this.#era
    const { client } = this.#options
    const sink = this.#sinkOf(signal)
    if (facts === undefined) {
      reader.start(planCalls(requests, { client, signal, sink }))
      return
    }
    const context = { client, signal, sink: keeping(sink, facts) }
    const fetch = (missing: readonly CoreRequest[]) => reader.start(planCalls(missing, context))
    void readThrough(requests, { facts, sink, signal, fetch })
  }

  *#drain(): Iterable<CoreRequest> {
    for (;;) {
      const request = this.#core.nextRequest()
      if (request === undefined) return
      yield request
    }
  }

  /** Until the block is known, requests gather in the core. */
  async #pinThenFlush(): Promise<void> {
    const pin = this.#pin
    if (this.#pinning === pin) return
    this.#pinning = pin
    let failure: { readonly error: unknown } | undefined
    try {
      await pin.resolve()
    } catch (error) {
      failure = { error }
    }
    if (this.#pinning !== pin) return
    this.#pinning = undefined
    if (pin !== this.#pin || this.#ended !== undefined) return
    if (failure !== undefined) this.#failQueued(failure.error)
    else this.#flushSoon()
  }

  #failQueued(error: unknown): void {
    for (const request of [...this.#drain()]) this.#fail(request, error)
  }

  #fail(request: CoreRequest, error: unknown): void {
    this.#core.fail(request)
    this.#reads.failed(request.id, error)
  }

  /** Takes answers as long as the era they were asked in lasts. */
  #sinkOf(era: AbortSignal): AnswerSink {
    const core = this.#core
    const reads = this.#reads
    return {
      provideAccount(request: CoreRequest, fact: AccountFact): void {
        if (era.aborted) return
        if (core.provideAccount(request, fact)) reads.answered(request.id)
      },
      provideStorage(request: CoreRequest, value: bigint): void {
        if (era.aborted) return
        if (core.provideStorage(request, value)) reads.answered(request.id)
      },
      provideCode(request: CoreRequest, code: Uint8Array): boolean {
        if (era.aborted) return true
        const outcome = core.provideCode(request, code)
        if (outcome === 'taken') reads.answered(request.id)
        return outcome !== 'mismatch'
      },
      insertAccount(generation: number, address: Hex, fact: AccountFact): void {
        if (!era.aborted) core.insertAccount(generation, address, fact)
      },
      fail: (request: CoreRequest, error: unknown): void => {
        if (!era.aborted) this.#fail(request, error)
      },
      keccak256: (data: Uint8Array): Hex => core.keccak256(data),
    }
  }

  // The block.

  /** @throws PinError if the block cannot be resolved; DestroyedError; AbortedError. */
  async pinned(): Promise<PinnedBlock> {
    if (this.#ended !== undefined) throw this.#ended({})
    const pin = this.#pin
    const { reader, knownChainId: chainId } = pin
    if (reader?.mode !== undefined && chainId !== undefined) {
      return { ...reader.block, chainId, mode: reader.mode }
    }
    return await pin.unlessCancelled(askPinned(pin))
  }

  /** Forks another block from now on. Facts are dropped, reads that wait are cancelled. */
  repin(block: ForkBlockTag): Promise<PinnedBlock> {
    const target = parseBlockTag(block)
    if (this.#ended !== undefined) throw this.#ended({})
    const before = this.#pin
    const { client, store } = this.#options
    this.#pin = new Pin(client, target, store)
    this.clear('another block was pinned')
    before.cancel(new ReadCancelledError('another block was pinned'))
    return this.pinned()
  }

  // Caches and counters.

  /** Drops all facts; reads that wait are cancelled for the reason given. */
  clear(reason: string): void {
    this.#core.clear()
    this.cleared(reason)
  }

  /** As {@link Fork.clear}, after the core was cleared. */
  cleared(reason: string): void {
    const errorOf: ErrorOfRead = (place) => {
      const hint = 'read again'
      return new ReadCancelledError(`the read was cancelled: ${reason}`, { ...place, hint })
    }
    this.#reads.cancel(errorOf)
    this.#era.abort(errorOf({}))
    this.#era = new AbortController()
  }

  metrics(): ForkMetrics {
    const { client, store } = this.#options
    const { reader } = this.#pin
    const prefetch = this.learned.metrics
    return forkMetrics({ stats: this.#core.stats(), client, reader, store, prefetch })
  }
}

async function askPinned(pin: Pin): Promise<PinnedBlock> {
  const [reader, chainId] = await Promise.all([pin.resolve(), pin.chainId()])
  return { ...reader.block, chainId, mode: await reader.probe() }
}
