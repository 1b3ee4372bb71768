/** Executes a real block on a fork of its parent, as EthereumJS does. */

import { createVM, runBlock } from '@ethereumjs/vm'
import { type Hex, toHex } from 'viem'

import { ForkBlockchain, ForkStateManager } from '../../src/ethereumjs.ts'
import type { StateManager } from '../../src/index.ts'
import type { RealBlock } from './real-blocks.ts'

/** The results of execution in a block's header. */
export interface Outcome {
  readonly stateRoot: Hex
  readonly receiptsRoot: Hex
  readonly gasUsed: bigint
  readonly logsBloom: Hex
}

export interface ExecuteOptions {
  /** Hashes for BLOCKHASH that need not be fetched. */
  readonly hashes?: Readonly<Record<string, Hex>> | undefined
  /** Default: a `ForkStateManager` over the state. */
  readonly stateManager?: ForkStateManager | undefined
}

/** @param state The state of the parent; the block is executed on top. */
export async function executeBlock(
  { block }: RealBlock,
  state: StateManager,
  { hashes, stateManager = new ForkStateManager({ state }) }: ExecuteOptions = {},
): Promise<Outcome> {
  const blockchain = new ForkBlockchain({ state, hashes })
  const vm = await createVM({ common: block.common, stateManager, blockchain: blockchain as never })
  // With `generate` the outcome is returned, not checked against the header; the test does that.
  const outcome = await runBlock(vm, { block, generate: true, skipHeaderValidation: true })
  return {
    stateRoot: toHex(outcome.stateRoot),
    receiptsRoot: toHex(outcome.receiptsRoot),
    gasUsed: outcome.gasUsed,
    logsBloom: toHex(outcome.logsBloom),
  }
}

/** The results in the block's header. */
export function expectedOutcome({ block: { header } }: RealBlock): Outcome {
  return {
    stateRoot: toHex(header.stateRoot),
    receiptsRoot: toHex(header.receiptTrie),
    gasUsed: header.gasUsed,
    logsBloom: toHex(header.logsBloom),
  }
}
