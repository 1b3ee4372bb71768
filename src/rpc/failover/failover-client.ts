/**
 * A client over several endpoints of one chain: the best one is asked, others when it fails, is
 * late, or is not to be believed alone.
 *
 * - The endpoints are used in the order given, as long as the first is not much slower or less
 *   reliable than another; those that failed lately rest, and are asked last.
 * - An endpoint with another chain id is never used again; one that shows another block, or that
 *   others contradict, is asked last for a while.
 * - What an endpoint cannot serve (a method, block hashes, the state of an old block) is asked
 *   elsewhere, and remembered.
 *
 * It caches nothing and checks no proofs itself: whoever asks may pass a `judge`, and an endpoint
 * whose answer that refuses has failed. Without one, a lie that looks right is not noticed with a
 * `quorum` of 1.
 */

import { debugLog } from '../../debug-log.ts'
import type { Hex } from '../../encoding/hex.ts'
import { AbortedError, InvalidInputError } from '../../errors.ts'
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
  JudgedCallOptions,
  RpcCallOptions,
  RpcCapabilities,
  RpcClient,
} from '../rpc-client.ts'
import { RPC_CLIENT } from '../rpc-client.ts'
import { RpcClientAdapter } from '../rpc-client-adapter.ts'
import type { RpcSource } from '../transports/create-transport.ts'
import type { ExpectedChain } from './endpoint-state.ts'
import { EndpointState } from './endpoint-state.ts'
import { mayPass, retryAfterOf } from './errors.ts'
import { jointCapabilities } from './joint-capabilities.ts'
import type { Verdict } from './poll.ts'
import { poll } from './poll.ts'
import type { Question, Subject } from './question.ts'
import {
  accountQuestion,
  chainIdQuestion,
  codeQuestion,
  fullBlockQuestion,
  headerQuestion,
  judged,
  proofQuestion,
  requestQuestion,
  touchedQuestion,
  transactionQuestion,
} from './question.ts'
import { rank } from './ranking.ts'
import { retryCauseOf } from './retry-cause.ts'

/** Blocks whose hash is remembered. */
const MAX_KNOWN_BLOCKS = 64

export interface FailoverOptions extends RpcClientOptions {
  /** Endpoints that must agree on an answer. Default 1. */
  readonly quorum?: number | undefined
  /** If there is no answer after so many ms, another endpoint is asked too. Default: never. */
  readonly hedgeAfterMs?: number | undefined
  /** The chain that all endpoints must be on. Default: that of the first answer taken. */
  readonly chainId?: bigint | undefined
}

/** The counters of all endpoints, one by one and together. */
export interface FailoverMetrics extends Required<RpcMetrics> {
  /** Questions put to a further endpoint because one was late. */
  readonly hedges: number
  /** Times that all endpoints were asked anew after a wait, a question. */
  readonly rounds: number
}

/**
 * {@link FailoverOptions} hold for the clients made here. These do not retry on their own, since
 * another endpoint is asked; when all have failed, all are asked again after a wait, as `retries`,
 * `backoffMs` and `totalTimeoutMs` say. Clients that were passed in are not closed.
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
  /** Of rounds that repeat others. */
  readonly #budget: TokenBucket
  /** Why questions were asked again, elsewhere or later. */
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
    if (sources.length === 0) throw new InvalidInputError('there is no endpoint in the list')
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
        this.#ask(transactionQuestion(hash), callOptions, 'getTransaction')
    }
    if (this.#some('getFullBlock')) {
      this.getFullBlock = (hash, callOptions) =>
        this.#ask(fullBlockQuestion(hash), callOptions, 'getFullBlock')
    }
    if (this.#some('request')) {
      this.request = (method, params, callOptions) =>
        this.#ask(requestQuestion(method, params), callOptions, 'request')
    }
    for (const name of ['createAccessList', 'traceCallPrestate'] as const) {
      if (!this.#some(name)) continue
      this[name] = (call, block, callOptions) =>
        this.#ask(touchedQuestion(name, call, block), callOptions, name)
    }
  }

  /** @throws RpcError; QuorumError; AbortedError. */
  getProof(
    address: Hex,
    slots: readonly Hex[],
    block: BlockRef,
    options?: JudgedCallOptions<EthProof>,
  ): Promise<EthProof> {
    return this.#ask(judged(proofQuestion(address, slots, block), options), options)
  }

  /** @throws as {@link getProof} */
  getCode(address: Hex, block: BlockRef, options?: JudgedCallOptions<Hex>): Promise<Hex> {
    return this.#ask(judged(codeQuestion(address, block), options), options)
  }

  /**
   * Null only if no endpoint that answers has the block. With a quorum a tag means the newest block
   * that enough endpoints have.
   *
   * @throws as {@link getProof}
   */
  async getBlock(
    block: bigint | BlockTag | Hex,
    options?: BlockCallOptions,
  ): Promise<BlockHeader | null> {
    const isTag = typeof block === 'string' && !block.startsWith('0x')
    if (isTag && this.#quorum > 1) return this.#newestCommonBlock(block as BlockTag, options)
    const seen = typeof block === 'bigint' ? this.#knownHashes.get(block) : undefined
    const known = options?.expectedHash ?? seen
    const question = judged(headerQuestion(block, known), options)
    const { result: header, isFirm } = await this.#decide(question, options)
    if (header !== null && isFirm) this.#remember(header)
    return header
  }

  /** @throws as {@link getProof} */
  async getChainId(options?: RpcCallOptions): Promise<bigint> {
    await this.#ask(chainIdQuestion(), options)
    return this.#expected.id as bigint
  }

  /** Served if any endpoint serves it, refused if all refuse. */
  capabilities(): RpcCapabilities {
    return jointCapabilities(this.#endpoints.map(({ client }) => client))
  }

  /** Ends all calls in flight with an `AbortedError`; closes the clients that were made here. */
  close(): void {
    this.#end(undefined)
  }

  /** Listens to all endpoints, and to what is thought of them; see `RpcClientAdapter.listen`. */
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
    return this.#ask(accountQuestion(query, block), options, 'getAccountState')
  }

  /** The newest block that as many endpoints have as must agree. */
  async #newestCommonBlock(tag: BlockTag, options?: RpcCallOptions): Promise<BlockHeader | null> {
    const heads: bigint[] = []
    const question: Question<BlockHeader | null> = {
      ...headerQuestion(tag),
      ask: async (client, callOptions) => {
        const header = await client.getBlock(tag, callOptions)
        if (header !== null) heads.push(header.number)
        return header
      },
      // Which block it is differs as the chain grows; what is asked is who has one.
      meaning: (header) => (header === null ? 'no such block' : 'a block'),
    }
    if ((await this.#ask(question, options)) === null) return null
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

  async #ask<Result>(
    question: Question<Result>,
    options?: RpcCallOptions,
    method?: keyof RpcClient,
  ): Promise<Result> {
    return (await this.#decide(question, options, method)).result
  }

  async #decide<Result>(
    question: Question<Result>,
    options: RpcCallOptions = {},
    method: keyof RpcClient = 'getProof',
  ): Promise<Verdict<Result>> {
    const { clock, random } = this.#options
    const startedAtMs = clock.now()
    this.#counts.inFlight++
    try {
      for (let retriesDone = 0; ; retriesDone++) {
        try {
          return await this.#decideRound(question, options, method)
        } catch (error) {
          const elapsedMs = clock.now() - startedAtMs
          const retryAfterMs = retryAfterOf(error)
          const budgetMs = this.#wait === undefined ? this.#budget.waitMs(1, clock.now()) : 0
          const jitter = random()
          const attempt = { retriesDone, elapsedMs, retryAfterMs, budgetMs, jitter }
          const delayMs = mayPass(error) ? nextDelayMs(this.#options, attempt) : undefined
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

  async #decideRound<Result>(
    question: Question<Result>,
    { signal, ...callOptions }: RpcCallOptions,
    method: keyof RpcClient,
  ): Promise<Verdict<Result>> {
    const able = this.#endpoints.filter(({ client }) => typeof client[method] === 'function')
    const verdict = await poll(question, rank(able, question), {
      needed: question.isHint ? 1 : this.#quorum,
      hedgeAfterMs: this.#hedgeAfterMs,
      clock: this.#options.clock,
      aborts: this.#aborts,
      signals: [this.#closing.signal, ...(signal === undefined ? [] : [signal])],
      callOptions,
      expected: this.#expected,
      knownHash: this.#knownHashOf(question),
      onHedge: () => this.#counts.hedges++,
      onFailover: (error) => this.#noteRetry(error),
    })
    this.#expected.id ??= verdict.chainId
    return verdict
  }

  /** Of the block that a read names by number: what the caller expects, or what was seen before. */
  #knownHashOf({ block }: Subject): Hex | undefined {
    if (block === undefined || 'blockHash' in block) return undefined
    return block.expectedHash ?? this.#knownHashes.get(block.blockNumber)
  }

  /** One wait for all questions, so that they go out together again. */
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

/** Another endpoint is asked before the same one is asked again. */
function ownOptions(options: FailoverOptions): RpcClientOptions {
  return { ...options, retries: 0, signal: undefined }
}

function requireInRange(name: string, value: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return
  throw new InvalidInputError(`${name} must be an integer from 1 to ${max}`, {
    details: `got ${String(value)}`,
    ...(name === 'quorum' ? { hint: 'pass at least as many endpoints as must agree' } : {}),
  })
}
