/**
 * A state manager as an EIP-1193 provider: the JSON-RPC interface of a node whose head is the
 * pinned block and whose state is the local state.
 *
 * Reads are answered from the local state, calls run in a local EVM on a branch of it, and methods
 * of test clients write to it. Methods about the chain rather than its state are passed on, if the
 * options allow it. There are no accounts, no transaction pool and no mining.
 */

import type { Eip1193Provider } from '../rpc/transports/eip1193-transport.ts'
import { chainOf } from '../state/parts.ts'
import type { StateManager } from '../state/state-manager.ts'
import { toProviderError } from './errors.ts'
import type { EvmOptions } from './evm/local-evm.ts'
import { LocalEvm } from './evm/local-evm.ts'
import { LocalChain, readChainId, unknownBlock } from './local-chain.ts'
import type { Params } from './params.ts'
import { invalidParams, quantity, readList } from './params.ts'
import { STATE_READS, STATE_WRITES } from './state-methods.ts'
import type { UnknownMethods } from './upstream.ts'
import { Upstream } from './upstream.ts'

/** Options of a provider. */
export interface ProviderOptions extends EvmOptions {
  /**
   * Whether methods that are not answered here, and reads of blocks before the pinned one, are
   * passed on to the chain (`upstream`) or refused (`refuse`). Default `upstream` if a chain is
   * forked over a client that has `request()`, else `refuse`. The pinned block itself is always
   * fetched from the chain.
   */
  readonly unknown?: UnknownMethods
  /** Chain id to report. Default: that of the chain; 31337 in memory. */
  readonly chainId?: number | bigint
}

/** Answers a request; `method` is the name of the method. */
type Handler = (params: Params, method: string) => Promise<unknown> | unknown

/**
 * Wraps a state manager as an EIP-1193 provider, for any library that takes one. Every rejection is
 * a {@link ProviderRpcError}.
 *
 * @throws InvalidInputError if an option is invalid.
 * @example
 * const provider = eip1193Provider(state)
 * await provider.request({ method: 'eth_getBalance', params: [address, 'latest'] })
 */
export function eip1193Provider(
  state: StateManager,
  options: ProviderOptions = {},
): Eip1193Provider {
  const provider = new StateProvider(state, options)
  return { request: (args) => provider.request(args) }
}

class StateProvider implements Eip1193Provider {
  readonly #state: StateManager
  readonly #chain: LocalChain
  readonly #upstream: Upstream
  readonly #evm: LocalEvm
  readonly #handlers: ReadonlyMap<string, Handler>

  constructor(state: StateManager, { unknown, chainId, ...evm }: ProviderOptions) {
    this.#state = state
    this.#chain = new LocalChain(state, readChainId(chainId))
    this.#upstream = new Upstream(chainOf(state)?.client, unknown)
    this.#evm = new LocalEvm(state, this.#chain, evm)
    this.#handlers = new Map<string, Handler>([
      ['eth_chainId', async () => quantity(await this.#chain.chainId())],
      ['net_version', async () => `${await this.#chain.chainId()}`],
      ['eth_blockNumber', async () => quantity((await this.#chain.head()).number)],
      ['eth_accounts', () => []],
      ['eth_syncing', () => false],
      ['eth_getBlockByNumber', (params) => this.#blockByNumber(params)],
      ['eth_getBlockByHash', (params) => this.#blockByHash(params)],
      ['eth_call', (params, method) => this.#run(params, method)],
      ['eth_estimateGas', (params, method) => this.#run(params, method)],
    ])
  }

  /** @throws ProviderRpcError */
  async request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
    try {
      const list = readList(params, 'params')
      if (typeof method !== 'string') throw invalidParams('method must be a string')
      return await this.#answer(method, list)
    } catch (error) {
      throw toProviderError(error)
    }
  }

  async #answer(method: string, params: Params): Promise<unknown> {
    const handler = this.#handlers.get(method)
    if (handler !== undefined) return await handler(params, method)
    const write = STATE_WRITES.get(method)
    if (write !== undefined) return await write(this.#state, params)
    const stateRead = STATE_READS.get(method)
    if (stateRead !== undefined) {
      const { read, blockAt } = stateRead
      if (!(await this.#chain.isLocal(params[blockAt]))) return this.#askOther(method, params)
      return await read(this.#state, params)
    }
    this.#upstream.requirePassable(method)
    return await this.#upstream.ask(method, await this.#chain.named(method, params))
  }

  /** Runs a call on the local state, or passes it on for another block. */
  async #run(params: Params, method: string): Promise<unknown> {
    if (!(await this.#chain.isLocal(params[1]))) return this.#askOther(method, params)
    if (method === 'eth_call') return await this.#evm.call(params)
    return quantity(await this.#evm.estimateGas(params))
  }

  /** Asks the chain about a block that is not the pinned one. */
  async #askOther(method: string, params: Params): Promise<unknown> {
    this.#upstream.requireAllowed(`${method} for a block other than the pinned one`)
    return await this.#upstream.ask(method, params)
  }

  /** Null for a block that comes after the head here. */
  async #blockByNumber([block, full = false]: Params): Promise<unknown> {
    const place = await this.#chain.locate(block)
    if (place === 'later') return null
    if (place === 'other') return await this.#askOther('eth_getBlockByNumber', [block, full])
    const { hash } = await this.#chain.head()
    if (hash === undefined) throw unknownBlock('a state in memory has no blocks')
    return await this.#upstream.ask('eth_getBlockByHash', [hash, full])
  }

  /** Null for a block that comes after the head here. */
  async #blockByHash([blockHash, full = false]: Params): Promise<unknown> {
    const method = 'eth_getBlockByHash'
    const isLocal = await this.#chain.isLocal({ blockHash })
    if (isLocal) return await this.#upstream.ask(method, [blockHash, full])
    const block = await this.#askOther(method, [blockHash, full])
    const { number } = (block ?? {}) as { readonly number?: unknown }
    const head = await this.#chain.head()
    return typeof number === 'string' && BigInt(number) > head.number ? null : block
  }
}
