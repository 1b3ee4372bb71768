/**
 * The diff of local writes, compared with a real node: an EVM runs a swap over a fork, the node
 * mines the same swap, and the fork's diff must be the changes that the node reports.
 */

import { createBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { createAddressFromString, hexToBytes } from '@ethereumjs/util'
import type { Hex } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ZERO_WORD } from '../../src/encoding/constants.ts'

import { ForkStateManager } from '../../src/ethereumjs.ts'
import { type AccountDiff, StateManager } from '../../src/index.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'
import { transact } from '../support/transact.ts'
import { type MarketCall, openMarkets } from './markets.ts'

const GAS = 1_000_000n
const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })

let node: RpcNode
let swap: MarketCall
/** The block of the swap, and what the swap changed in the storage of contracts. */
let mined: { readonly number: bigint; readonly timestamp: bigint }
let changed: ReadonlyMap<string, { readonly before: Hex; readonly after: Hex }>

beforeAll(async () => {
  node = await startAnvil()
  swap = (await openMarkets(node)).first.swap
  const transaction = { ...swap, gas: `0x${GAS.toString(16)}` as Hex }
  const { blockHash, transactionHash } = await transact(node, transaction)
  const block = await node.rpc<Block>('eth_getBlockByHash', [blockHash, false])
  mined = { number: BigInt(block.number), timestamp: BigInt(block.timestamp) }
  changed = await changedSlots(transactionHash)
})
afterAll(async () => {
  await node?.stop()
})

interface Block {
  readonly number: Hex
  readonly timestamp: Hex
}

interface TracedAccount {
  readonly storage?: Readonly<Record<Hex, Hex>>
}

/** From the node's own tracer; a slot that it leaves out on one side was or is zero. */
async function changedSlots(transaction: Hex): Promise<typeof changed> {
  const tracer = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }
  const { pre, post } = await node.rpc<Record<'pre' | 'post', Record<Hex, TracedAccount>>>(
    'debug_traceTransaction',
    [transaction, tracer],
  )
  const slots = new Map<string, { before: Hex; after: Hex }>()
  for (const address of new Set([...Object.keys(pre), ...Object.keys(post)]) as Set<Hex>) {
    const [before = {}, after = {}] = [pre[address]?.storage, post[address]?.storage]
    for (const slot of new Set([...Object.keys(before), ...Object.keys(after)]) as Set<Hex>) {
      const change = { before: before[slot] ?? ZERO_WORD, after: after[slot] ?? ZERO_WORD }
      slots.set(`${address} ${slot}`, change)
    }
  }
  return slots
}

function slotsOf(diff: readonly AccountDiff[]): typeof changed {
  const slots = diff.flatMap(({ address, storage }) =>
    storage.map(({ slot, ...change }) => [`${address} ${slot}`, change] as const),
  )
  return new Map(slots)
}

/** A fork of the previous block, on which an EVM has run the swap. */
async function swapped(): Promise<StateManager> {
  const state = new StateManager({ rpcClient: node.url, forkBlockTag: mined.number - 1n })
  const evm = await createEVM({ common, stateManager: new ForkStateManager({ state }) })
  const { execResult } = await evm.runCall({
    caller: createAddressFromString(swap.from),
    to: createAddressFromString(swap.to),
    data: hexToBytes(swap.data),
    gasLimit: GAS,
    block: createBlock({ header: mined }, { common }),
  })
  expect(execResult.exceptionError).toBeUndefined()
  return state
}

test('the diff of a swap has the slots that the node reports as changed', async () => {
  using state = await swapped()
  expect(changed.size).toBeGreaterThan(4)
  expect(slotsOf(await state.diff())).toEqual(changed)
})

test('a dump loaded into another fork gives the same diff', async () => {
  using state = await swapped()
  using other = new StateManager({ rpcClient: node.url, forkBlockTag: mined.number - 1n })
  other.load(JSON.parse(JSON.stringify(state.dump())))
  expect(await other.diff()).toEqual(await state.diff())
})

test('the same writes over the block of the swap change no storage', async () => {
  using state = await swapped()
  await state.repin(mined.number)
  expect(slotsOf(await state.diff())).toEqual(new Map())
})
