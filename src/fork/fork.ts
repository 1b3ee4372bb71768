/**
 * A fork of a chain at one pinned block: what managers read through, each with writes of its own.
 * Its subfolders are, from low to high: `block/`, which block that is and how it is verified;
 * `fetch/`, the way of facts into the core; `prefetch/`, which facts a call will need.
 *
 * A `Fork` holds one core, one pin and one miss loop, and is where they begin and end together:
 * clearing, pinning another block, aborting and destroying.
 *
 * Ownership: reference counted between its creator and its managers. When the last of them releases
 * it, its requests are aborted, its client is closed if the fork made it, and its memory is freed.
 */

import { AbortedError, DestroyedError } from '../diagnostics/errors.ts'
import type { Engine } from '../ffi/engine.ts'
import { ForkCore } from '../ffi/fork-core.ts'
import { ManagerCore } from '../ffi/manager-core.ts'
import { userSignals } from '../rpc/abort-watch.ts'
import type { RpcClient } from '../rpc/rpc-client.ts'
import type { Ancestors } from './block/ancestors.ts'
import type { BlockReader, BlockState } from './block/block-reader.ts'
import type { BlockTarget, ForkBlockTag } from './block/block-target.ts'
import { parseBlockTag } from './block/block-target.ts'
import { Pin } from './block/pin.ts'
import type { PinnedBlock } from './block/pinned-block.ts'
import { askPinned, peekPinned } from './block/pinned-block.ts'
import { Verification } from './block/verification.ts'
import type { TrustOptions, VerifyPolicy } from './block/verify-options.ts'
import { repinPolicy } from './block/verify-options.ts'
import { NoStateRootError, ReadCancelledError } from './errors.ts'
import { MissLoop } from './fetch/miss-loop.ts'
import type { MakeReadError, Read } from './fetch/waiting-reads.ts'
import type { ForkMetrics } from './fork-metrics.ts'
import { forkMetrics } from './fork-metrics.ts'
import type { ResolvedForkOptions } from './fork-options.ts'
import type { HintContext } from './prefetch/call-hints.ts'
import { Prefetcher } from './prefetch/prefetcher.ts'
import type { ForkWitness, WitnessParts } from './witness.ts'
import { insertWitness } from './witness.ts'

export type { PinnedBlock } from './block/pinned-block.ts'

/** A fork of a chain at one block, shared by managers. */
export class Fork {
  readonly engine: Engine
  /** Reads ahead for the managers over it, and learns what their calls touch. */
  readonly prefetcher: Prefetcher = new Prefetcher({
    ask: (question) => this.#ask(question),
    keccak256: (data) => this.#core.keccak256(data),
    notePrefetched: ({ address, slot }) => {
      if (this.#loop.ended === undefined) this.#core.notePrefetched(address, slot)
    },
  })
  readonly #options: ResolvedForkOptions
  readonly #core: ForkCore
  readonly #loop: MissLoop
  readonly #unwatch: (() => void) | undefined
  readonly #unlisten: (() => void) | undefined
  /** The policy of the last re-pin with a trusted hash or root. */
  #trusted: VerifyPolicy | undefined
  readonly #proofs = { proofsChecked: 0, proofsRejected: 0, demotions: 0 }
  #references = 1

  constructor(options: ResolvedForkOptions) {
    const { target, engine, client, events, verify, signal, witness } = options
    const { maxEntries, maxBytes, maxTrieNodeBytes } = options
    this.engine = engine
    this.#options = options
    const isOffline = witness !== undefined
    try {
      this.#core = new ForkCore(engine, { maxEntries, maxBytes, maxTrieNodeBytes })
      const pin = this.#newPin(target, verify)
      this.#loop = new MissLoop(pin, { core: this.#core, client, events, isOffline })
      if (signal?.aborted) this.#abort()
      else if (signal !== undefined) this.#unwatch = userSignals.watch(signal, () => this.#abort())
      if (events.hasListeners) this.#unlisten = client.listen?.((event) => events.emit(event))
    } catch (error) {
      this.#close()
      throw error
    }
    if (witness !== undefined) this.#begin(witness)
  }

  #begin(witness: ForkWitness): void {
    try {
      this.#pin.resolveNow(witness.header)
      this.insertWitness(witness)
    } catch (error) {
      this.release()
      throw error
    }
  }

  /** The client of the chain, for adapters that ask it for more than state. */
  get client(): RpcClient {
    return this.#options.client
  }

  get #pin(): Pin {
    return this.#loop.pin
  }

  #newPin(target: BlockTarget, verify: VerifyPolicy): Pin {
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

  // Lifetime.

  retain(): this {
    this.#references++
    return this
  }

  release(): void {
    this.#references--
    if (this.#references > 0) return
    this.#loop.end(() => new DestroyedError('the fork was destroyed'))
    this.#core.destroy()
    this.#close()
  }

  /** Frees what the fork holds outside the core. */
  #close(): void {
    const { client, closesClient, store } = this.#options
    this.#unwatch?.()
    this.#unlisten?.()
    void store?.close()
    if (closesClient) client.close?.()
  }

  #abort(): void {
    const cause: unknown = this.#options.signal?.reason
    this.#loop.end((context) => new AbortedError('the read was aborted', { ...context, cause }))
  }

  /** @throws AbortedError or DestroyedError if the fork has ended. */
  #requireAlive(): void {
    const { ended } = this.#loop
    if (ended !== undefined) throw ended({})
  }

  /** A new manager over this fork, which the caller must destroy. */
  createManager(): ManagerCore {
    return ManagerCore.createWithFork(this.#core)
  }

  // Reads.

  /** Waits for the value of a read whose last attempt found it unknown. */
  read<Value>(read: Read<Value>): Promise<Value> {
    return this.#loop.read(read)
  }

  /** Rejects the waiting reads of one manager. */
  cancelReads(reader: object, makeError: MakeReadError): void {
    this.#loop.cancelReads(reader, makeError)
  }

  /** Asks something about the pinned block; rejects once the facts of now are void. */
  async #ask<Answer>(question: (context: HintContext) => Promise<Answer>): Promise<Answer> {
    this.#requireAlive()
    const { pin, signal } = this.#loop
    try {
      const reader = pin.reader ?? (await pin.unlessCancelled(this.#resolve(pin)))
      signal.throwIfAborted()
      return await question({ client: this.#options.client, reader, signal })
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    }
  }

  // The block.

  #resolve(pin: Pin): Promise<BlockReader> {
    return this.#options.events.watchPin(pin.resolve())
  }

  /** @throws PinError if the block cannot be resolved; DestroyedError; AbortedError. */
  async pinned(): Promise<PinnedBlock> {
    this.#requireAlive()
    const pin = this.#pin
    const known = peekPinned(pin)
    if (known !== undefined) return known
    return await pin.unlessCancelled(askPinned(pin, this.#resolve(pin), this.#options.client))
  }

  /**
   * The block and its state root, which the core knows once this has resolved.
   *
   * @throws as {@link Fork.pinned}
   */
  async ready(): Promise<BlockState> {
    this.#requireAlive()
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

  /** Whether the block is known now. A re-pin makes it unknown again, whatever was awaited. */
  get isReady(): boolean {
    return this.#pin.reader !== undefined
  }

  /**
   * As {@link Fork.ready}, where a root or a proof needs the state root.
   *
   * @throws NoStateRootError if the block has none.
   */
  async rooted(): Promise<void> {
    const block = await this.ready()
    if (this.#pin.verification.knowsRoot(block)) return
    throw new NoStateRootError('the node reports no state root for the pinned block', {
      block: block.hash,
      details: `the state root in its header is ${block.stateRoot}`,
      hint: 'use a node that computes state roots; anvil does when it does not fork',
    })
  }

  /** The RLP of the block's header, if it hashes to the block's hash; undefined until resolved. */
  get headerRlp(): Uint8Array | undefined {
    return this.#pin.headerRlp
  }

  /**
   * Adds trie nodes and codes of a witness of the pinned block, which must be resolved.
   *
   * @throws as {@link insertWitness}
   */
  insertWitness(witness: WitnessParts): void {
    insertWitness(this.#core, witness)
  }

  /**
   * Forks another block from now on. Reads that wait are rejected. Code is kept, and so are the
   * slots of accounts whose storage root turns out to be unchanged, unless they were read without
   * proofs and the new block is verified.
   *
   * @throws InvalidInputError if the last block was trusted by hash or root, and this one is not.
   */
  repin(block: ForkBlockTag, options: TrustOptions = {}): Promise<PinnedBlock> {
    const target = parseBlockTag(block)
    const verify = repinPolicy(this.#trusted ?? this.#options.verify, target, options)
    this.#requireAlive()
    const before = this.#pin
    this.#options.events.emit({ type: 'repin', block: String(target) })
    if (verify.blockHash !== undefined || verify.stateRoot !== undefined) this.#trusted = verify
    const pin = this.#newPin(target, verify)
    const keepsFacts = before.verification.isOn || !pin.verification.isOn
    this.#core.repin(keepsFacts ? 'keep' : 'drop')
    this.#restart(pin, 'another block was pinned')
    before.cancel(new ReadCancelledError('another block was pinned'))
    return this.pinned()
  }

  // Caches and counters.

  /** Drops all facts, and rejects the reads that wait, for the reason given. */
  clear(reason: string): void {
    this.#core.clear()
    this.cleared(reason)
  }

  /** As {@link Fork.clear}, after the core was cleared. */
  cleared(reason: string): void {
    this.#restart(this.#pin, reason)
  }

  #restart(pin: Pin, reason: string): void {
    this.#loop.restart(pin, (context) => {
      const hint = 'read again'
      return new ReadCancelledError(`the read was cancelled: ${reason}`, { ...context, hint })
    })
    const { reader } = pin
    if (reader !== undefined) this.#setStateRoot(reader.block)
    const { witness } = this.#options
    if (witness !== undefined) this.insertWitness(witness)
  }

  /** The core forgets it when it is cleared. */
  #setStateRoot(block: BlockState): void {
    if (!this.#pin.verification.knowsRoot(block)) return
    this.#core.setStateRoot(this.#core.generation, block.stateRoot)
  }

  metrics(): ForkMetrics {
    const { client, store } = this.#options
    const { reader, verification } = this.#pin
    return forkMetrics({
      stats: this.#core.stats(),
      client,
      reader,
      store,
      prefetch: this.prefetcher.metrics,
      fetchedFacts: this.#loop.fetchedFacts,
      proofs: { ...this.#proofs, verifying: verification.isOn ? 1 : 0 },
    })
  }
}
