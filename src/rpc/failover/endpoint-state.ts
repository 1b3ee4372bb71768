/**
 * The state of one endpoint: how well it answers, what it cannot serve, and whether it is on the
 * right chain and has the right blocks.
 *
 * Invariant: an answer is returned only with the chain id of the endpoint, and the answer to a read
 * by number only if the endpoint, checked after its answer, still has the expected block under that
 * number.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { Clock } from '../clock.ts'
import { isRpcError, RpcResponseError } from '../errors.ts'
import type { RpcEvent } from '../events.ts'
import type { Listeners } from '../listeners.ts'
import { describeBlock } from '../methods/validate.ts'
import type { EndpointCondition, EndpointMetrics } from '../metrics.ts'
import { waitMicrotasks } from '../microtasks.ts'
import type { BlockHeader, RpcCallOptions, RpcClient } from '../rpc-client.ts'
import type { EndpointRequest, RequestSubject } from './endpoint-request.ts'

/** Weight of one answer in the moving averages. */
const WEIGHT = 0.2
/** Measurements older than this are ignored. */
const MEMORY_MS = 60_000
const FIRST_BACKOFF_MS = 500
const MAX_BACKOFF_MS = 60_000
/** How long an endpoint is used last after others contradicted it. */
const SUSPECT_MS = 60_000
/** How long an endpoint is used last for a block that it does not have, or whose state it lacks. */
const UNKNOWN_BLOCK_MS = 5_000
const MISSING_STATE_MS = 600_000
const MAX_REFUSALS = 256
/** Microtasks during which answers share one read of the header. */
const TURN_MICROTASKS = 4

/** The chain that all endpoints must be on; shared by them. */
export interface ExpectedChain {
  /** Undefined until the first answer is accepted. */
  id: bigint | undefined
}

/** What all endpoints of a client share. */
export interface SharedByEndpoints {
  readonly clock: Clock
  readonly expected: Readonly<ExpectedChain>
  readonly events: Listeners<RpcEvent>
}

export interface Answer<Result> {
  readonly result: Result
  readonly chainId: bigint
}

/** An endpoint is on another chain, or has another block under the number. */
export class WrongChainError extends RpcResponseError {}
export class WrongBlockError extends RpcResponseError {}

export class EndpointState {
  readonly name: string
  readonly client: RpcClient
  /** Position in the user's list. */
  readonly index: number
  readonly #clock: Clock
  readonly #expected: Readonly<ExpectedChain>
  readonly #events: Listeners<RpcEvent>
  /** The condition in the last event. */
  #reported: EndpointCondition = 'ready'
  #health = 1
  #latencyMs: number | undefined
  #measuredAtMs = Number.NEGATIVE_INFINITY
  #failuresInRow = 0
  #backoffUntilMs = Number.NEGATIVE_INFINITY
  #suspectUntilMs = Number.NEGATIVE_INFINITY
  readonly #refusedUntilMs = new Map<string, number>()
  #chainId: Promise<bigint> | undefined
  #knownChainId: bigint | undefined
  readonly #headers = new Map<bigint, Promise<BlockHeader | null>>()
  readonly #counts = { requests: 0, failures: 0, disagreements: 0 }

  constructor(
    client: RpcClient,
    place: { readonly name: string; readonly index: number },
    shared: SharedByEndpoints,
  ) {
    this.client = client
    this.name = place.name
    this.index = place.index
    this.#clock = shared.clock
    this.#expected = shared.expected
    this.#events = shared.events
  }

  get isWrongChain(): boolean {
    const { id } = this.#expected
    return id !== undefined && this.#knownChainId !== undefined && this.#knownChainId !== id
  }

  get condition(): EndpointCondition {
    const now = this.#clock.now()
    if (this.isWrongChain) return 'wrong-chain'
    if (now < this.#suspectUntilMs) return 'suspect'
    return now < this.#backoffUntilMs ? 'backoff' : 'ready'
  }

  get backoffUntilMs(): number {
    return this.#backoffUntilMs
  }

  /**
   * Expected time to an answer, where failures count as slowness; undefined if nothing is known.
   */
  get costMs(): number | undefined {
    if (this.#latencyMs === undefined || this.#clock.now() - this.#measuredAtMs > MEMORY_MS) {
      return undefined
    }
    return this.#latencyMs / Math.max(this.#health, 0.05) ** 2
  }

  /** Whether the endpoint has refused such a request. */
  refuses(request: RequestSubject): boolean {
    const now = this.#clock.now()
    return [request.method, hashKey(request), blockKey(request)].some(
      (key) => now < (this.#refusedUntilMs.get(key) ?? Number.NEGATIVE_INFINITY),
    )
  }

  /**
   * Sends a request to the endpoint. The chain id is read once, along with the first request. The
   * block of a read by number is checked after every answer, since a check before it would prove
   * nothing.
   *
   * @param knownHash Hash of the block that the request names by number.
   * @throws what the client throws; what the request's `verify` throws; WrongBlockError.
   */
  async send<Result>(
    request: EndpointRequest<Result>,
    options: RpcCallOptions,
    knownHash: Hex | undefined,
  ): Promise<Answer<Result>> {
    this.#counts.requests++
    const answers = [request.send(this.client, options), this.#readChainId()] as const
    const [result, chainId] = await Promise.all(answers)
    await this.#checkBlock(request, knownHash, options)
    this.#verify(request, result)
    return { result, chainId }
  }

  /** An endpoint whose answer is wrong is used last for a while. */
  #verify<Result>({ verify }: EndpointRequest<Result>, result: Result): void {
    try {
      verify?.(result, this.name)
    } catch (error) {
      this.#suspectUntilMs = this.#clock.now() + SUSPECT_MS
      throw error
    }
  }

  /** Read once. The signal of one request must not end it for the others. */
  #readChainId(): Promise<bigint> {
    this.#chainId ??= this.client.getChainId().then(
      (chainId) => {
        this.#knownChainId = chainId
        return chainId
      },
      (error: unknown) => {
        this.#chainId = undefined
        throw error
      },
    )
    return this.#chainId
  }

  async #checkBlock(
    { block, method, place }: RequestSubject,
    knownHash: Hex | undefined,
    { priority }: RpcCallOptions,
  ): Promise<void> {
    if (block === undefined || !('blockNumber' in block) || knownHash === undefined) return
    const header = await this.#readHeader(block.blockNumber, { priority })
    if (header?.hash === knownHash) return
    throw new WrongBlockError(`${method} at ${this.name}: the endpoint has another block`, {
      method,
      endpoint: this.name,
      kind: 'unknown-block',
      ...place,
      details: `block ${block.blockNumber} is ${header?.hash ?? 'unknown'} there, not ${knownHash}`,
      hint: 'the endpoint is on another fork, or the block was replaced',
    })
  }

  /**
   * Shared by the answers of one turn, so that the header is never older than the answers that it
   * confirms.
   */
  #readHeader(number: bigint, options: RpcCallOptions): Promise<BlockHeader | null> {
    const shared = this.#headers.get(number)
    if (shared !== undefined) return shared
    const reading = this.client.getBlock(number, options)
    this.#headers.set(number, reading)
    void this.#forgetAfterTurn(number)
    return reading
  }

  async #forgetAfterTurn(number: bigint): Promise<void> {
    await waitMicrotasks(TURN_MICROTASKS)
    this.#headers.delete(number)
  }

  /** The endpoint answered. */
  succeeded(latencyMs: number): void {
    const before = this.costMs === undefined ? latencyMs : (this.#latencyMs ?? latencyMs)
    this.#latencyMs = before + (latencyMs - before) * WEIGHT
    this.#measuredAtMs = this.#clock.now()
    this.#health += (1 - this.#health) * WEIGHT
    this.#failuresInRow = 0
    if (this.#reported !== 'ready') this.#report()
  }

  /** The endpoint did not answer, or not properly. */
  failed(request: RequestSubject, error: unknown): void {
    this.#counts.failures++
    const now = this.#clock.now()
    if (error instanceof WrongBlockError) this.#suspectUntilMs = now + SUSPECT_MS
    if (!this.#noteRefusal(request, error)) this.#backOff(error, now)
    this.#report(error)
  }

  #backOff(error: unknown, now: number): void {
    this.#health -= this.#health * WEIGHT
    if (!isFaultOfEndpoint(error) || now < this.#backoffUntilMs) return
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failuresInRow)
    const requestedMs = isRpcError(error) ? (error.retryAfterMs ?? 0) : 0
    this.#backoffUntilMs = now + Math.max(backoffMs, requestedMs)
    this.#failuresInRow++
  }

  /** Other endpoints agree on another answer. */
  contradicted(): void {
    this.#counts.disagreements++
    this.#suspectUntilMs = this.#clock.now() + SUSPECT_MS
    this.#report()
  }

  /** Emits an event if the condition has changed. */
  #report(error?: unknown): void {
    const { condition, name: endpoint } = this
    if (condition === this.#reported) return
    this.#reported = condition
    if (condition === 'ready') this.#events.emit({ type: 'endpoint-restored', endpoint })
    else {
      const cause = error === undefined ? {} : { error }
      this.#events.emit({ type: 'endpoint-demoted', endpoint, condition, ...cause })
    }
  }

  metrics(): EndpointMetrics {
    const own = this.client.metrics?.()
    return {
      endpoint: this.name,
      condition: this.condition,
      health: this.#health,
      latencyMs: this.#latencyMs,
      ...this.#counts,
      ...(own === undefined ? {} : { client: own }),
    }
  }

  #noteRefusal(request: RequestSubject, error: unknown): boolean {
    if (!isRpcError(error)) return false
    const now = this.#clock.now()
    switch (error.kind) {
      case 'unsupported-method':
        return this.#refuse(request.method, Number.POSITIVE_INFINITY)
      case 'unsupported-block-ref':
        return this.#refuse(hashKey(request), Number.POSITIVE_INFINITY)
      case 'missing-state':
        return this.#refuse(blockKey(request), now + MISSING_STATE_MS)
      case 'unknown-block':
        return this.#refuse(blockKey(request), now + UNKNOWN_BLOCK_MS)
      case 'batch-too-large':
      case 'batch-unsupported':
      case 'rate-limit':
      case 'retryable':
      case 'fatal':
        return false
    }
  }

  #refuse(key: string, untilMs: number): true {
    if (this.#refusedUntilMs.size >= MAX_REFUSALS) {
      const [oldest] = this.#refusedUntilMs.keys()
      if (oldest !== undefined) this.#refusedUntilMs.delete(oldest)
    }
    this.#refusedUntilMs.set(key, untilMs)
    return true
  }
}

/** A refusal of the call itself, such as a revert, says nothing about the endpoint. */
function isFaultOfEndpoint(error: unknown): boolean {
  if (!isRpcError(error)) return true
  return error.kind !== 'fatal' || error.code === 'RPC_RESPONSE' || error.httpStatus !== undefined
}

function hashKey({ method, block }: RequestSubject): string {
  return block !== undefined && 'blockHash' in block ? `${method} by hash` : ''
}

function blockKey({ block }: RequestSubject): string {
  return block === undefined ? '' : `block ${describeBlock(block)}`
}
