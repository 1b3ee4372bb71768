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

import { toBytes } from '../encoding/hex.ts'
import { AbortedError, DestroyedError } from '../errors.ts'
import type { Engine } from '../ffi/engine.ts'
import { ForkCore } from '../ffi/fork-core.ts'
import type { CoreRequest } from '../ffi/fork-request.ts'
import { ManagerCore } from '../ffi/manager-core.ts'
import { userSignals } from '../rpc/abort-watch.ts'
import type { RpcClient } from '../rpc/rpc-client.ts'
import type { Ancestors } from './block/ancestors.ts'
import type { BlockReader, BlockState } from './block/block-reader.ts'
import type { BlockTarget, ForkBlockTag } from './block/block-target.ts'
import { parseBlockTag } from './block/block-target.ts'
import { NoStateRootError, ReadCancelledError } from './block/errors.ts'
import { Pin } from './block/pin.ts'
import type { PinnedBlock } from './block/pinned-block.ts'
import { askPinned, peekPinned } from './block/pinned-block.ts'
import { Verification } from './block/verification.ts'
import type { TrustOptions, VerifyTerms } from './block/verify-options.ts'
import { repinTerms } from './block/verify-options.ts'
import { answerSink } from './fetch/answer-sink.ts'
import type { AnswerSink } from './fetch/chain-calls.ts'
import { fetchRequests } from './fetch/fetching.ts'
import { NetworkHits } from './fetch/network-hits.ts'
import type { ErrorOfRead, Read } from './fetch/waiting-reads.ts'
import { placeOf, WaitingReads } from './fetch/waiting-reads.ts'
import type { ForkMetrics } from './fork-metrics.ts'
import { forkMetrics } from './fork-metrics.ts'
import type { ResolvedForkOptions } from './fork-options.ts'
import type { HintContext } from './prefetch/call-hints.ts'
import { Prefetcher } from './prefetch/prefetcher.ts'
import type { ForkWitness, WitnessParts } from './witness-parts.ts'

export type { PinnedBlock } from './block/pinned-block.ts'

/** A fork of a chain at one block, shared by managers. */
export class Fork {
  readonly engine: Engine
  /** Reads ahead for the managers over it, and learns what their calls touch. */
  readonly prefetcher: Prefetcher = new Prefetcher({
    ask: (question) => this.#ask(question),
    keccak256: (data) => this.#core.keccak256(data),
    notePrefetched: ({ address, slot }) => {
      if (this.#ended === undefined) this.#core.notePrefetched(address, slot)
    },
  })
  readonly #options: ResolvedForkOptions
  readonly #core: ForkCore
  readonly #reads = new WaitingReads(() => this.#flushSoon())
  readonly #networkHits = new NetworkHits()
  #unwatch: (() => void) | undefined
  readonly #unlisten: (() => void) | undefined
  #pin: Pin
  /** Aborted when the facts and requests of the time before are void. */
  #era = new AbortController()
  /** Methods that the node does not serve, of those that search for trie nodes. */
  readonly #refusedMethods = new Set<string>()
  /** What another block was pinned with, of which the caller trusted something. */
  #trusted: VerifyTerms | undefined
  readonly #proofs = { proofsChecked: 0, proofsRejected: 0, demotions: 0 }
  /** Why nothing is fetched any more. */
  #ended: ErrorOfRead | undefined
  #references = 1
  #willFlush = false
  #pinning: Pin | undefined

  constructor(options: ResolvedForkOptions) {
    const { target, engine, maxEntries, maxBytes, maxNodeBytes, verify, signal } = options
    this.engine = engine
    this.#options = options
    this.#pin = this.#newPin(target, verify)
    try {
      if (signal?.aborted) this.#abort()
      else if (signal !== undefined) this.#unwatch = userSignals.watch(signal, () => this.#abort())
      this.#core = new ForkCore(engine, { maxEntries, maxBytes, maxNodeBytes })
      const { events } = options
      if (events.hasListeners)
        this.#unlisten = options.client.listen?.((event) => events.emit(event))
    } catch (error) {
      this.#letGo()
      throw error
    }
    if (options.witness !== undefined) this.#begin(options.witness)
  }

  #begin(witness: ForkWitness): void {
    try {
      this.#pin.resolveNow(witness.header)
      this.insert(witness)
    } catch (error) {
      this.release()
      throw error
    }
  }

  /** The chain it reads; for adapters, which ask it what is no state. */
  get client(): RpcClient {
    return this.#options.client
  }

  #newPin(target: BlockTarget, verify: VerifyTerms): Pin {
    const { client, store, events } = this.#options
    const verification = new Verification(verify, this.#proofs)
    verification.onDemoted = (because) => events.emit({ type: 'verify-demoted', because })
    return new Pin(target, {
      client,
      store,
      verification,
      keccak256: (data) => this.#core.keccak256(data),
      onResolved: (block) => this.#setStateRoot(block),
    })
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
    this.#unlisten?.()
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

  /** Asks something about the pinned block, until the facts of now are void. */
  async #ask<Answer>(question: (context: HintContext) => Promise<Answer>): Promise<Answer> {
    if (this.#ended !== undefined) throw this.#ended({})
    const pin = this.#pin
    const { signal } = this.#era
    try {
      const reader = pin.reader ?? (await pin.unlessCancelled(this.#resolve(pin)))
      signal.throwIfAborted()
      return await question({ client: this.#options.client, reader, signal })
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    }
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
    const { reader } = this.#pin
    if (reader === undefined) {
      void this.#pinThenFlush()
      return
    }
    const requests = [...this.#drain()]
    if (requests.length === 0) return
    const { signal } = this.#era
    const { client, events } = this.#options
    if (events.hasListeners) events.countEvictions(this.#core.stats().evictions)
    fetchRequests(requests, {
      core: this.#core,
      client,
      pin: this.#pin,
      reader,
      sink: this.#sinkOf(signal),
      signal,
      networkHits: this.#networkHits,
      refused: this.#refusedMethods,
      isOffline: this.#options.witness !== undefined,
      urgency: this.#reads,
    })
  }

  *#drain(): Iterable<CoreRequest> {
    for (;;) {
      const request = this.#core.nextRequest()
      if (request === undefined) return
      yield request
    }
  }

  #resolve(pin: Pin): Promise<BlockReader> {
    return this.#options.events.watchPin(pin.resolve())
  }

  /** Until the block is known, requests gather in the core. */
  async #pinThenFlush(): Promise<void> {
    const pin = this.#pin
    if (this.#pinning === pin) return
    this.#pinning = pin
    let failure: { readonly error: unknown } | undefined
    try {
      await this.#resolve(pin)
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

  #sinkOf(era: AbortSignal): AnswerSink {
    const fail = (request: CoreRequest, error: unknown): void => this.#fail(request, error)
    return answerSink({ core: this.#core, reads: this.#reads, era, fail })
  }

  // The block.

  /** @throws PinError if the block cannot be resolved; DestroyedError; AbortedError. */
  async pinned(): Promise<PinnedBlock> {
    if (this.#ended !== undefined) throw this.#ended({})
    const pin = this.#pin
    const known = peekPinned(pin)
    if (known !== undefined) return known
    return await pin.unlessCancelled(askPinned(pin, this.#resolve(pin), this.#options.client))
  }

  /**
   * The block and its state root, known to the core from now on.
   *
   * @throws as {@link Fork.pinned}
   */
  async ready(): Promise<BlockState> {
    if (this.#ended !== undefined) throw this.#ended({})
    const pin = this.#pin
    const { block } = pin.reader ?? (await pin.unlessCancelled(this.#resolve(pin)))
    return block
  }

  /** The blocks before the pinned one. @throws as {@link Fork.pinned} */
  async ancestors(): Promise<Ancestors> {
    const pin = this.#pin
    await this.ready()
    return pin.ancestors as Ancestors
  }

  /** Whether the block is known now; not right after a re-pin, whatever was awaited before. */
  get isReady(): boolean {
    return this.#pin.reader !== undefined
  }

  /**
   * As {@link Fork.ready}, where a root or a proof needs it.
   *
   * @throws NoStateRootError if the block has none.
   */
  async rooted(): Promise<void> {
    const block = await this.ready()
    if (this.#pin.verification.knowsRoot(block)) return
    throw new NoStateRootError('the node tells no state root of the pinned block', {
      block: block.hash,
      details: `its header says ${block.stateRoot}`,
      hint: 'use a node that computes state roots; anvil does if it does not fork',
    })
  }

  /** The RLP of the block's header, if it has the block's hash; undefined before that is known. */
  get headerRlp(): Uint8Array | undefined {
    return this.#pin.headerRlp
  }

  /**
   * Takes nodes and codes of a witness of the pinned block, which must be known.
   *
   * @throws InvalidInputError or InvalidHexError if a node is none; the ones before it are kept.
   */
  insert({ nodes, codes }: WitnessParts): void {
    const core = this.#core
    for (const node of nodes) core.trieNodes.insert(core.generation, node)
    for (const code of codes) core.insertCode(core.generation, toBytes(code, 'code'))
  }

  /**
   * Forks another block from now on. Reads that wait are cancelled. Code is kept, and slots of
   * accounts whose storage root turns out to be the same; not if they were taken without proofs and
   * the new block is verified.
   *
   * @throws InvalidInputError if the block before was trusted, and this one is not named by a hash
   *   or a root.
   */
  repin(block: ForkBlockTag, options: TrustOptions = {}): Promise<PinnedBlock> {
    const target = parseBlockTag(block)
    const verify = repinTerms(this.#trusted ?? this.#options.verify, target, options)
    if (this.#ended !== undefined) throw this.#ended({})
    const before = this.#pin
    this.#options.events.emit({ type: 'repin', block: String(target) })
    if (verify.blockHash !== undefined || verify.stateRoot !== undefined) this.#trusted = verify
    this.#pin = this.#newPin(target, verify)
    const isAsGood = before.verification.isOn || !this.#pin.verification.isOn
    this.#core.repin(isAsGood ? 'keep' : 'drop')
    this.cleared('another block was pinned')
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
    const { reader } = this.#pin
    if (reader !== undefined) this.#setStateRoot(reader.block)
    const { witness } = this.#options
    if (witness !== undefined) this.insert(witness)
  }

  /** The core forgets it when it is cleared. */
  #setStateRoot(block: BlockState): void {
    if (!this.#pin.verification.knowsRoot(block)) return
    this.#core.setStateRoot(this.#core.generation, block.stateRoot)
  }

  metrics(): ForkMetrics {
    const { client, store } = this.#options
    const { reader } = this.#pin
    const prefetch = this.prefetcher.metrics
    const networkHits = this.#networkHits.count
    const proofs = { ...this.#proofs, verifying: this.#pin.verification.isOn ? 1 : 0 }
    const stats = this.#core.stats()
    return forkMetrics({ stats, client, reader, store, prefetch, networkHits, proofs })
  }
}
