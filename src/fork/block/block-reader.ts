/**
 * Reading at one pinned block, on nodes old and new: the ladder of ways to name the block.
 *
 * The first way is the hash (EIP-1898): then the node itself refuses what is of another block. A
 * node that does not take hashes is read by number, and each answer is held against the pinned
 * block before it is used: the header at that number is fetched along with the answers and must
 * have the pinned hash, and an account proof must start at the pinned state root. Where a proof
 * does not show that, the header is fetched once more, after the answers. The mode is decided once,
 * by the first answer, and never changes from hash to number later: an answer that fits neither is
 * an error.
 *
 * It does not cache, batch or retry, and checks no proof beyond its first node.
 */

import type { Hex } from '../../encoding/hex.ts'
import { ADDRESS_BYTES } from '../../encoding/hex.ts'
import type { BlockRef, RpcClient, RpcPriority } from '../../rpc/rpc-client.ts'
import { BlockMovedError, kindOf } from './errors.ts'

/** A block, and what its state is. */
export interface BlockState {
  readonly number: bigint
  /** 32 bytes. */
  readonly hash: Hex
  /** 32 bytes. */
  readonly stateRoot: Hex
}

/** What makes a block the block that it is. */
export interface BlockIdentity extends BlockState {
  readonly chainId: bigint
}

/** How the node is told the block: by hash (EIP-1898), or by number with checks. */
export type PinMode = 'hash' | 'number'

/** One call to the node and what becomes of its answer. */
export interface BlockCall {
  /** How soon the answer is needed; default `urgent`. */
  readonly priority?: RpcPriority | undefined
  /** Makes the call; must not throw, but reject. */
  send(block: BlockRef): Promise<BlockAnswer>
  /** The call could not be answered. Must not throw. */
  fail(error: unknown): void
}

/** An answer that came. */
export interface BlockAnswer {
  /** Whether the answer itself shows that it belongs to a state with this root. */
  showsState(stateRoot: Hex): boolean
  /** The answer may be used. Must not throw. */
  accept(): void
}

const PROBE_ADDRESS: Hex = `0x${'00'.repeat(ADDRESS_BYTES)}`

/** Reads at one block. */
export class BlockReader {
  readonly block: BlockState
  /** Called when the node turns out to take no hashes. */
  onNumberMode: () => void = () => {}
  readonly #client: RpcClient
  readonly #signal: AbortSignal
  #mode: PinMode | undefined
  #probing: Promise<void> | undefined
  #refused: BlockCall[] = []
  #checks = 0

  /** @param signal Ends the calls that are made for the pin itself. */
  constructor(client: RpcClient, block: BlockState, signal: AbortSignal) {
    this.block = block
    this.#client = client
    this.#signal = signal
  }

  /** Undefined until the node has shown what it takes. */
  get mode(): PinMode | undefined {
    return this.#mode
  }

  /** How often the header was fetched again to see whether the block is still there. */
  get blockChecks(): number {
    return this.#checks
  }

  /** Makes calls, all in this turn. */
  start(calls: readonly BlockCall[]): void {
    if (this.#mode === 'number') {
      void this.#readByNumber(calls)
      return
    }
    for (const call of calls) void this.#readByHash(call)
  }

  /**
   * The mode, found out with a call of its own if no read did so before. Where that call fails
   * nothing is decided: the next read will name the block by hash first.
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
      if (this.#fallsBack(error)) this.#readsByNumber()
    }
  }

  async #readByHash(call: BlockCall): Promise<void> {
    try {
      const answer = await call.send({ blockHash: this.block.hash })
      this.#mode ??= 'hash'
      answer.accept()
    } catch (error) {
      if (!this.#fallsBack(error)) return call.fail(error)
      this.#readsByNumber()
      this.#sendAgain(call)
    }
  }

  /** Whether the error says that the node takes no hashes, and none was taken before. */
  #fallsBack(error: unknown): boolean {
    return this.#mode !== 'hash' && kindOf(error) === 'unsupported-block-ref'
  }

  #readsByNumber(): void {
    if (this.#mode !== 'number') this.onNumberMode()
    this.#mode = 'number'
  }

  /** Gathers the refused calls of one turn, so that they go out together. */
  #sendAgain(call: BlockCall): void {
    this.#refused.push(call)
    if (this.#refused.length > 1) return
    queueMicrotask(() => {
      const calls = this.#refused
      this.#refused = []
      void this.#readByNumber(calls)
    })
  }

  /** All or nothing: an answer is used only when the block was still there after it. */
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
    throw new BlockMovedError(`block ${number} is not the pinned block any more`, {
      block: hash,
      details: header === null ? 'the node has no such block' : `it is now ${header.hash}`,
      hint: 'call repin() to fork the new block',
    })
  }
}
