/**
 * A client that answers from a recording, without a node. Requests may come in another order than
 * in the recording, and for other sets of the same slots, since it holds facts.
 *
 * Invariant: a request that was not recorded is an error that names it, never a guess.
 */

import { AbortedError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import type { RpcErrorFields } from '../errors.ts'
import { RpcError, RpcResponseError } from '../errors.ts'
import type { CallContext } from '../fields.ts'
import { decodeCode, describeBlock, requireFixedHex } from '../methods/validate.ts'
import type { RpcMetrics } from '../metrics.ts'
import type {
  AccessListEntry,
  AccountQuery,
  AccountState,
  BlockHeader,
  BlockRef,
  BlockTag,
  CallRequest,
  EthProof,
  RpcBlock,
  RpcCallOptions,
  RpcClient,
  RpcTransaction,
} from '../rpc-client.ts'
import { RPC_CLIENT } from '../rpc-client.ts'
import { decodeFullBlock, decodeTransaction } from '../transactions.ts'
import {
  decodeAccount,
  decodeFields,
  decodeHeader,
  decodeSlot,
  decodeTouched,
  decodeValue,
  requests,
} from './facts.ts'
import { readFile } from './file.ts'
import type { RecordedOutcome, RecordedRequest } from './recording.ts'
import { Recording } from './recording.ts'

/** Where a recording is read from: a file, or its text. */
export type RecordingSource = string | URL | { readonly text: string }

/** The recording has no answer to a request; `request` identifies it. */
export class NotRecordedError extends RpcError {
  override readonly code = 'RPC_NOT_RECORDED'
  /** The kind of fact, and its place from the block down. */
  readonly request: readonly string[]

  constructor(request: readonly string[], fields: RpcErrorFields) {
    super(`the recording has no answer to ${fields.method}: ${request.join(' ')}`, {
      ...fields,
      hint: 'record again with this request',
    })
    this.request = request
  }
}

/**
 * Returns a client that answers from a recording made with `record()`.
 *
 * @throws InvalidInputError if the recording cannot be read.
 * @example
 * const fork = new StateManager({ rpcClient: replay('swap.jsonl'), forkBlockTag: 19_000_000 })
 */
export function replay(source: RecordingSource): ReplayRpcClient {
  return new ReplayRpcClient(source)
}

/** The client that {@link replay} returns. */
export class ReplayRpcClient implements RpcClient {
  readonly [RPC_CLIENT] = true
  readonly endpoint = 'the recording'
  readonly #recording: Recording
  readonly #requestCounts = new Map<string, number>()
  #calls = 0
  #errors = 0
  #isClosed = false

  /** @throws InvalidInputError if the recording cannot be read. */
  constructor(source: RecordingSource) {
    const isText = typeof source === 'object' && 'text' in source
    this.#recording = Recording.parse(isText ? source.text : readFile(source))
  }

  /** @throws NotRecordedError; RpcError if the node refused the request when it was recorded. */
  async getProof(
    address: Hex,
    slots: readonly Hex[],
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<EthProof> {
    const account = requireFixedHex(address, 20, 'address')
    const keys = slots.map((slot) => requireFixedHex(slot, 32, 'slot'))
    const context = this.#contextOf('eth_getProof', block, account)
    return this.#answer(options, () => ({
      address: account,
      ...decodeAccount(this.#find([requests.account(block, account)], context), context),
      storageProof: keys.map((slot) => {
        const here = { ...context, place: { ...context.place, slot } }
        return decodeSlot(this.#find([requests.slot(block, account, slot)], here), slot, here)
      }),
    }))
  }

  /** @throws as {@link ReplayRpcClient.getProof} */
  async getCode(address: Hex, block: BlockRef, options?: RpcCallOptions): Promise<Hex> {
    const account = requireFixedHex(address, 20, 'address')
    const context = this.#contextOf('eth_getCode', block, account)
    return this.#answer(options, () =>
      decodeCode(this.#find([requests.code(block, account)], context), context),
    )
  }

  /** Answers change in the recorded order. @throws as {@link ReplayRpcClient.getProof} */
  async getBlock(
    block: bigint | BlockTag | Hex,
    options?: RpcCallOptions,
  ): Promise<BlockHeader | null> {
    const { endpoint } = this
    const context = { method: 'eth_getBlock', endpoint, place: { block: String(block) } }
    return this.#answer(options, () => {
      const request = requests.block(block)
      return decodeHeader(
        this.#find([request], context, this.#countRequest(request)),
        block,
        context,
      )
    })
  }

  /** Answers change in the recorded order. @throws as {@link ReplayRpcClient.getProof} */
  async getTransaction(hash: Hex, options?: RpcCallOptions): Promise<RpcTransaction | null> {
    const name = requireFixedHex(hash, 32, 'transaction hash')
    const context = { method: 'eth_getTransactionByHash', endpoint: this.endpoint, place: {} }
    return this.#answer(options, () => {
      const request = requests.transaction(name)
      const answer = this.#find([request], context, this.#countRequest(request))
      return decodeTransaction(answer, { ...context, hash: name })
    })
  }

  /** @throws as {@link ReplayRpcClient.getProof} */
  async getFullBlock(hash: Hex, options?: RpcCallOptions): Promise<RpcBlock | null> {
    const name = requireFixedHex(hash, 32, 'block hash')
    const context = { ...this.#contextOf('eth_getBlockByHash', { blockHash: name }), hash: name }
    return this.#answer(options, () =>
      decodeFullBlock(this.#find([requests.fullBlock(name)], context), context),
    )
  }

  /** @throws as {@link ReplayRpcClient.getProof} */
  async getChainId(options?: RpcCallOptions): Promise<bigint> {
    const context = { method: 'eth_chainId', endpoint: this.endpoint, place: {} }
    return this.#answer(options, () => {
      const { chainId } = this.#recording
      if (chainId === undefined) throw notRecorded(['chainId'], context)
      return chainId
    })
  }

  /** From facts recorded with or without proofs. @throws as {@link ReplayRpcClient.getProof} */
  async getAccountState(
    query: AccountQuery,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<AccountState> {
    const address = requireFixedHex(query.address, 20, 'address')
    const slots = query.slots.map((slot) => requireFixedHex(slot, 32, 'slot'))
    const context = this.#contextOf('account state', block, address)
    return this.#answer(options, () => {
      const values = slots.map((slot) => {
        const here = { ...context, place: { ...context.place, slot } }
        const equivalent = [
          requests.value(block, address, slot),
          requests.slot(block, address, slot),
        ]
        return decodeValue(this.#find(equivalent, here), here)
      })
      if (query.want === 'slots') return { address, values }
      const equivalent = [requests.fields(block, address), requests.account(block, address)]
      return { address, account: decodeFields(this.#find(equivalent, context), context), values }
    })
  }

  /** @throws as {@link ReplayRpcClient.getProof} */
  async createAccessList(
    call: CallRequest,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<readonly AccessListEntry[]> {
    const context = this.#contextOf('eth_createAccessList', block)
    const request = requests.touched('accessList', block, call)
    return this.#answer(options, () => decodeTouched(this.#find([request], context), context))
  }

  /** @throws as {@link ReplayRpcClient.getProof} */
  async traceCallPrestate(
    call: CallRequest,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<readonly AccessListEntry[]> {
    const context = this.#contextOf('debug_traceCall', block)
    const request = requests.touched('prestate', block, call)
    return this.#answer(options, () => decodeTouched(this.#find([request], context), context))
  }

  close(): void {
    this.#isClosed = true
  }

  /** Calls answered from the recording count as calls; nothing is sent. */
  metrics(): RpcMetrics {
    const [rpcCalls, errors] = [this.#calls, this.#errors]
    return { httpRequests: 0, rpcCalls, retries: 0, errors, inFlight: 0 }
  }

  /** How many times this was requested before. */
  #countRequest(request: RecordedRequest): number {
    const key = request.join()
    const nth = this.#requestCounts.get(key) ?? 0
    this.#requestCounts.set(key, nth + 1)
    return nth
  }

  #contextOf(method: string, block: BlockRef, address?: Hex): CallContext {
    const place = { block: describeBlock(block), ...(address === undefined ? {} : { address }) }
    return { method, endpoint: this.endpoint, place }
  }

  #answer<Result>(options: RpcCallOptions | undefined, read: () => Result): Result {
    const { signal } = options ?? {}
    if (signal?.aborted) throw new AbortedError('the call was aborted', { cause: signal.reason })
    if (this.#isClosed) throw new AbortedError('the RPC client is closed')
    this.#calls++
    try {
      return read()
    } catch (error) {
      this.#errors++
      throw error
    }
  }

  /** The first recorded answer to any of several equivalent requests. */
  #find(equivalent: readonly RecordedRequest[], context: CallContext, nth = 0): unknown {
    const known = equivalent.flatMap((request) => this.#recording.find(request, nth) ?? [])
    const outcome: RecordedOutcome | undefined =
      known.find((one) => 'answer' in one) ?? known.find((one) => 'error' in one)
    if (outcome === undefined) throw notRecorded(equivalent[0] as RecordedRequest, context)
    if ('answer' in outcome) return outcome.answer
    const { code, kind, rpcCode } = outcome.error
    const { method, endpoint, place } = context
    const Refusal = code === 'RPC_RESPONSE' ? RpcResponseError : RpcError
    throw new Refusal(`${method}: the node refused when this was recorded (${kind})`, {
      method,
      endpoint,
      kind,
      rpcCode,
      ...place,
    })
  }
}

function notRecorded(
  request: readonly string[],
  { method, endpoint, place }: CallContext,
): NotRecordedError {
  return new NotRecordedError(request, { method, endpoint, ...place })
}
