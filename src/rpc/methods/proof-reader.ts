/**
 * `eth_getProof` for any number of slots: an answer that is too large for the node or the client is
 * requested in halves, which are joined again. The number of slots that fit is remembered.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { Capabilities } from '../capabilities.ts'
import { isRpcError, RpcResponseError } from '../errors.ts'
import type { BlockRef, EthProof, RpcCallOptions } from '../rpc-client.ts'
import type { SendCall } from './method-call.ts'
import { decodeProof, describeBlock, encodeBlockRef } from './validate.ts'

const METHOD = 'eth_getProof'

/** Arguments in their wire form: checked, in lower case. */
export interface ProofQuery {
  readonly address: Hex
  readonly slots: readonly Hex[]
  readonly block: BlockRef
  readonly options: RpcCallOptions | undefined
}

export class ProofReader {
  readonly #send: SendCall
  readonly #capabilities: Capabilities
  #maxSlots = Number.POSITIVE_INFINITY

  constructor(send: SendCall, capabilities: Capabilities) {
    this.#send = send
    this.#capabilities = capabilities
  }

  async read(query: ProofQuery): Promise<EthProof> {
    const { slots } = query
    if (slots.length > this.#maxSlots) return this.#readInHalves(query)
    try {
      return await this.#capabilities.watch(METHOD, this.#readWhole(query), isRefusedMethod)
    } catch (error) {
      if (slots.length < 2 || !isTooLarge(error)) throw error
      this.#maxSlots = Math.min(this.#maxSlots, Math.ceil(slots.length / 2))
      return this.#readInHalves(query)
    }
  }

  #readWhole({ address, slots, block, options }: ProofQuery): Promise<EthProof> {
    return this.#send({
      method: METHOD,
      params: [address, slots, encodeBlockRef(block)],
      place: { address, block: describeBlock(block) },
      options,
      decode: (answer, context) => decodeProof(answer, { ...context, address, slots }),
    })
  }

  async #readInHalves(query: ProofQuery): Promise<EthProof> {
    const half = Math.ceil(query.slots.length / 2)
    const parts = [query.slots.slice(0, half), query.slots.slice(half)]
    const proofs = await Promise.all(parts.map((slots) => this.read({ ...query, slots })))
    const [first, second] = proofs as [EthProof, EthProof]
    if (accountText(first) !== accountText(second)) {
      throw new RpcResponseError(`${METHOD}: two parts of one answer are from different states`, {
        method: METHOD,
        endpoint: 'the endpoint',
        kind: 'retryable',
        address: query.address,
        block: describeBlock(query.block),
        hint: 'the block changed between them; read again',
      })
    }
    return { ...first, storageProof: [...first.storageProof, ...second.storageProof] }
  }
}

function accountText({ balance, nonce, codeHash, storageHash, accountProof }: EthProof): string {
  return [balance, nonce, codeHash, storageHash, ...accountProof].join()
}

export function isRefusedMethod(error: unknown): boolean {
  return isRpcError(error) && error.kind === 'unsupported-method'
}

export function isTooLarge(error: unknown): boolean {
  return isRpcError(error) && error.kind === 'batch-too-large'
}
