/**
 * Pinning: which block all reads of a fork are about, resolved once while the head moves on.
 *
 * The header is all that a read needs, so the chain id is asked for only by who wants to know it,
 * or where a persistent store names facts by it. What a pin needs goes out in one turn.
 *
 * Invariants: a pin that is resolved never changes; a failed attempt leaves nothing behind, so the
 * next read tries again. One attempt at a time is under way, however many wait for it. Reading at
 * the pinned block is `BlockReader`'s.
 */

import type { Hex } from '../../encoding/hex.ts'
import { ForkStateError } from '../../errors.ts'
import { AbortWatch } from '../../rpc/abort-watch.ts'
import type { BlockHeader, BlockTag, RpcClient } from '../../rpc/rpc-client.ts'
import type { BlockFacts } from '../../store/facts/block-facts.ts'
import type { ChainPosition } from '../../store/facts/block-policy.ts'
import type { FactStore } from '../../store/facts/fact-store.ts'
import { Ancestors } from './ancestors.ts'
import type { BlockState } from './block-reader.ts'
import { BlockReader } from './block-reader.ts'
import type { BlockTarget } from './block-target.ts'
import { describeCause, PinError } from './errors.ts'
import { encodeHeader, HeaderError } from './header.ts'
import type { Verification } from './verification.ts'

/** What a pin needs besides the block. */
export interface PinContext {
  readonly client: RpcClient
  /** Where facts of the block are kept, if they are. */
  readonly store?: FactStore | undefined
  readonly verification: Verification
  keccak256(data: Uint8Array): Hex
  /** Called when the block is known, before anything of it is read. Must not throw. */
  onResolved?(block: BlockState): void
}

/** One block to be resolved, and then read. */
export class Pin {
  /** What answers about the block are held against. */
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
  /** Makes the facts of the block, once it is resolved. */
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

  /** The RLP of the header, if it was held against the block's hash. */
  get headerRlp(): Uint8Array | undefined {
    return this.#headerRlp
  }

  /** The facts of the block in the store; undefined until it is resolved, or without a store. */
  get facts(): BlockFacts | undefined {
    return this.#facts
  }

  /** The chain's id; undefined until it was asked for. */
  get knownChainId(): bigint | undefined {
    return this.#knownChainId
  }

  /**
   * What `work` comes to, or the reason when the pin is cancelled before, whatever the client does.
   * Nothing of the wait is left in the pin once it is over.
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
   * The node serves no proofs: answers are believed from now on, and kept apart from those that
   * were proven.
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

  /** The id of the chain, asked for once. @throws as {@link Pin.resolve} */
  chainId(): Promise<bigint> {
    this.#chainId ??= this.#askChainId().catch((error: unknown) => {
      this.#chainId = undefined
      throw error
    })
    return this.#chainId
  }

  /** Ends an attempt under way, and the use of the store. */
  cancel(reason: ForkStateError): void {
    this.#cancelled.abort(reason)
    this.#facts?.close()
  }

  async #attempt(): Promise<BlockReader> {
    const { store, verification, keccak256 } = this.#context
    const judge = (answer: BlockHeader): void => verification.judge(answer, keccak256)
    const [header, kept] = await Promise.all([
      this.#ask((client, signal) => client.getBlock(this.#target, { signal, verify: judge })),
      store && Promise.all([this.chainId(), this.#position()]),
    ])
    this.#cancelled.signal.throwIfAborted()
    return this.#adopt(header, kept)
  }

  /** The block, known from elsewhere. @throws as {@link Pin.resolve} */
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
    const judge = (other: BlockHeader): void => verification.judge(other, keccak256)
    const { signal } = this.#cancelled
    const getBlock = (number: bigint) => this.#client.getBlock(number, { signal, verify: judge })
    return new Ancestors(header, { getBlock, judge })
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

  /** Where the chain is, for the store to tell what is worth keeping. Not knowing is no error. */
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

  /** Holds what a client of the user's own answered to what it should be. */
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

/** Not what an object or a function makes of itself, which may be code of the user. */
function shown(value: unknown): string {
  return isObject(value) || typeof value === 'function' ? typeof value : String(value)
}

function isHash(text: unknown): text is Hex {
  return typeof text === 'string' && /^0x[0-9a-f]{64}$/i.test(text)
}

function lowerCase(text: Hex): Hex {
  return text.toLowerCase() as Hex
}
