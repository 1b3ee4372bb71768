/**
 * A history that plain transactions can create on any node: a contract with 100 slots, accounts
 * that received wei, and later blocks.
 */

import { concatHex, type Hex, keccak256, numberToHex, pad } from 'viem'

import type { RpcNode } from '../support/nodes.ts'
import { word } from '../support/sample-keys.ts'
import { type Receipt, transact } from '../support/transact.ts'

/** Slots 0 to 99 of the contract hold their number plus 1 at the block of the history. */
export const SLOT_COUNT = 100

/** Stores the second word of its input at the slot in the first one. */
const RUNTIME: Hex = '0x6020356000355500'
const RECEIVERS = 60

export interface History {
  /** The block to fork; the head is later and has other values. */
  readonly block: bigint
  readonly contract: Hex
  readonly sender: Hex
  /** Accounts that hold some wei, and more later. */
  readonly receivers: readonly Hex[]
  /** An account that is absent at the block, and funded later. */
  readonly absent: Hex
}

/** Creates the history; accounts and slots have other values after the block. */
export async function writeHistory(node: RpcNode): Promise<History> {
  const [sender = '0x'] = await node.rpc<Hex[]>('eth_accounts')
  const contract = await deploy(node, sender)
  const receivers = Array.from({ length: RECEIVERS }, (_, index) => addressOf(`receiver ${index}`))
  for (const [index, to] of receivers.entries()) {
    await send(node, { from: sender, to, value: numberToHex(index + 1) })
  }
  const block = BigInt(await node.rpc<Hex>('eth_blockNumber'))
  const absent = addressOf('absent')
  const history = { block, contract, sender, receivers, absent }
  await moveOn(node, history)
  return history
}

/** Mines more blocks, which change every account and some slots. */
export async function moveOn(
  node: RpcNode,
  { contract, sender, ...others }: History,
): Promise<void> {
  for (const slot of [0, 1, 99]) await store(node, { contract, sender }, slot, 0xbeefn)
  for (const to of [others.absent, ...others.receivers.slice(0, 3)]) {
    await send(node, { from: sender, to, value: numberToHex(1_000) })
  }
}

/** Writes one slot of the contract in a block of its own. */
export async function store(
  node: RpcNode,
  { contract, sender }: Pick<History, 'contract' | 'sender'>,
  slot: number,
  value: bigint,
): Promise<void> {
  await send(node, { from: sender, to: contract, data: concatHex([word(slot), word(value)]) })
}

async function deploy(node: RpcNode, from: Hex): Promise<Hex> {
  const stores = Array.from({ length: SLOT_COUNT }, (_, slot): Hex => {
    const [value, key] = [numberToHex(slot + 1, { size: 1 }), numberToHex(slot, { size: 1 })]
    return concatHex(['0x60', value, '0x60', key, '0x55'])
  })
  // PUSH8 runtime, MSTORE at 0, RETURN the 8 bytes at 24.
  const finish = concatHex(['0x67', pad(RUNTIME, { size: 8 }), '0x600052600860', '0x18', '0xf3'])
  const { contractAddress } = await send(node, { from, data: concatHex([...stores, finish]) })
  return (contractAddress as Hex).toLowerCase() as Hex
}

/** Sends a transaction with enough gas, and waits until it is in a block. */
async function send(node: RpcNode, transaction: Record<string, Hex>): Promise<Receipt> {
  return await transact(node, { gas: numberToHex(5_000_000), ...transaction })
}

function addressOf(name: string): Hex {
  return keccak256(new TextEncoder().encode(name)).slice(0, 42) as Hex
}
