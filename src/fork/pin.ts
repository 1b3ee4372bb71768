/**
 * Pinning: which block all reads of a fork are about, resolved once while the head moves on.
 *
 * Invariants: a pin that is resolved never changes; a failed attempt leaves nothing behind, so the
 * next read tries again. One attempt at a time is under way, however many wait for it. Reading at
 * the pinned block is `BlockReader`'s.
 */

import type { Hex } from '../encoding/hex.ts'
import { ForkStateError } from '../errors.ts'
import type { BlockIdentity } from './block-reader.ts'
import { BlockReader } from './block-reader.ts'
import type { BlockTarget } from './block-target.ts'
import { describeCause, PinError } from './errors.ts'
import type { BlockHeader, RpcClient } from './rpc/rpc-client.ts'

/** One block to be resolved, and then read. */
export class Pin {
  readonly #client: RpcClient
  readonly #target: BlockTarget
  readonly #cancelled = new AbortController()
  /** Rejects with the reason when the pin is cancelled, whatever the client does. */
  readonly whenCancelled: Promise<never>
  #reader: BlockReader | undefined
  #resolving: Promise<BlockReader> | undefined

  constructor(client: RpcClient, target: BlockTarget) {
    this.#client = client
    this.#target = target
    const { signal } = this.#cancelled
    this.whenCancelled = new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    this.whenCancelled.catch(() => {})
  }

  /** Reads at the pinned block; undefined until it is resolved. */
  get reader(): BlockReader | undefined {
    return this.#reader
  }

  /** @throws PinError, or the reason of {@link Pin.cancel}. */
  resolve(): Promise<BlockReader> {
    if (this.#reader !== undefined) return Promise.resolve(this.#reader)
    this.#resolving ??= this.#attempt().finally(() => {
      this.#resolving = undefined
    })
    return this.#resolving
  }

  /** Ends an attempt under way. */
  cancel(reason: ForkStateError): void {
    this.#cancelled.abort(reason)
  }

  /** The two calls are made in one turn, so that they can go out together. */
  async #attempt(): Promise<BlockReader> {
    const { signal } = this.#cancelled
    let header: BlockHeader | null
    let chainId: bigint
    try {
      signal.throwIfAborted()
      const answers = [
        this.#client.getBlock(this.#target, { signal }),
        this.#client.getChainId({ signal }),
      ] as const
      ;[header, chainId] = await Promise.all(answers)
    } catch (cause) {
      if (signal.aborted && signal.reason instanceof ForkStateError) throw signal.reason
      throw new PinError('the block to fork could not be resolved', {
        block: String(this.#target),
        cause,
        details: describeCause(cause),
        hint: 'check the endpoint; the next read tries again',
      })
    }
    signal.throwIfAborted()
    if (header === null) {
      throw new PinError('the node has no such block', {
        block: String(this.#target),
        hint: 'check the number or hash, and that the node is on the chain you mean',
      })
    }
    this.#reader = new BlockReader(this.#client, this.#identityOf(header, chainId), signal)
    return this.#reader
  }

  /** Holds what a client of the user's own answered to what it should be. */
  #identityOf(header: BlockHeader, chainId: bigint): BlockIdentity {
    const { number, hash, stateRoot } = header
    const isRight =
      typeof number === 'bigint' && typeof chainId === 'bigint' && isHash(hash) && isHash(stateRoot)
    if (isRight) {
      return { number, hash: lowerCase(hash), stateRoot: lowerCase(stateRoot), chainId }
    }
    throw new PinError('the RPC client answered with a malformed block header or chain id', {
      block: String(this.#target),
      details: `number ${number}, hash ${hash}, state root ${stateRoot}, chain id ${chainId}`,
    })
  }
}

function isHash(text: unknown): boolean {
  return typeof text === 'string' && /^0x[0-9a-f]{64}$/i.test(text)
}

function lowerCase(text: Hex): Hex {
  return text.toLowerCase() as Hex
}
