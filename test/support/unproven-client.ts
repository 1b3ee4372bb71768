/** A client of a node that serves no proofs, only plain values. */

import { RpcError } from '../../src/index.ts'
import type { AccountQuery, AccountState, RpcCapabilities } from '../../src/rpc/rpc-client.ts'
import type { FakeChain } from './fake-chain.ts'
import { FakeRpcClient } from './fake-upstream.ts'

export class UnprovenClient extends FakeRpcClient {
  readonly queries: AccountQuery[] = []
  /** How often a proof was asked for. */
  proofs = 0
  readonly #chain: FakeChain

  constructor(chain: FakeChain) {
    super(chain)
    this.#chain = chain
  }

  override async getProof(): Promise<never> {
    this.proofs++
    const asked = { method: 'eth_getProof', endpoint: 'a node' }
    throw new RpcError('eth_getProof is not served', { ...asked, kind: 'unsupported-method' })
  }

  async getAccountState(query: AccountQuery): Promise<AccountState> {
    this.queries.push(query)
    const { address, slots, want } = query
    const { balance, nonce, code, storage } = this.#chain.account(address)
    const values = slots.map((slot) => storage.get(slot) ?? 0n)
    const state = { address, values }
    return want === 'slots' ? state : { ...state, account: { balance, nonce, code } }
  }

  capabilities(): RpcCapabilities {
    return {
      eth_getProof: this.proofs > 0 ? 'refused' : 'unknown',
      eth_getAccountInfo: 'unknown',
      eth_getStorageValues: 'unknown',
      eth_createAccessList: 'unknown',
      debug_traceCall: 'unknown',
    }
  }
}
