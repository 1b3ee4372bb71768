/**
 * The RPC client of a fork that has only a witness. The core answers everything that the witness
 * holds, so every call here is for something outside of it: all but `getBlock` throw an
 * {@link OutsideWitnessError}.
 */

import type { Hex } from '../encoding/hex.ts'
import type { BlockHeader, BlockRef, BlockTag, RpcClient } from '../rpc/rpc-client.ts'
import { RPC_CLIENT } from '../rpc/rpc-client.ts'
import { OutsideWitnessError } from './errors.ts'

export class WitnessClient implements RpcClient {
  readonly [RPC_CLIENT] = true
  readonly endpoint = 'the witness'
  readonly #header: BlockHeader
  readonly #headers: readonly BlockHeader[]

  /** @param headers Those of earlier blocks that the witness has. */
  constructor(header: BlockHeader, headers: readonly BlockHeader[] = []) {
    this.#header = header
    this.#headers = headers
  }

  async getBlock(block: bigint | BlockTag | Hex): Promise<BlockHeader> {
    const { number } = this.#header
    if (typeof block !== 'bigint' || block === number) return this.#header
    const header = this.#headers.find((other) => other.number === block)
    if (header === undefined) throw this.#outside(`the header of block ${block}`, {})
    return header
  }

  async getProof(address: Hex, slots: readonly Hex[], _block: BlockRef): Promise<never> {
    const [slot] = slots
    throw this.#outside(slot === undefined ? 'the account' : 'the slot', { address, slot })
  }

  async getCode(address: Hex, _block: BlockRef): Promise<never> {
    throw this.#outside('the code', { address })
  }

  async getChainId(): Promise<never> {
    throw this.#outside('the chain id', {})
  }

  #outside(
    what: string,
    { address, slot }: { readonly address?: Hex; readonly slot?: Hex | undefined },
  ): OutsideWitnessError {
    return new OutsideWitnessError(`the witness does not hold ${what}`, {
      ...(address === undefined ? {} : { address }),
      ...(slot === undefined ? {} : { slot }),
      block: this.#header.hash,
      hint: 'collect the witness from a run that reads it, or fork a chain with `rpcClient`',
    })
  }
}
