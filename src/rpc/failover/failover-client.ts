/**
 * Failover: a client over several endpoints of one chain. It uses the best one, and others when
 * that one fails, is late, or its answer needs confirmation.
 *
 * - Endpoints are used in the given order, as long as the first is not much slower or less reliable
 *   than another. Those that failed recently back off and are used last.
 * - An endpoint with another chain id is never used again. One that has another block, or that
 *   others contradict, is used last for a while.
 * - What an endpoint cannot serve (a method, block hashes, the state of an old block) is requested
 *   from another one, and remembered.
 *
 * It does not cache, and does not verify proofs itself: the caller may pass `verify`, and an
 * endpoint whose answer it rejects has failed. Without it, a plausible false answer is not noticed
 * with a `quorum` of 1.
 */

import { debugLog } from '../../diagnostics/debug-log.ts'
import { AbortedError, InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { AbortWatch, userSignals } from '../abort-watch.ts'
import { TokenBucket } from '../batching/rate-limit.ts'
import { nextDelayMs } from '../batching/retry.ts'
import { isRpcClient } from '../client-or-provider.ts'
import { isRpcError } from '../errors.ts'
import type { RpcEvent } from '../events.ts'
import type { Listener } from '../listeners.ts'
import { Listeners } from '../listeners.ts'
import type { RpcMetrics } from '../metrics.ts'
import { addRetries, RetryCounter, sumMetrics } from '../metrics.ts'
import type { ResolvedRpcOptions, RpcClientOptions } from '../options.ts'
import { resolveRpcOptions } from '../options.ts'
import type {
  AccountQuery,
  AccountState,
  BlockCallOptions,
  BlockHeader,
  BlockRef,
  BlockTag,
  EthProof,
  RpcCallOptions,
  RpcCapabilities,
  RpcClient,
  VerifiedCallOptions,
} from '../rpc-client.ts'
import { RPC_CLIENT } from '../rpc-client.ts'
import { RpcClientAdapter } from '../rpc-client-adapter.ts'
import type { RpcSource } from '../transports/create-transport.ts'
import type { EndpointRequest, RequestSubject } from './endpoint-request.ts'
import {
  accountRequest,
  chainIdRequest,
  codeRequest,
  fullBlockRequest,
  headerRequest,
  proofRequest,
  rawRequest,
  touchedKeysRequest,
  transactionRequest,
  withVerify,
} from './endpoint-request.ts'
import type { ExpectedChain } from './endpoint-state.ts'
import { EndpointState } from './endpoint-state.ts'
import { hasTransientAnswer, retryAfterOf } from './errors.ts'
import { jointCapabilities } from './joint-capabilities.ts'
import type { QuorumResult } from './quorum.ts'
import { reachQuorum } from './quorum.ts'
import { rank } from './ranking.ts'
import { retryCauseOf } from './retry-cause.ts'

/** Most blocks whose hash is remembered. */
const MAX_KNOWN_BLOCKS = 64

export interface FailoverOptions extends RpcClientOptions {
  /** Number of endpoints that must agree on an answer. Default 1. */
  readonly quorum?: number | undefined
  /** If there is no answer after this time, in ms, another endpoint is used too. Default: never. */
  readonly hedgeAfterMs?: number | undefined
  /** The chain that all endpoints must be on. Default: that of the first accepted answer. */
  readonly chainId?: bigint | undefined
}

/** The counters of all endpoints, individually and summed. */
export interface FailoverMetrics extends Required<RpcMetrics> {
  /** Requests sent to a further endpoint because one was late. */
  readonly hedges: number
  /** Times that a request was sent to all endpoints again after a wait. */
  readonly rounds: number
}

/**
 * A client over several endpoints.
 *
 * {@link FailoverOptions} apply to the clients created here. These do not retry on their own, since
 * another endpoint is used first. When all have failed, the request is sent to all again after a
 * wait, as `retries`, `backoffMs` and `totalTimeoutMs` say. Clients that were passed in are not
 * closed.
 *
 * @example
 * const client = new FailoverRpcClient([mainUrl, spareUrl, thirdUrl], { quorum: 2 })
 * const fork = new StateManager({ rpcClient: client })
 */
export class FailoverRpcClient implements RpcClient {
  readonly [RPC_CLIENT] = true
  readonly #endpoints: readonly EndpointState[]
  readonly #own: readonly RpcClient[]
  readonly #options: ResolvedRpcOptions
  readonly #quorum: number
  readonly #hedgeAfterMs: number | undefined
  readonly #events = new Listeners<RpcEvent>()
  readonly #aborts = new AbortWatch()
  readonly #closing = new AbortController()
  readonly #knownHashes = new Map<bigint, Hex>()
  readonly #expected: ExpectedChain = { id: undefined }
  #unwatch: (() => void) | undefined
  #wait: Promise<void> | undefined
  /** Limits the rate of rounds that repeat others. */
  readonly #budget: TokenBucket
  /** Why requests were sent again, to the next endpoint or later. */
  readonly #causes = new RetryCounter()
  readonly #counts = { hedges: 0, rounds: 0, errors: 0, inFlight: 0 }

  readonly getAccountState?: NonNullable<RpcClient['getAccountState']>
  readonly createAccessList?: NonNullable<RpcClient['createAccessList']>
  readonly traceCallPrestate?: NonNullable<RpcClient['traceCallPrestate']>
  readonly getTransaction?: NonNullable<RpcClient['getTransaction']>
  readonly getFullBlock?: NonNullable<RpcClient['getFullBlock']>
  readonly request?: NonNullable<RpcClient['request']>

  /** @throws InvalidInputError if there is no endpoint, or an option is out of its range. */
  constructor(sources: readonly (RpcSource | RpcClient)[], options: FailoverOptions = {}) {
    const { quorum = 1, hedgeAfterMs, chainId } = options
    if (sources.length === 0) throw new InvalidInputError('the list of endpoints is empty')
    requireInRange('quorum', quorum, sources.length)
    if (hedgeAfterMs !== undefined) requireInRange('hedgeAfterMs', hedgeAfterMs, 2 ** 31 - 1)
    this.#options = resolveRpcOptions(options)
    this.#budget = new TokenBucket(this.#options.retriesPerSecond, this.#options.clock.now())
    const own: RpcClient[] = []
    this.#endpoints = sources.map((source, index) => {
      const client = isRpcClient(source)
        ? source
        : new RpcClientAdapter(source, ownOptions(options))
      if (client !== source) own.push(client)
      const name = client.endpoint ?? `endpoint ${index + 1}`
      const { clock } = this.#options
      const shared = { clock, expected: this.#expected, events: this.#events }
      return new EndpointState(client, { name, index }, shared)
    })
    this.#own = own
    this.#quorum = quorum
    this.#hedgeAfterMs = hedgeAfterMs
    this.#expected.id = chainId
    const log = debugLog('rpc')
    if (log !== undefined) this.#events.add(log)
    const { signal } = this.#options
    if (signal?.aborted) this.#end(signal.reason)
    else this.#unwatch = signal && userSignals.watch(signal, () => this.#end(signal.reason))
    if (this.#some('getAccountState')) this.getAccountState = this.#readAccount.bind(this)
    if (this.#some('getTransaction')) {
      this.getTransaction = (hash, callOptions) =>
        this.#send(transactionRequest(hash), callOptions, 'getTransaction')
    }
    if (this.#some('getFullBlock')) {
      this.getFullBlock = (hash, callOptions) =>
        this.#send(fullBlockRequest(hash), callOptions, 'getFullBlock')
    }
    if (this.#some('request')) {
      this.request = (method, params, callOptions) =>
        this.#send(rawRequest(method, params), callOptions, 'request')
    }
    for (const name of ['createAccessList', 'traceCallPrestate'] as const) {
      if (!this.#some(name)) continue
      this[name] = (call, block, callOptions) =>
        this.#send(touchedKeysRequest(name, call, block), callOptions, name)
    }
  }

  /** @throws RpcError; QuorumError; AbortedError. */
  getProof(
    address: Hex,
    slots: readonly Hex[],
    block: BlockRef,
    options?: VerifiedCallOptions<EthProof>,
  ): Promise<EthProof> {
    return this.#send(withVerify(proofRequest(address, slots, block), options), options)
  }

  /** @throws as {@link FailoverRpcClient.getProof} */
  getCode(address: Hex, block: BlockRef, options?: VerifiedCallOptions<Hex>): Promise<Hex> {
    return this.#send(withVerify(codeRequest(address, block), options), options)
  }

  /**
   * Null only if none of the endpoints that answer has the block. With a quorum, a tag means the
   * newest block that enough endpoints have.
   *
   * @throws as {@link FailoverRpcClient.getProof}
   */
  async getBlock(
    block: bigint | BlockTag | Hex,
    options?: BlockCallOptions,
  ): Promise<BlockHeader | null> {
    const isTag = typeof block === 'string' && !block.startsWith('0x')
    if (isTag && this.#quorum > 1) return this.#newestCommonBlock(block as BlockTag, options)
    const seen = typeof block === 'bigint' ? this.#knownHashes.get(block) : undefined
    const known = options?.expectedHash ?? seen
    const request = withVerify(headerRequest(block, known), options)
    const { result: header, isConfirmed } = await this.#sendWithRetries(request, options)
    if (header !== null && isConfirmed) this.#remember(header)
    return header
  }

  /** @throws as {@link FailoverRpcClient.getProof} */
  async getChainId(options?: RpcCallOptions): Promise<bigint> {
    await this.#send(chainIdRequest(), options)
    return this.#expected.id as bigint
  }

  /** `served` if any endpoint serves the method, `refused` if all refuse it. */
  capabilities(): RpcCapabilities {
    return jointCapabilities(this.#endpoints.map(({ client }) => client))
  }

  /** Ends all calls in flight with an `AbortedError`, and closes the clients created here. */
  close(): void {
    this.#end(undefined)
  }

  /** Listens to all endpoints and their condition; see {@link RpcClientAdapter.listen}. */
  listen(listener: Listener<RpcEvent>): () => void {
    const clients = this.#endpoints.map(({ client }) => client.listen?.(listener))
    const ends = [this.#events.add(listener), ...clients]
    return () => {
      for (const end of ends) end?.()
    }
  }

  metrics(): FailoverMetrics {
    const endpoints = this.#endpoints.map((endpoint) => endpoint.metrics())
    const sum = sumMetrics(endpoints.flatMap(({ client }) => client ?? []))
    const retries = sum.retries + this.#causes.total
    const retriesByCause = addRetries(sum.retriesByCause, this.#causes.snapshot())
    return { ...sum, ...this.#counts, retries, retriesByCause, endpoints }
  }

  #noteRetry(error: unknown): void {
    const cause = retryCauseOf(error)
    if (cause !== undefined) this.#causes.count(cause)
  }

  #readAccount(
    query: AccountQuery,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<AccountState> {
    return this.#send(accountRequest(query, block), options, 'getAccountState')
  }

  /** The newest block that enough endpoints have. */
  async #newestCommonBlock(tag: BlockTag, options?: RpcCallOptions): Promise<BlockHeader | null> {
    const heads: bigint[] = []
    const request: EndpointRequest<BlockHeader | null> = {
      ...headerRequest(tag),
      send: async (client, callOptions) => {
        const header = await client.getBlock(tag, callOptions)
        if (header !== null) heads.push(header.number)
        return header
      },
      // The block differs as the chain grows; this request only finds out which endpoints have one.
      summary: (header) => (header === null ? 'no such block' : 'a block'),
    }
    if ((await this.#send(request, options)) === null) return null
    heads.sort((a, b) => Number(b - a))
    let failure: unknown
    for (const number of new Set(heads.slice(this.#quorum - 1))) {
      try {
        const header = await this.getBlock(number, options)
        if (header !== null) return header
      } catch (error) {
        if (!isRpcError(error)) throw error
        failure = error
      }
    }
    if (failure === undefined) return null
    throw failure
  }

  async #send<Result>(
    request: EndpointRequest<Result>,
    options?: RpcCallOptions,
    method?: keyof RpcClient,
  ): Promise<Result> {
    return (await this.#sendWithRetries(request, options, method)).result
  }

  async #sendWithRetries<Result>(
    request: EndpointRequest<Result>,
    options: RpcCallOptions = {},
    method: keyof RpcClient = 'getProof',
  ): Promise<QuorumResult<Result>> {
    const { clock, random } = this.#options
    const startedAtMs = clock.now()
    this.#counts.inFlight++
    try {
      for (let retriesDone = 0; ; retriesDone++) {
        try {
          return await this.#sendOnce(request, options, method)
        } catch (error) {
          const elapsedMs = clock.now() - startedAtMs
          const retryAfterMs = retryAfterOf(error)
          const budgetMs = this.#wait === undefined ? this.#budget.waitMs(1, clock.now()) : 0
          const jitter = random()
          const attempt = { retriesDone, elapsedMs, retryAfterMs, budgetMs, jitter }
          const delayMs = hasTransientAnswer(error)
            ? nextDelayMs(this.#options, attempt)
            : undefined
          if (delayMs === undefined) throw error
          this.#counts.rounds++
          this.#noteRetry(error)
          await this.#pause(delayMs, options.signal)
        }
      }
    } catch (error) {
      if (!(error instanceof AbortedError)) this.#counts.errors++
      throw error
    } finally {
      this.#counts.inFlight--
    }
  }

  async #sendOnce<Result>(
    request: EndpointRequest<Result>,
    { signal, ...callOptions }: RpcCallOptions,
    method: keyof RpcClient,
  ): Promise<QuorumResult<Result>> {
    const able = this.#endpoints.filter(({ client }) => typeof client[method] === 'function')
    const result = await reachQuorum(request, rank(able, request), {
      required: request.isHint ? 1 : this.#quorum,
      hedgeAfterMs: this.#hedgeAfterMs,
      clock: this.#options.clock,
      aborts: this.#aborts,
      signals: [this.#closing.signal, ...(signal === undefined ? [] : [signal])],
      callOptions,
      expected: this.#expected,
      knownHash: this.#knownHashOf(request),
      onHedge: () => this.#counts.hedges++,
      onFailover: (error) => this.#noteRetry(error),
    })
    this.#expected.id ??= result.chainId
    return result
  }

  /**
   * Hash of the block that a read names by number: the one that the caller expects, or the one seen
   * before.
   */
  #knownHashOf({ block }: RequestSubject): Hex | undefined {
    if (block === undefined || 'blockHash' in block) return undefined
    return block.expectedHash ?? this.#knownHashes.get(block.blockNumber)
  }

  /** One wait for all requests, so that they are sent together again. */
  async #pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#wait === undefined) {
      const { sleep, clock } = this.#options
      this.#budget.take(1, clock.now())
      this.#wait = sleep(delayMs, this.#closing.signal).finally(() => {
        this.#wait = undefined
      })
    }
    if (signal === undefined) return this.#wait
    let unwatch = (): void => {}
    const aborted = new Promise<void>((resolve) => {
      unwatch = this.#aborts.watch(signal, resolve)
      if (signal.aborted) resolve()
    })
    await Promise.race([this.#wait, aborted])
    unwatch()
  }

  #remember({ number, hash }: BlockHeader): void {
    this.#knownHashes.delete(number)
    this.#knownHashes.set(number, hash)
    const [oldest] = this.#knownHashes.keys()
    if (this.#knownHashes.size > MAX_KNOWN_BLOCKS && oldest !== undefined) {
      this.#knownHashes.delete(oldest)
    }
  }

  #some(method: keyof RpcClient): boolean {
    return this.#endpoints.some(({ client }) => typeof client[method] === 'function')
  }

  #end(reason: unknown): void {
    if (this.#closing.signal.aborted) return
    this.#unwatch?.()
    this.#closing.abort(reason ?? new AbortedError('the RPC client is closed'))
    for (const client of this.#own) client.close?.()
  }
}

/** Another endpoint is used before the same one is tried again. */
function ownOptions(options: FailoverOptions): RpcClientOptions {
  return { ...options, retries: 0, signal: undefined }
}

function requireInRange(name: string, value: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return
  throw new InvalidInputError(`${name} must be an integer from 1 to ${max}`, {
    details: `got ${String(value)}`,
    ...(name === 'quorum' ? { hint: 'pass at least as many endpoints as the quorum' } : {}),
  })
}
