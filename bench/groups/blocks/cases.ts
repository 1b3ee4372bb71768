/** Real blocks with the trie nodes and codes that their execution takes. */

import { type Block, createBlockFromRLP } from '@ethereumjs/block'
import type { Common, StateManagerInterface } from '@ethereumjs/common'
import type { EVMMockBlockchainInterface } from '@ethereumjs/evm'
import { createVM, runBlock } from '@ethereumjs/vm'
import { ForkBlockchain, ForkStateManager } from '../../../src/ethereumjs.ts'
import { type Hex, StateManager } from '../../../src/index.ts'
import { trustOf } from '../../../test/blocks/fork-parent.ts'
import type { RealBlock } from '../../../test/blocks/real-blocks.ts'
import { recordedBlocks, witnessedBlocks } from '../../../test/blocks/real-blocks.ts'

export interface BlockCase {
  readonly number: number
  readonly block: Uint8Array
  readonly hardfork: string
  readonly stateRoot: Hex
  readonly nodes: readonly Hex[]
  readonly codes: readonly Hex[]
  /** What BLOCKHASH gives, by block number. */
  readonly hashes: ReadonlyMap<bigint, Uint8Array>
}

export async function loadBlock(number: number): Promise<BlockCase> {
  const name = `1-${number}`
  const file = [...recordedBlocks, ...witnessedBlocks].find((other) => other.name === name)
  if (file === undefined) throw new Error(`no block ${name}`)
  const real = await file.load()
  const { block, parent, witness } = real
  using state = stateOf(real)
  const hashes = new Map<bigint, Uint8Array>()
  const chain = new ForkBlockchain({ state, hashes: witness?.blockHashes })
  const blockchain = chainOf(async (asked) => {
    const hash = (await chain.getBlock(asked)).hash()
    hashes.set(asked, hash)
    return hash
  })
  const stateManager = new ForkStateManager({ state })
  const vm = await createVM({ common: block.common, stateManager, blockchain })
  await runBlock(vm, { block, skipHeaderValidation: true })
  const { nodes, codes } = witness ?? (await state.collectWitness())
  const [rlp, hardfork] = [block.serialize(), block.common.hardfork()]
  return { number, block: rlp, hardfork, stateRoot: parent.stateRoot, nodes, codes, hashes }
}

/** The state of a block's parent: of its witness, or of the node that was recorded. */
function stateOf(real: RealBlock): StateManager {
  const { node, parent, witness } = real
  if (witness !== undefined) {
    const { nodes, codes } = witness
    return new StateManager({ witness: { nodes, codes, headers: [] }, ...trustOf(real) })
  }
  const request = async ({ method, params }: { method: string; params?: unknown }) =>
    node.answer(method, (params ?? []) as readonly unknown[])
  const options = { forkBlockTag: parent.number, verify: true, ...trustOf(real) }
  return new StateManager({ rpcClient: { request }, ...options })
}

/** A run that recovers the senders anew; EthereumJS holds what comes out against the header. */
export async function prepare(
  { block: rlp, hashes }: BlockCase,
  stateManager: StateManagerInterface,
  common: Common,
): Promise<() => Promise<unknown>> {
  const block = createBlockFromRLP(rlp, { common })
  const blockchain = chainOf(async (number) => {
    const hash = hashes.get(number)
    if (hash === undefined) throw new Error(`the hash of block ${number} was not recorded`)
    return hash
  })
  const vm = await createVM({ common, stateManager, blockchain })
  return () => runBlock(vm, { block, skipHeaderValidation: true })
}

function chainOf(hashOf: (number: bigint) => Promise<Uint8Array>): EVMMockBlockchainInterface {
  const chain: EVMMockBlockchainInterface = {
    async getBlock(number) {
      const hash = await hashOf(BigInt(number as number | bigint))
      return { hash: () => hash.slice() } as Block
    },
    async putBlock() {},
    shallowCopy: () => chain,
  }
  return chain
}
