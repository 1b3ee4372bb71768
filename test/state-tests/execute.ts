/** Runs a transaction of a GeneralStateTest on a state manager of EthereumJS. */

import { type Block, createBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet, type StateManagerInterface } from '@ethereumjs/common'
import type { EVMMockBlockchainInterface } from '@ethereumjs/evm'
import { RLP } from '@ethereumjs/rlp'
import { createTxFromRLP } from '@ethereumjs/tx'
import { Account, createAddressFromString } from '@ethereumjs/util'
import { createVM, runTx, type VM } from '@ethereumjs/vm'
import { type Hex, hexToBytes, keccak256, stringToBytes, toHex } from 'viem'

import { ForkStateError } from '../../src/index.ts'
import { loadKzg } from '../support/kzg.ts'
import type { Environment, StateTest, StateTestRun } from './cases.ts'

/** What a run leaves. */
export interface Outcome {
  readonly stateRoot: Hex
  readonly logsHash: Hex
  /** Why the transaction was refused; undefined if it was not. */
  readonly refusal: Error | undefined
}

/** Names that the tests give to rules, where EthereumJS has others. */
const HARDFORKS: Readonly<Record<string, Hardfork>> = {
  ConstantinopleFix: Hardfork.Petersburg,
  Paris: Hardfork.Paris,
}

/** In tests, the hash of a block is that of its number as text. */
const blockchain: EVMMockBlockchainInterface = {
  async getBlock(id) {
    const hash = keccak256(stringToBytes(String(id)), 'bytes')
    return { hash: () => hash } as Block
  },
  async putBlock() {},
  shallowCopy: () => blockchain,
}

const commons = new Map<string, Common>()

/** Rules of a fork, made once. */
export async function commonFor(fork: string): Promise<Common> {
  const known = commons.get(fork)
  if (known !== undefined) return known
  const hardfork = HARDFORKS[fork] ?? fork.toLowerCase()
  const common = new Common({ chain: Mainnet, hardfork, customCrypto: { kzg: await loadKzg() } })
  commons.set(fork, common)
  return common
}

/** @param stateManager Has the state before; it is written to. */
export async function executeRun(
  { env }: StateTest,
  { transaction }: StateTestRun,
  stateManager: StateManagerInterface,
  common: Common,
): Promise<Outcome> {
  const vm = await createVM({ common, stateManager, blockchain })
  // The account of the miner is there even if no transaction pays it.
  const coinbase = createAddressFromString(env.currentCoinbase)
  const miner = await stateManager.getAccount(coinbase)
  await vm.evm.journal.putAccount(coinbase, miner ?? new Account())
  const ran = await runTransaction(vm, transaction, blockOf(env, common))
  await vm.evm.journal.cleanup()
  const stateRoot = toHex(await stateManager.getStateRoot())
  return { stateRoot, ...ran }
}

async function runTransaction(vm: VM, transaction: Hex, block: Block) {
  try {
    const tx = createTxFromRLP(hexToBytes(transaction), { common: vm.common })
    const { execResult } = await runTx(vm, { tx, block })
    return { logsHash: keccak256(RLP.encode(execResult.logs ?? [])), refusal: undefined }
  } catch (error) {
    // A value that could not be read is no refusal.
    if (error instanceof ForkStateError) throw error
    return { logsHash: keccak256(RLP.encode([])), refusal: error as Error }
  }
}

function blockOf(env: Environment, common: Common): Block {
  const header = {
    coinbase: env.currentCoinbase,
    gasLimit: BigInt(env.currentGasLimit),
    number: BigInt(env.currentNumber),
    timestamp: BigInt(env.currentTimestamp),
    ...(common.gteHardfork(Hardfork.Paris)
      ? { mixHash: hexToBytes(env.currentRandom ?? '0x', { size: 32 }) }
      : { difficulty: BigInt(env.currentDifficulty) }),
    ...(common.isActivatedEIP(1559) && { baseFeePerGas: BigInt(env.currentBaseFee ?? 0) }),
    ...(common.isActivatedEIP(4844) && { excessBlobGas: BigInt(env.currentExcessBlobGas ?? 0) }),
  }
  return createBlock({ header }, { common, skipConsensusFormatValidation: true })
}
