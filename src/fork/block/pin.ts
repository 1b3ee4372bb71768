/**
 * `block/` decides which block a fork reads, verifies its header, and reads at it whichever way the
 * node accepts. This is its centre, the pin: one block, resolved once while the head moves on.
 *
 * A read needs only the header, so the chain id is asked for only if somebody wants to know it, or
 * if a persistent store names facts by it. All that a pin needs is sent in one turn.
 *
 * Invariants: a resolved pin never changes, except that proofs may be given up; a failed attempt
 * leaves nothing behind, so the next read tries again. There is one attempt at a time, however many
 * wait for it. `BlockReader` does the reading.
 */

import { ForkStateError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { AbortWatch } from '../../rpc/abort-watch.ts'
import type { BlockHeader, BlockTag, RpcClient } from '../../rpc/rpc-client.ts'
import type { BlockFacts } from '../../store/facts/block-facts.ts'
import type { ChainPosition } from '../../store/facts/block-policy.ts'
import type { FactStore } from '../../store/facts/fact-store.ts'
import { describeCause, PinError } from '../errors.ts'
import { Ancestors } from './ancestors.ts'
import type { BlockState } from './block-reader.ts'
import { BlockReader } from './block-reader.ts'
import type { BlockTarget } from './block-target.ts'
import { isHash, lowerCase } from './hash.ts'
import { encodeHeader, HeaderError } from './header.ts'
import type { Verification } from './verification.ts'

/** What a pin needs besides the block. */
export interface PinContext {
  readonly client: RpcClient
  /** The store for facts of the block, if there is one. */
  readonly store?: FactStore | undefined
  readonly verification: Verification
  keccak256(data: Uint8Array): Hex
  /** Called when the block is resolved, before anything at it is read. Must not throw. */
  onResolved?(block: BlockState): void
}

/** One block, to be resolved and then read. */
export class Pin {
  /** What answers about the block are proven against. */
  readonly verification: Verification
  readonly #client: RpcClient
  readonly #target: BlockTarget
  readonly #context: PinContext
  readonly #cancelled = new AbortController()
  readonly #waits = new AbortWatch()
  #reader: BlockReader | undefined
  #facts: BlockFacts | undefined
  #headerRlp: Uint8Array | undefined
  #ancestors: Ancestors | undefined
  #resolving: Promise<BlockReader> | undefined
  #chainId: Promise<bigint> | undefined
  #knownChainId: bigint | undefined
  /** Opens the facts of the block in the store; undefined until it is resolved. */
  #openFacts: ((terms: { readonly proven: boolean }) => BlockFacts) | undefined

  constructor(target: BlockTarget, context: PinContext) {
    this.verification = context.verification
    this.#client = context.client
    this.#target = target
    this.#context = context
  }

  /** Reads at the pinned block; undefined until it is resolved. */
  get reader(): BlockReader | undefined {
    return this.#reader
  }

  /** The blocks before it; undefined until it is resolved. */
  get ancestors(): Ancestors | undefined {
    return this.#ancestors
  }

  /** The RLP of the header, if it hashes to the block's hash; undefined until resolved. */
  get headerRlp(): Uint8Array | undefined {
    return this.#headerRlp
  }

  /** The facts of the block in the store; undefined until it is resolved, or without a store. */
  get facts(): BlockFacts | undefined {
    return this.#facts
  }

  /** The chain id; undefined until it has been asked for. */
  get knownChainId(): bigint | undefined {
    return this.#knownChainId
  }

  /**
   * Settles as `work` does, or rejects with the reason when the pin is cancelled before, whatever
   * the client does. Once settled, the pin keeps nothing of it.
   */
  unlessCancelled<Value>(work: Promise<Value>): Promise<Value> {
    const { signal } = this.#cancelled
    return new Promise((resolve, reject) => {
      const cancel = (): void => reject(signal.reason)
      if (signal.aborted) cancel()
      const unwatch = this.#waits.watch(signal, cancel)
      work.then(resolve, reject).finally(unwatch)
    })
  }

  /**
   * Gives up proofs, as the node serves none: from now on answers are used unproven, and stored
   * apart from proven ones.
   *
   * @throws ProofError if that is not allowed.
   */
  giveUpProofs(cause: unknown, { endpoint = 'the RPC client' }: RpcClient): void {
    if (!this.verification.isOn) return
    this.verification.giveUp(cause, endpoint)
    this.#facts?.close()
    this.#facts = this.#openFacts?.({ proven: false })
  }

  /** @throws PinError, HeaderError, or the reason of {@link Pin.cancel}. */
  resolve(): Promise<BlockReader> {
    if (this.#reader !== undefined) return Promise.resolve(this.#reader)
    this.#resolving ??= this.#attempt().finally(() => {
      this.#resolving = undefined
    })
    return this.#resolving
  }

  /** The chain id, asked for once. @throws as {@link Pin.resolve} */
  chainId(): Promise<bigint> {
    this.#chainId ??= this.#askChainId().catch((error: unknown) => {
      this.#chainId = undefined
      throw error
    })
    return this.#chainId
  }

  /** Aborts an attempt under way, and ends the use of the store. */
  cancel(reason: ForkStateError): void {
    this.#cancelled.abort(reason)
    this.#facts?.close()
  }

  async #attempt(): Promise<BlockReader> {
    const { store, verification, keccak256 } = this.#context
    const verify = (answer: BlockHeader): void => verification.verifyHeader(answer, keccak256)
    const [header, kept] = await Promise.all([
      this.#ask((client, signal) => client.getBlock(this.#target, { signal, verify })),
      store && Promise.all([this.chainId(), this.#position()]),
    ])
    this.#cancelled.signal.throwIfAborted()
    return this.#adopt(header, kept)
  }

  /** Resolves the block with a header from elsewhere. @throws as {@link Pin.resolve} */
  resolveNow(header: BlockHeader): void {
    this.#adopt(header, undefined)
  }

  #adopt(
    header: BlockHeader | null,
    kept: readonly [chainId: bigint, chain: ChainPosition] | undefined,
  ): BlockReader {
    const { store, verification, keccak256, onResolved } = this.#context
    if (header === null) {
      throw new PinError('the node has no such block', {
        block: String(this.#target),
        hint: 'check the number or hash, and that the node is on the chain you mean',
      })
    }
    const block = this.#stateOf(header)
    verification.adopt(header, block, keccak256)
    const { fields } = header
    if (verification.provenTo === 'block hash' && fields !== undefined) {
      this.#headerRlp = encodeHeader(fields)
    }
    if (store !== undefined && kept !== undefined) {
      const [chainId, chain] = kept
      const scope = { block: { ...block, chainId }, chain }
      const root = verification.provenTo === 'state root' ? block.stateRoot : undefined
      this.#openFacts = ({ proven }) =>
        store.forBlock({ ...scope, proven, root: proven ? root : undefined })
      this.#facts = this.#openFacts({ proven: verification.isOn })
    }
    this.#ancestors = this.#ancestorsOf({ ...header, ...block })
    onResolved?.(block)
    this.#reader = new BlockReader(this.#client, block, this.#cancelled.signal)
    return this.#reader
  }

  #ancestorsOf(header: BlockHeader): Ancestors {
    const { verification, keccak256 } = this.#context
    const verify = (other: BlockHeader): void => verification.verifyHeader(other, keccak256)
    const { signal } = this.#cancelled
    const getBlock = (number: bigint) => this.#client.getBlock(number, { signal, verify })
    return new Ancestors(header, { getBlock, verify })
  }

  async #askChainId(): Promise<bigint> {
    const chainId = await this.#ask((client, signal) => client.getChainId({ signal }))
    if (typeof chainId === 'bigint') {
      this.#knownChainId = chainId
      return chainId
    }
    throw new PinError('the RPC client answered with a malformed chain id', {
      block: String(this.#target),
      details: `chain id ${shown(chainId)}`,
    })
  }

  async #ask<Answer>(
    call: (client: RpcClient, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const { signal } = this.#cancelled
    try {
      signal.throwIfAborted()
      return await call(this.#client, signal)
    } catch (cause) {
      if (signal.aborted && signal.reason instanceof ForkStateError) throw signal.reason
      if (cause instanceof HeaderError) throw cause
      throw new PinError('the block to fork could not be resolved', {
        block: String(this.#target),
        cause,
        details: describeCause(cause),
        hint: 'check the endpoint; the next read tries again',
      })
    }
  }

  /** Where the chain is, so that the store can decide what to keep. Not knowing is no error. */
  async #position(): Promise<ChainPosition> {
    const numberOf = async (tag: BlockTag): Promise<bigint | undefined> => {
      try {
        const { signal } = this.#cancelled
        return (await this.#client.getBlock(tag, { signal }))?.number
      } catch {
        return undefined
      }
    }
    const [head, finalized] = await Promise.all([numberOf('latest'), numberOf('finalized')])
    return { head, finalized }
  }

  /** Checks what a client answered, which may be a user's own. */
  #stateOf(header: BlockHeader): BlockState {
    const { number, hash, stateRoot }: Partial<BlockHeader> = isObject(header) ? header : {}
    if (typeof number === 'bigint' && isHash(hash) && isHash(stateRoot)) {
      const block = { number, hash: lowerCase(hash), stateRoot: lowerCase(stateRoot) }
      if (!isHash(this.#target) || block.hash === this.#target) return block
      throw new PinError('the RPC client answered with another block', {
        block: this.#target,
        details: `got block ${block.hash}`,
      })
    }
    throw new PinError('the RPC client answered with a malformed block header', {
      block: String(this.#target),
      details: isObject(header)
        ? `number ${shown(number)}, hash ${shown(hash)}, state root ${shown(stateRoot)}`
        : `got ${shown(header)}`,
    })
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Never calls `toString` of an object or function, which may be code of the user. */
function shown(value: unknown): string {
  return isObject(value) || typeof value === 'function' ? typeof value : String(value)
}
