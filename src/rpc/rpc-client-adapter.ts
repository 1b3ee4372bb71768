/**
 * The client that most users need: an {@link RpcClient} over the URL or IPC socket of a node, or
 * over an EIP-1193 provider. It encodes calls and checks each answer against its call. The batcher
 * handles batches, retries and timeouts.
 */

import { debugLog } from '../diagnostics/debug-log.ts'
import type { Hex } from '../encoding/hex.ts'
import { userSignals } from './abort-watch.ts'
import type { BatchMetrics } from './batching/batcher.ts'
import { Batcher } from './batching/batcher.ts'
import { Capabilities } from './capabilities.ts'
import { RpcError } from './errors.ts'
import type { RpcEvent } from './events.ts'
import type { Listener } from './listeners.ts'
import { Listeners } from './listeners.ts'
import { AccountReader } from './methods/account-reader.ts'
import type { SendCall } from './methods/method-call.ts'
import { isRefusedMethod, ProofReader } from './methods/proof-reader.ts'
import type { CallContext } from './methods/validate.ts'
import {
  decodeBlock,
  decodeChainId,
  decodeCode,
  describeBlock,
  encodeBlockName,
  encodeBlockRef,
  requireFixedHex,
} from './methods/validate.ts'
import {
  decodeAccessList,
  decodePrestateKeys,
  encodeCallRequest,
} from './methods/validate-state.ts'
import type { RpcClientOptions } from './options.ts'
import { resolveRpcOptions } from './options.ts'
import type {
  AccessListEntry,
  AccountQuery,
  AccountState,
  BlockHeader,
  BlockRef,
  BlockTag,
  CallRequest,
  EthProof,
  ProbedMethod,
  RpcBlock,
  RpcCallOptions,
  RpcCapabilities,
  RpcClient,
  RpcTransaction,
} from './rpc-client.ts'
import { RPC_CLIENT } from './rpc-client.ts'
import { decodeFullBlock, decodeTransaction } from './transactions.ts'
import type { RpcTransport } from './transport.ts'
import { createCall } from './transport.ts'
import type { RpcSource } from './transports/create-transport.ts'
import { createTransport } from './transports/create-transport.ts'

const PRESTATE_TRACER = { tracer: 'prestateTracer' }

/**
 * Calls made in one turn are sent together: as one JSON-RPC batch for a URL or socket, as parallel
 * requests for a provider. Transient failures are retried; see {@link RpcClientOptions}.
 *
 * @example
 * const client = new RpcClientAdapter('http://127.0.0.1:8545', { timeoutMs: 5_000 })
 * const header = await client.getBlock('latest')
 */
export class RpcClientAdapter implements RpcClient {
  readonly [RPC_CLIENT] = true
  readonly #transport: RpcTransport
  readonly #batcher: Batcher
  readonly #unwatch: (() => void) | undefined
  readonly #events = new Listeners<RpcEvent>()
  readonly #capabilities = new Capabilities((method) => {
    this.#events.emit({ type: 'method-refused', endpoint: this.endpoint, method })
  })
  readonly #proofs: ProofReader
  readonly #accounts: AccountReader
  #decodeErrors = 0

  /**
   * @throws InvalidInputError if the provider is not one, an option is out of its range, or the
   *   runtime does not support such connections.
   */
  constructor(provider: RpcSource, options?: RpcClientOptions) {
    const resolved = resolveRpcOptions(options)
    this.#transport = createTransport(provider, resolved)
    this.#batcher = new Batcher(this.#transport, resolved, this.#events)
    this.#proofs = new ProofReader(this.#send, this.#capabilities)
    this.#accounts = new AccountReader(this.#send, this.#capabilities)
    const log = debugLog('rpc')
    if (log !== undefined) this.#events.add(log)
    const { signal } = resolved
    if (signal === undefined) return
    const end = (): void => this.#batcher.close(signal.reason)
    if (signal.aborted) end()
    else this.#unwatch = userSignals.watch(signal, end)
  }

  /** Origin of the URL, or a text that names a provider object. */
  get endpoint(): string {
    return this.#transport.endpoint
  }

  /**
   * Account fields and slots with their proofs: `eth_getProof` (EIP-1186), with the block named as
   * in EIP-1898. Proofs are not verified here. If the answer is too large, it is requested in
   * parts.
   *
   * @throws InvalidHexError or InvalidInputError for a malformed argument.
   * @throws RpcError, RpcTimeoutError or RpcResponseError; AbortedError.
   */
  async getProof(
    address: Hex,
    slots: readonly Hex[],
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<EthProof> {
    const account = requireFixedHex(address, 20, 'address')
    const keys = slots.map((slot) => requireFixedHex(slot, 32, 'slot'))
    return this.#proofs.read({ address: account, slots: keys, block, options })
  }

  /**
   * Code of an account in lower case, `0x` if it has none: `eth_getCode`.
   *
   * @throws as {@link RpcClientAdapter.getProof}
   */
  async getCode(address: Hex, block: BlockRef, options?: RpcCallOptions): Promise<Hex> {
    const account = requireFixedHex(address, 20, 'address')
    const place = { address: account, block: describeBlock(block) }
    const params = [account, encodeBlockRef(block)]
    return this.#send({ method: 'eth_getCode', params, place, options, decode: decodeCode })
  }

  /**
   * The header of a block named by number, tag or 32-byte hash; null if the node does not have the
   * block.
   *
   * @throws as {@link RpcClientAdapter.getProof}; RpcResponseError also if the node answers with
   *   another block.
   */
  async getBlock(
    block: bigint | BlockTag | Hex,
    options?: RpcCallOptions,
  ): Promise<BlockHeader | null> {
    const { method, name } = encodeBlockName(block)
    return this.#send({
      method,
      params: [name, false],
      place: { block: String(block) },
      options,
      decode: (answer, context) => decodeBlock(answer, { ...context, block }),
    })
  }

  /** `eth_chainId`. @throws as {@link RpcClientAdapter.getProof} */
  async getChainId(options?: RpcCallOptions): Promise<bigint> {
    const method = 'eth_chainId'
    return this.#send({ method, params: [], place: {}, options, decode: decodeChainId })
  }

  /**
   * Account fields and slots without proofs: by `eth_getAccountInfo` and `eth_getStorageValues`,
   * or, if the node refuses these, by the four methods that every node serves.
   *
   * @throws as {@link RpcClientAdapter.getProof}
   */
  async getAccountState(
    query: AccountQuery,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<AccountState> {
    const address = requireFixedHex(query.address, 20, 'address')
    const slots = query.slots.map((slot) => requireFixedHex(slot, 32, 'slot'))
    encodeBlockRef(block)
    return this.#accounts.read({ ...query, address, slots }, block, options)
  }

  /**
   * The accounts and slots that a call would touch: `eth_createAccessList`.
   *
   * @throws as {@link RpcClientAdapter.getProof}; an RpcError of kind `unsupported-method` if the
   *   node does not serve it, without a request once that is known.
   */
  async createAccessList(
    call: CallRequest,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<readonly AccessListEntry[]> {
    const params = [encodeCallRequest(call), encodeBlockRef(block)]
    const place = { block: describeBlock(block) }
    const method = 'eth_createAccessList'
    return this.#sendIfServed(method, () =>
      this.#send({ method, params, place, options, decode: decodeAccessList }),
    )
  }

  /**
   * The accounts and slots that a call would read: `debug_traceCall` with the `prestateTracer`.
   *
   * @throws as {@link RpcClientAdapter.createAccessList}
   */
  async traceCallPrestate(
    call: CallRequest,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<readonly AccessListEntry[]> {
    const params = [encodeCallRequest(call), encodeBlockRef(block), PRESTATE_TRACER]
    const place = { block: describeBlock(block) }
    const method = 'debug_traceCall'
    return this.#sendIfServed(method, () =>
      this.#send({ method, params, place, options, decode: decodePrestateKeys }),
    )
  }

  /**
   * `eth_getTransactionByHash`: null if the node does not know the transaction.
   *
   * @throws as {@link RpcClientAdapter.getProof}
   */
  async getTransaction(hash: Hex, options?: RpcCallOptions): Promise<RpcTransaction | null> {
    const name = requireFixedHex(hash, 32, 'transaction hash')
    const method = 'eth_getTransactionByHash'
    const decode = (answer: unknown, context: CallContext) =>
      decodeTransaction(answer, { ...context, hash: name })
    return this.#send({ method, params: [name], place: {}, options, decode })
  }

  /**
   * `eth_getBlockByHash` with transactions: null if the node does not have the block.
   *
   * @throws as {@link RpcClientAdapter.getProof}
   */
  async getFullBlock(hash: Hex, options?: RpcCallOptions): Promise<RpcBlock | null> {
    const name = requireFixedHex(hash, 32, 'block hash')
    const [method, place] = ['eth_getBlockByHash', { block: name }]
    const decode = (answer: unknown, context: CallContext) =>
      decodeFullBlock(answer, { ...context, hash: name })
    return this.#send({ method, params: [name, true], place, options, decode })
  }

  /**
   * Which methods the node has been seen to serve or refuse; a method that was not needed yet is
   * `unknown`.
   */
  capabilities(): RpcCapabilities {
    return this.#capabilities.snapshot()
  }

  /**
   * Calls any other method. The result is passed on as the node sent it, unchecked.
   *
   * @param params JSON values.
   * @throws as {@link RpcClientAdapter.getProof}
   */
  async request(
    method: string,
    params: readonly unknown[] = [],
    options?: RpcCallOptions,
  ): Promise<unknown> {
    return this.#send({ method, params, place: {}, options, decode: (answer) => answer })
  }

  /**
   * Ends all calls in flight with an `AbortedError`, rejects later ones, and closes a WebSocket or
   * IPC socket. The runtime keeps idle HTTP connections, which do not delay its exit.
   */
  close(): void {
    this.#unwatch?.()
    this.#batcher.close()
  }

  /**
   * Adds a listener for later events, until the returned function is called. An error that a
   * listener throws is shown as a warning and affects nothing else.
   */
  listen(listener: Listener<RpcEvent>): () => void {
    return this.#events.add(listener)
  }

  metrics(): BatchMetrics {
    const metrics = this.#batcher.metrics()
    return { ...metrics, errors: metrics.errors + this.#decodeErrors }
  }

  async #sendIfServed<Result>(method: ProbedMethod, send: () => Promise<Result>): Promise<Result> {
    const served = await this.#capabilities.attempt(method, send, isRefusedMethod)
    if (served !== undefined) return served.result
    const { endpoint } = this
    throw new RpcError(`${method} at ${endpoint}: the node does not serve this method`, {
      method,
      endpoint,
      kind: 'unsupported-method',
      hint: 'use an endpoint that serves this method',
    })
  }

  readonly #send: SendCall = async (call) => {
    const { method, params, place, options, decode } = call
    const answer = await this.#batcher.call(createCall(method, params, place), options)
    const context: CallContext = { method, endpoint: this.#transport.endpoint, place }
    try {
      return decode(answer, context)
    } catch (error) {
      this.#decodeErrors++
      throw error
    }
  }
}
