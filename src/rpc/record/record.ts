/**
 * A client that notes what another one answers, so that a program can run again without a node.
 *
 * Answers are passed on unchanged. Noted are facts: what the chain holds and what the node refuses
 * for good, not failures that may pass, nor aborted calls.
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

/** Where a recording goes: a file, which is replaced as a whole, or a function. */
export type RecordingTarget = string | URL | ((text: string) => void)

/**
 * Records what `client` answers. The recording is written by `save()` and by `close()`.
 *
 * State that is read by block number is taken to be that of one block.
 *
 * @param target Without one, take the recording from `text()`.
 * @throws InvalidInputError for a file where the runtime has none.
 * @example
 * const client = record(new RpcClientAdapter(url), 'swap.jsonl')
 * const fork = new StateManager({ rpcClient: client, forkBlockTag: 19_000_000 })
 * // ... reads
 * await client.save()
 */
export function record(client: RpcClient, target?: RecordingTarget): RecordingRpcClient {
  return new RecordingRpcClient(client, target)
}

/** Made by {@link record}. */
export class RecordingRpcClient implements RpcClient {
  readonly [RPC_CLIENT] = true
  readonly #client: RpcClient
  readonly #target: RecordingTarget | undefined
  readonly #recording = new Recording()
  #chainId: Promise<void> | undefined
  #isChainIdAsked = false

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
    const ask = requests.account(block, address)
    const proof = await this.#watch(ask, this.#client.getProof(address, slots, block, options))
    this.#recording.add(ask, { answer: encodeAccount(proof) })
    for (const slot of proof.storageProof) {
      this.#recording.add(requests.slot(block, address, slot.key), { answer: encodeSlot(slot) })
    }
    return proof
  }

  async getCode(address: Hex, block: BlockRef, options?: RpcCallOptions): Promise<Hex> {
    const ask = requests.code(block, address)
    const code = await this.#watch(ask, this.#client.getCode(address, block, options))
    this.#recording.add(ask, { answer: code })
    return code
  }

  async getBlock(
    block: bigint | BlockTag | Hex,
    options?: RpcCallOptions,
  ): Promise<BlockHeader | null> {
    const ask = requests.block(block)
    const header = await this.#watch(ask, this.#client.getBlock(block, options))
    this.#recording.add(ask, { answer: encodeHeader(header) })
    return header
  }

  async getChainId(options?: RpcCallOptions): Promise<bigint> {
    this.#isChainIdAsked = true
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

  /** Listens to the client that is recorded. */
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

  /** Writes the recording, and closes the client that was recorded. */
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
        const ask = requests.fields(block, query.address)
        const state = await this.#watch(ask, client.getAccountState(query, block, options))
        if (state.account !== undefined) {
          this.#recording.add(ask, { answer: encodeFields(state.account) })
        }
        query.slots.forEach((slot, at) => {
          const answer = encodeValue(state.values[at] as bigint)
          this.#recording.add(requests.value(block, query.address, slot), { answer })
        })
        return state
      },
      createAccessList: async (call, block, options) => {
        const ask = requests.touched('accessList', block, call)
        const answer = await this.#watch(ask, client.createAccessList(call, block, options))
        this.#recording.add(ask, { answer })
        return answer
      },
      traceCallPrestate: async (call, block, options) => {
        const ask = requests.touched('prestate', block, call)
        const answer = await this.#watch(ask, client.traceCallPrestate(call, block, options))
        this.#recording.add(ask, { answer })
        return answer
      },
      getTransaction: async (hash, options) => {
        const ask = requests.transaction(hash)
        const answer = await this.#watch(ask, client.getTransaction(hash, options))
        this.#recording.add(ask, { answer })
        return answer
      },
      getFullBlock: async (hash, options) => {
        const ask = requests.fullBlock(hash)
        const answer = await this.#watch(ask, client.getFullBlock(hash, options))
        this.#recording.add(ask, { answer })
        return answer
      },
    }
  }

  /** In the turn of the first call, unless the program asks for it then. */
  async #readChainId(): Promise<void> {
    await waitMicrotasks(2)
    if (this.#isChainIdAsked) return
    const chainId = await this.#client.getChainId().catch(() => undefined)
    this.#recording.chainId ??= chainId
  }

  /** Notes a refusal that would come again, and sees that the chain id is known. */
  async #watch<Result>(ask: RecordedRequest, answer: Promise<Result>): Promise<Result> {
    this.#chainId ??= this.#readChainId()
    try {
      return await answer
    } catch (error) {
      const fact = factOf(error)
      if (fact !== undefined) this.#recording.add(ask, { error: fact })
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
