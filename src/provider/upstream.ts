/**
 * Decides which methods are passed on to the forked chain, and passes them on.
 *
 * Invariants: methods that sign, send, mine or change a node are never passed on. Methods that run
 * on state are not passed on for the local block, since the node does not know the local writes.
 * Block names in methods that are passed on mean the pinned block, not the moving head.
 */

import type { RpcClient } from '../rpc/rpc-client.ts'
import { ProviderRpcError, RPC_CODES } from './errors.ts'
import type { Params } from './params.ts'

/** How to treat methods that are not answered here, and reads of other blocks. */
export type UnknownMethods = 'upstream' | 'refuse'

/** Methods that act on a node, on keys, or on a transaction pool. */
const ACTS_ON_A_NODE =
  /^(anvil|hardhat|evm|ganache|tenderly|miner|admin|personal|wallet|engine|txpool|parity)_/
const ACTS: ReadonlySet<string> = new Set([
  'eth_sendTransaction',
  'eth_sendRawTransaction',
  'eth_sendRawTransactionSync',
  'eth_sendPrivateTransaction',
  'eth_sendBundle',
  'eth_sendUnsignedTransaction',
  'eth_sign',
  'eth_signTransaction',
  'eth_signTypedData',
  'eth_signTypedData_v3',
  'eth_signTypedData_v4',
  'eth_fillTransaction',
  'eth_resend',
  'eth_requestAccounts',
  'eth_subscribe',
  'eth_unsubscribe',
  'debug_setHead',
])
/** Methods that run on the state of a block, and would ignore local writes. */
const RUNS_ON_STATE: ReadonlySet<string> = new Set([
  'eth_createAccessList',
  'eth_simulateV1',
  'eth_callMany',
  'eth_callBundle',
  'eth_getAccount',
  'eth_getAccountInfo',
  'eth_getStorageValues',
  'debug_traceCall',
  'debug_traceCallMany',
  'debug_storageRangeAt',
  'debug_accountRange',
  'debug_dumpBlock',
  'trace_call',
  'trace_callMany',
  'trace_rawTransaction',
])

/** The forked chain behind a provider. */
export class Upstream {
  readonly #client: RpcClient | undefined
  readonly #unknown: UnknownMethods

  /** @param unknown Default: `upstream` if there is a client that has `request()`. */
  constructor(client: RpcClient | undefined, unknown: UnknownMethods | undefined) {
    this.#client = client
    this.#unknown = unknown ?? (client?.request === undefined ? 'refuse' : 'upstream')
  }

  /** Throws unless the method may be passed on, and the options allow it. */
  requirePassable(method: string): void {
    if (ACTS_ON_A_NODE.test(method) || ACTS.has(method)) {
      throw refused(method, 'there are no keys, blocks or transactions here')
    }
    if (RUNS_ON_STATE.has(method)) {
      throw refused(method, 'it cannot run on local state, and the chain lacks the local writes')
    }
    this.requireAllowed(method)
  }

  /** Throws unless the options allow to pass methods on. */
  requireAllowed(method: string): void {
    if (this.#unknown === 'refuse') throw refused(method, 'nothing is passed on to the chain')
  }

  /** Asks the chain, whatever the options. */
  async ask(method: string, params: Params): Promise<unknown> {
    const client = this.#client
    if (client === undefined) throw refused(method, 'nothing is forked')
    if (client.request !== undefined) return await client.request(method, params)
    throw refused(method, 'the RPC client of the fork has no request()')
  }
}

function refused(method: string, why: string): ProviderRpcError {
  return new ProviderRpcError(RPC_CODES.methodNotFound, `${method} is not served: ${why}`)
}
