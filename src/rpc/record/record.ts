/**
 * Recordings: a client that records the answers of another client, so that a program can be
 * replayed without a node.
 *
 * Answers are passed on unchanged. What is recorded are facts: what the chain holds and what the
 * node refuses permanently. Transient failures and aborted calls are not recorded.
 */

import type { Hex } from '../../encoding/hex.ts'
import { isRpcError } from '../errors.ts'
import type { RpcMetrics } from '../metrics.ts'
import { waitMicrotasks } from '../microtasks.ts'
import type {
  BlockHeader,
  BlockRef,
  BlockTag,
  EthProof,
  RpcCallOptions,
  RpcCapabilities,
  RpcClient,
  RpcEvent,
} from '../rpc-client.ts'
import { RPC_CLIENT } from '../rpc-client.ts'
import {
  encodeAccount,
  encodeFields,
  encodeHeader,
  encodeSlot,
  encodeValue,
  requests,
} from './facts.ts'
import { requireFiles, writeFile } from './file.ts'
import type { RecordedError, RecordedRequest } from './recording.ts'
import { Recording } from './recording.ts'

/** Where a recording is written: a file, which is replaced as a whole, or a function. */
export type RecordingTarget = string | URL | ((text: string) => void)

/**
 * Records the answers of `client`. `save()` and `close()` write the recording.
 *
 * State that is read by block number is assumed to be that of one block.
 *
 * @param target If it is left out, take the recording from `text()`.
 * @throws InvalidInputError for a file in a runtime without files.
 * @example
 * const client = record(new RpcClientAdapter(url), 'swap.jsonl')
 * const fork = new StateManager({ rpcClient: client, forkBlockTag: 19_000_000 })
 * // ... reads
 * await client.save()
 */
export function record(client: RpcClient, target?: RecordingTarget): RecordingRpcClient {
  return new RecordingRpcClient(client, target)
}

/** The client that {@link record} returns. */
export class RecordingRpcClient implements RpcClient {
  readonly [RPC_CLIENT] = true
  readonly #client: RpcClient
  readonly #target: RecordingTarget | undefined
  readonly #recording = new Recording()
  #chainId: Promise<void> | undefined
  #isChainIdRequested = false

  readonly getAccountState?: NonNullable<RpcClient['getAccountState']>
  readonly createAccessList?: NonNullable<RpcClient['createAccessList']>
  readonly traceCallPrestate?: NonNullable<RpcClient['traceCallPrestate']>
  readonly getTransaction?: NonNullable<RpcClient['getTransaction']>
  readonly getFullBlock?: NonNullable<RpcClient['getFullBlock']>

  constructor(client: RpcClient, target?: RecordingTarget) {
    if (target !== undefined && typeof target !== 'function') requireFiles()
    this.#client = client
    this.#target = target
    const { getAccountState, createAccessList, traceCallPrestate, getTransaction, getFullBlock } =
      this.#optionalMethods()
    if (client.getTransaction) this.getTransaction = getTransaction
    if (client.getFullBlock) this.getFullBlock = getFullBlock
    if (client.getAccountState) this.getAccountState = getAccountState
    if (client.createAccessList) this.createAccessList = createAccessList
    if (client.traceCallPrestate) this.traceCallPrestate = traceCallPrestate
  }

  get endpoint(): string {
    return this.#client.endpoint ?? 'the RPC client'
  }

  async getProof(
    address: Hex,
    slots: readonly Hex[],
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<EthProof> {
    const request = requests.account(block, address)
    const proof = await this.#watch(request, this.#client.getProof(address, slots, block, options))
    this.#recording.add(request, { answer: encodeAccount(proof) })
    for (const slot of proof.storageProof) {
      this.#recording.add(requests.slot(block, address, slot.key), { answer: encodeSlot(slot) })
    }
    return proof
  }

  async getCode(address: Hex, block: BlockRef, options?: RpcCallOptions): Promise<Hex> {
    const request = requests.code(block, address)
    const code = await this.#watch(request, this.#client.getCode(address, block, options))
    this.#recording.add(request, { answer: code })
    return code
  }

  async getBlock(
    block: bigint | BlockTag | Hex,
    options?: RpcCallOptions,
  ): Promise<BlockHeader | null> {
    const request = requests.block(block)
    const header = await this.#watch(request, this.#client.getBlock(block, options))
    this.#recording.add(request, { answer: encodeHeader(header) })
    return header
  }

  async getChainId(options?: RpcCallOptions): Promise<bigint> {
    this.#isChainIdRequested = true
    const chainId = await this.#client.getChainId(options)
    this.#recording.chainId = chainId
    return chainId
  }

  capabilities(): RpcCapabilities {
    return this.#client.capabilities?.() ?? UNKNOWN_CAPABILITIES
  }

  metrics(): RpcMetrics {
    return this.#client.metrics?.() ?? NO_METRICS
  }

  /** Listens to the recorded client. */
  listen(listener: (event: RpcEvent) => void): () => void {
    return this.#client.listen?.(listener) ?? (() => {})
  }

  /** The recording so far, as the text of its file. */
  text(): string {
    return this.#recording.toText()
  }

  /** Writes the recording so far. @throws what the file system or the target function throws. */
  async save(): Promise<void> {
    await this.#chainId
    this.#write()
  }

  /** Writes the recording, and closes the recorded client. */
  close(): void {
    this.#write()
    this.#client.close?.()
  }

  #write(): void {
    const target = this.#target
    if (typeof target === 'function') target(this.text())
    else if (target !== undefined) writeFile(target, this.text())
  }

  #optionalMethods(): Required<
    Pick<
      RpcClient,
      | 'getAccountState'
      | 'createAccessList'
      | 'traceCallPrestate'
      | 'getTransaction'
      | 'getFullBlock'
    >
  > {
    const client = this.#client as Required<RpcClient>
    return {
      getAccountState: async (query, block, options) => {
        const request = requests.fields(block, query.address)
        const state = await this.#watch(request, client.getAccountState(query, block, options))
        if (state.account !== undefined) {
          this.#recording.add(request, { answer: encodeFields(state.account) })
        }
        query.slots.forEach((slot, at) => {
          const answer = encodeValue(state.values[at] as bigint)
          this.#recording.add(requests.value(block, query.address, slot), { answer })
        })
        return state
      },
      createAccessList: async (call, block, options) => {
        const request = requests.touched('accessList', block, call)
        const answer = await this.#watch(request, client.createAccessList(call, block, options))
        this.#recording.add(request, { answer })
        return answer
      },
      traceCallPrestate: async (call, block, options) => {
        const request = requests.touched('prestate', block, call)
        const answer = await this.#watch(request, client.traceCallPrestate(call, block, options))
        this.#recording.add(request, { answer })
        return answer
      },
      getTransaction: async (hash, options) => {
        const request = requests.transaction(hash)
        const answer = await this.#watch(request, client.getTransaction(hash, options))
        this.#recording.add(request, { answer })
        return answer
      },
      getFullBlock: async (hash, options) => {
        const request = requests.fullBlock(hash)
        const answer = await this.#watch(request, client.getFullBlock(hash, options))
        this.#recording.add(request, { answer })
        return answer
      },
    }
  }

  /** Reads the chain id in the turn of the first call, unless the program requests it itself. */
  async #readChainId(): Promise<void> {
    await waitMicrotasks(2)
    if (this.#isChainIdRequested) return
    const chainId = await this.#client.getChainId().catch(() => undefined)
    this.#recording.chainId ??= chainId
  }

  /** Records a permanent refusal, and makes sure that the chain id is read. */
  async #watch<Result>(request: RecordedRequest, answer: Promise<Result>): Promise<Result> {
    this.#chainId ??= this.#readChainId()
    try {
      return await answer
    } catch (error) {
      const fact = factOf(error)
      if (fact !== undefined) this.#recording.add(request, { error: fact })
      throw error
    }
  }
}

function factOf(error: unknown): RecordedError | undefined {
  if (!isRpcError(error)) return undefined
  const { code, kind, rpcCode } = error
  if (kind === 'rate-limit' || kind === 'retryable') return undefined
  if (code !== 'RPC_FAILED' && code !== 'RPC_RESPONSE') return undefined
  return { code, kind, ...(rpcCode === undefined ? {} : { rpcCode }) }
}

const UNKNOWN_CAPABILITIES: RpcCapabilities = {
  eth_getProof: 'unknown',
  eth_getAccountInfo: 'unknown',
  eth_getStorageValues: 'unknown',
  eth_createAccessList: 'unknown',
  debug_traceCall: 'unknown',
}

const NO_METRICS: RpcMetrics = { httpRequests: 0, rpcCalls: 0, retries: 0, errors: 0, inFlight: 0 }
