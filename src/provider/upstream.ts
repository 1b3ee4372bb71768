/**
 * What is passed on to the chain that is forked, and what never is.
 *
 * Invariants: nothing that signs, sends, mines or changes a node is ever passed on. Nothing that
 * runs on state is passed on for the local block, since the node does not know of local writes.
 * Names of blocks in what is passed on mean the pinned block, not the head that moves.
 */

import type { RpcClient } from '../rpc/rpc-client.ts'
import { ProviderRpcError, RPC_CODES } from './errors.ts'
import type { Params } from './params.ts'

/** What becomes of methods that are not answered here, and of reads of other blocks. */
export type UnknownMethods = 'upstream' | 'refuse'

/** They act on a node, on keys, or on a pool of transactions. */
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
/** They run on the state of a block, and would leave out local writes. */
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

/** The chain, as far as a provider may ask it. */
export class Upstream {
  readonly #client: RpcClient | undefined
  readonly #unknown: UnknownMethods

  /** @param unknown Left out: `upstream` where there is a client that passes methods on. */
  constructor(client: RpcClient | undefined, unknown: UnknownMethods | undefined) {
    this.#client = client
    this.#unknown = unknown ?? (client?.request === undefined ? 'refuse' : 'upstream')
  }

  /** Throws unless the method may be passed on and the provider is made to. */
  requirePassable(method: string): void {
    if (ACTS_ON_A_NODE.test(method) || ACTS.has(method)) {
      throw refused(method, 'there are no keys, blocks or transactions here')
    }
    if (RUNS_ON_STATE.has(method)) {
      throw refused(method, 'it is not run on local state, and the chain knows no local writes')
    }
    this.requireAllowed(method)
  }

  /** Throws unless the provider is made to pass on what is not answered here. */
  requireAllowed(method: string): void {
    if (this.#unknown === 'refuse') throw refused(method, 'nothing is passed on to the chain')
  }

  /** Asks the chain, whatever the provider is made to do. */
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
