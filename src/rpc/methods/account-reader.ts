/**
 * Reads accounts without proofs: by `eth_getAccountInfo`, or if the node refuses that, by
 * `eth_getBalance`, `eth_getTransactionCount` and `eth_getCode`; slots by {@link StorageValues}.
 * All calls of one query are made in one turn, so that they can be sent together.
 */

import type { Capabilities } from '../capabilities.ts'
import type {
  AccountFields,
  AccountQuery,
  AccountState,
  BlockRef,
  RpcCallOptions,
} from '../rpc-client.ts'
import type { MethodCall, SendCall } from './method-call.ts'
import { isRefusal, StorageValues } from './storage-values.ts'
import { decodeCode, describeBlock, encodeBlockRef } from './validate.ts'
import { decodeAccountInfo, decodeBalance, decodeNonce } from './validate-state.ts'

export class AccountReader {
  readonly #send: SendCall
  readonly #capabilities: Capabilities
  readonly #values: StorageValues

  constructor(send: SendCall, capabilities: Capabilities) {
    this.#send = send
    this.#capabilities = capabilities
    this.#values = new StorageValues(send, capabilities)
  }

  /** @param query Checked, in lower case. */
  async read(
    query: AccountQuery,
    block: BlockRef,
    options: RpcCallOptions | undefined,
  ): Promise<AccountState> {
    const { address, slots, want = 'all' } = query
    const [account, values] = await Promise.all([
      want === 'slots' ? undefined : this.#readFields(query, block, options),
      slots.length === 0 ? [] : this.#values.read(address, slots, block, options),
    ])
    return account === undefined ? { address, values } : { address, account, values }
  }

  async #readFields(
    { address }: AccountQuery,
    block: BlockRef,
    options: RpcCallOptions | undefined,
  ): Promise<AccountFields> {
    const place = { address, block: describeBlock(block) }
    const params = [address, encodeBlockRef(block)]
    const send = <Result>(method: string, decode: MethodCall<Result>['decode']): Promise<Result> =>
      this.#send({ method, params, place, options, decode })
    const served = await this.#capabilities.attempt(
      'eth_getAccountInfo',
      () => send('eth_getAccountInfo', decodeAccountInfo),
      isRefusal,
    )
    if (served !== undefined) return served.result
    const [balance, nonce, code] = await Promise.all([
      send('eth_getBalance', decodeBalance),
      send('eth_getTransactionCount', decodeNonce),
      send('eth_getCode', decodeCode),
    ])
    return { balance, nonce, code }
  }
}
