/**
 * Reads at one pinned block, on nodes old and new, which differ in how a block may be named.
 *
 * The block is named by its hash first (EIP-1898): then the node itself never answers for another
 * block. A node that does not accept hashes is read by number, and each answer is checked before it
 * is used: the header at that number is fetched along with the answers and must have the pinned
 * hash, and an account proof must start at the pinned state root. If a proof does not show that,
 * the header is fetched once more, after the answers. The first answer decides the mode, which
 * never changes from hash to number later: an answer that fits neither is an error.
 *
 * It does not cache, batch or retry, and checks only the first trie node of a proof.
 */

import type { Hex } from '../../encoding/hex.ts'
import { ADDRESS_BYTES } from '../../encoding/hex.ts'
import type { BlockRef, RpcClient, RpcPriority } from '../../rpc/rpc-client.ts'
import { BlockMovedError, kindOf } from '../errors.ts'

/** A block and its state root. */
export interface BlockState {
  readonly number: bigint
  /** 32 bytes. */
  readonly hash: Hex
  /** 32 bytes. */
  readonly stateRoot: Hex
}

/** What identifies a block among all chains. */
export interface BlockIdentity extends BlockState {
  readonly chainId: bigint
}

/** How requests name the block: by hash (EIP-1898), or by number with checks. */
export type PinMode = 'hash' | 'number'

/** One call to the node, and what to do with its answer. */
export interface BlockCall {
  /** How soon the answer is needed; default `urgent`. */
  readonly priority?: RpcPriority | undefined
  /** Makes the call; must not throw, but reject. */
  send(block: BlockRef): Promise<BlockAnswer>
  /** Called if the call gets no answer that may be used. Must not throw. */
  fail(error: unknown): void
}

/** An answer to a call. */
export interface BlockAnswer {
  /** Whether the answer itself shows that it is of a state with this root. */
  showsState(stateRoot: Hex): boolean
  /** Uses the answer. Must not throw. */
  accept(): void
}

const PROBE_ADDRESS: Hex = `0x${'00'.repeat(ADDRESS_BYTES)}`

/** Reads at one block. */
export class BlockReader {
  readonly block: BlockState
  /** Called when the node turns out not to accept hashes. */
  onNumberMode: () => void = () => {}
  readonly #client: RpcClient
  readonly #signal: AbortSignal
  #mode: PinMode | undefined
  #probing: Promise<void> | undefined
  #refused: BlockCall[] = []
  #checks = 0

  /** @param signal Aborts the calls that are made for the pin itself. */
  constructor(client: RpcClient, block: BlockState, signal: AbortSignal) {
    this.block = block
    this.#client = client
    this.#signal = signal
  }

  /** Undefined until the first answer. */
  get mode(): PinMode | undefined {
    return this.#mode
  }

  /** How often the header was fetched again to check that the block is still the pinned one. */
  get blockChecks(): number {
    return this.#checks
  }

  /** Sends calls, all in this turn. */
  start(calls: readonly BlockCall[]): void {
    if (this.#mode === 'number') {
      void this.#readByNumber(calls)
      return
    }
    for (const call of calls) void this.#readByHash(call)
  }

  /**
   * The mode, determined by a call of its own if no read has done so. If that call fails, nothing
   * is decided: the next read names the block by hash first.
   */
  async probe(): Promise<PinMode> {
    if (this.#mode !== undefined) return this.#mode
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined
    })
    await this.#probing
    return this.#mode ?? 'hash'
  }

  async #probe(): Promise<void> {
    try {
      const block = { blockHash: this.block.hash }
      await this.#client.getProof(PROBE_ADDRESS, [], block, { signal: this.#signal })
      this.#mode ??= 'hash'
    } catch (error) {
      if (this.#isHashRefusal(error)) this.#switchToNumber()
    }
  }

  async #readByHash(call: BlockCall): Promise<void> {
    try {
      const answer = await call.send({ blockHash: this.block.hash })
      this.#mode ??= 'hash'
      answer.accept()
    } catch (error) {
      if (!this.#isHashRefusal(error)) return call.fail(error)
      this.#switchToNumber()
      this.#sendAgain(call)
    }
  }

  /** Whether the error says that the node does not accept hashes, and it accepted none before. */
  #isHashRefusal(error: unknown): boolean {
    return this.#mode !== 'hash' && kindOf(error) === 'unsupported-block-ref'
  }

  #switchToNumber(): void {
    if (this.#mode !== 'number') this.onNumberMode()
    this.#mode = 'number'
  }

  /** Collects the refused calls of one turn, so that they are sent together. */
  #sendAgain(call: BlockCall): void {
    this.#refused.push(call)
    if (this.#refused.length > 1) return
    queueMicrotask(() => {
      const calls = this.#refused
      this.#refused = []
      void this.#readByNumber(calls)
    })
  }

  /** All or nothing: answers are used only if the block was still the pinned one after them. */
  async #readByNumber(calls: readonly BlockCall[]): Promise<void> {
    const { number, hash } = this.block
    const block: BlockRef = { blockNumber: number, expectedHash: hash }
    const isGuess = calls.every((call) => call.priority === 'prefetch')
    const priority = isGuess ? 'prefetch' : 'urgent'
    try {
      const sent = Promise.allSettled(calls.map((call) => call.send(block)))
      const [outcomes] = await Promise.all([sent, this.#requireUnmoved(priority)])
      const answers = outcomes.flatMap(({ status, ...rest }) =>
        status === 'fulfilled' && 'value' in rest ? [rest.value] : [],
      )
      const allShown = answers.every((answer) => answer.showsState(this.block.stateRoot))
      if (!allShown) await this.#requireUnmoved(priority)
      for (const answer of answers) answer.accept()
      outcomes.forEach((outcome, at) => {
        if (outcome.status === 'rejected') calls[at]?.fail(outcome.reason)
      })
    } catch (error) {
      for (const call of calls) call.fail(error)
    }
  }

  async #requireUnmoved(priority: RpcPriority): Promise<void> {
    this.#checks++
    const { number, hash } = this.block
    const options = { signal: this.#signal, priority, expectedHash: hash }
    const header = await this.#client.getBlock(number, options)
    if (header?.hash.toLowerCase() === hash) return
    throw new BlockMovedError(`block ${number} is no longer the pinned block`, {
      block: hash,
      details: header === null ? 'the node has no such block' : `it is now ${header.hash}`,
      hint: 'call repin() to fork the new block',
    })
  }
}
