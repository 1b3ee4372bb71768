/**
 * Sends transactions of a node's own accounts and waits for their receipts: anvil answers before it
 * mines the block.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Hex } from 'viem'

import type { JsonRpcEndpoint } from './json-rpc.ts'

const MAX_POLLS = 5_000

/** The receipt of a mined transaction. */
export interface Receipt {
  readonly blockHash: Hex
  readonly blockNumber: Hex
  readonly contractAddress: Hex | null
  readonly effectiveGasPrice: Hex
  readonly gasUsed: Hex
  readonly status: Hex
  readonly transactionHash: Hex
}

/**
 * Sends a transaction and waits until it is in a block.
 *
 * @throws Error if it failed or is not mined.
 */
export async function transact(
  node: Pick<JsonRpcEndpoint, 'rpc'>,
  transaction: Readonly<Record<string, Hex | undefined>>,
): Promise<Receipt> {
  const hash = await node.rpc<Hex>('eth_sendTransaction', [transaction])
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    const receipt = await node.rpc<Receipt | null>('eth_getTransactionReceipt', [hash])
    if (receipt?.status === '0x1') return receipt
    if (receipt !== null) throw new Error(`transaction ${hash} failed`)
    await sleep(2)
  }
  throw new Error(`transaction ${hash} was never mined`)
}
