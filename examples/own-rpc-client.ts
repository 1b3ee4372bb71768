/**
 * Your own RPC client: a fork can read from any object with these four methods. This one records
 * the answers of a node and later replays them without a node, for tests.
 *
 * A client must answer the exact request or reject. An error must never become a zero.
 *
 *     npx tsx examples/own-rpc-client.ts [URL]
 */

import type { BlockHeader, EthProof, Hex, RpcClient } from '../src/index.ts'
import { RpcClientAdapter, StateManager } from '../src/index.ts'

type Method = 'getProof' | 'getCode' | 'getBlock' | 'getChainId'

class Recorder implements RpcClient {
  readonly #source: RpcClient
  readonly #answers = new Map<string, unknown>()
  #isOffline = false

  constructor(source: RpcClient) {
    this.#source = source
  }

  goOffline(): void {
    this.#isOffline = true
    this.#source.close?.()
  }

  getProof(...args: Parameters<RpcClient['getProof']>): Promise<EthProof> {
    const [address, slots, block] = args
    return this.#answer('getProof', [address, slots, block], () => this.#source.getProof(...args))
  }

  getCode(...args: Parameters<RpcClient['getCode']>): Promise<Hex> {
    const [address, block] = args
    return this.#answer('getCode', [address, block], () => this.#source.getCode(...args))
  }

  getBlock(...args: Parameters<RpcClient['getBlock']>): Promise<BlockHeader | null> {
    return this.#answer('getBlock', [args[0]], () => this.#source.getBlock(...args))
  }

  getChainId(...args: Parameters<RpcClient['getChainId']>): Promise<bigint> {
    return this.#answer('getChainId', [], () => this.#source.getChainId(...args))
  }

  async #answer<T>(method: Method, params: unknown[], ask: () => Promise<T>): Promise<T> {
    const key = JSON.stringify([method, params], (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    )
    if (!this.#answers.has(key)) {
      if (this.#isOffline) throw new Error(`${method} was not recorded`)
      this.#answers.set(key, await ask())
    }
    return this.#answers.get(key) as T
  }
}

const account = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const recorder = new Recorder(new RpcClientAdapter(process.argv[2] ?? 'http://127.0.0.1:8545'))

const recorded = new StateManager({ rpcClient: recorder })
console.log('from the node:', await recorded.getBalance(account))
recorded.destroy() // a client that was passed in stays open

recorder.goOffline()
using replayed = new StateManager({ rpcClient: recorder })
console.log('from the record:', await replayed.getBalance(account))
const other = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
await replayed.getBalance(other).catch((error: Error) => console.log(error.message))
