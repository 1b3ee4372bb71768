/**
 * Executes the block after a fork's pinned block with EthereumJS on the fork, including system
 * calls and transactions, before any node has made that block.
 */

import {
  type Block,
  createBlock,
  createBlockHeader,
  createBlockHeaderFromRPC,
  type JSONRPCBlock,
} from '@ethereumjs/block'
import { createCustomCommon, Mainnet } from '@ethereumjs/common'
import { createTxFromRLP } from '@ethereumjs/tx'
import { bytesToHex, hexToBytes, setLengthLeft } from '@ethereumjs/util'
import { createVM, runBlock } from '@ethereumjs/vm'
import type { Hex } from 'viem'

import { ForkBlockchain, ForkStateManager } from '../src/ethereumjs.ts'
import type { StateManager } from '../src/index.ts'

/** A block as a node returns it; quantities are hex. */
export type RpcHeader = JSONRPCBlock & { readonly hash: Hex; readonly stateRoot: Hex }

/** The parent, and whatever does not follow from it. */
export interface NextBlock {
  readonly parent: RpcHeader
  /** Seconds since 1970. */
  readonly timestamp: bigint
  /** Signed, as `eth_sendRawTransaction` takes it. */
  readonly transaction: Hex
  readonly chainId: bigint
  /** The hardfork, as EthereumJS names it. */
  readonly hardfork: string
}

/** A block that was executed locally. */
export interface ExecutedBlock {
  /** Fields of its header by their JSON-RPC names, without the mix hash, which is random. */
  readonly fields: ReadonlyMap<string, string>
  /** The hash of the block with this mix hash. */
  hashWith(mixHash: Hex): Hex
  /** Whether the transaction succeeded. */
  readonly succeeded: boolean
}

/**
 * Executes the block on `state`, which then holds the result as local writes.
 *
 * @throws Error of EthereumJS if the transaction is invalid.
 */
export async function executeNextBlock(
  state: StateManager,
  { parent, timestamp, transaction, chainId, hardfork }: NextBlock,
): Promise<ExecutedBlock> {
  const chain = { chainId: `${chainId}`, name: 'development' }
  const common = createCustomCommon(chain, Mainnet, { hardfork })
  const before = createBlockHeaderFromRPC(parent, { common, skipConsensusFormatValidation: true })
  const header = {
    parentHash: parent.hash,
    number: before.number + 1n,
    timestamp,
    coinbase: before.coinbase,
    gasLimit: before.gasLimit,
    baseFeePerGas: before.calcNextBaseFee(),
    excessBlobGas: before.calcNextExcessBlobGas(before.common),
    blobGasUsed: 0n,
    parentBeaconBlockRoot: new Uint8Array(32),
  }
  const transactions = [createTxFromRLP(hexToBytes(transaction), { common })]
  const block = createBlock({ header, transactions, withdrawals: [] }, { common })

  const stateManager = new ForkStateManager({ state })
  const blockchain = new ForkBlockchain({ state })
  const vm = await createVM({ common, stateManager, blockchain })
  let made: Block | undefined
  vm.events.on('afterBlock', (event) => {
    made = event.block
  })
  const { results } = await runBlock(vm, { block, generate: true, skipBlockValidation: true })
  if (made === undefined) throw new Error('EthereumJS executed the block and did not say so')
  const done = made.header
  return {
    fields: fieldsOf(made),
    hashWith: (mixHash) =>
      bytesToHex(createBlockHeader({ ...done, mixHash: hexToBytes(mixHash) }, { common }).hash()),
    succeeded: results.every(({ execResult }) => execResult.exceptionError === undefined),
  }
}

/** Canonical text: quantities without leading zeros. */
function fieldsOf({ header }: Block): ReadonlyMap<string, string> {
  const quantity = (value: bigint | undefined): string => `0x${(value ?? 0n).toString(16)}`
  const bytes = (value: Uint8Array | undefined): string => bytesToHex(value ?? new Uint8Array())
  return new Map([
    ['parentHash', bytes(header.parentHash)],
    ['number', quantity(header.number)],
    ['timestamp', quantity(header.timestamp)],
    ['miner', bytes(setLengthLeft(header.coinbase.bytes, 20))],
    ['gasLimit', quantity(header.gasLimit)],
    ['baseFeePerGas', quantity(header.baseFeePerGas)],
    ['excessBlobGas', quantity(header.excessBlobGas)],
    ['gasUsed', quantity(header.gasUsed)],
    ['transactionsRoot', bytes(header.transactionsTrie)],
    ['receiptsRoot', bytes(header.receiptTrie)],
    ['logsBloom', bytes(header.logsBloom)],
    ['requestsHash', bytes(header.requestsHash)],
    ['stateRoot', bytes(header.stateRoot)],
  ])
}
