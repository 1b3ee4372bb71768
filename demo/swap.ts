/**
 * A swap on Uniswap V2, run twice: by EthereumJS on a fork of the node's head, and by the node in
 * its next block. The fork goes first, so it cannot know the result of the node. Then every field
 * of the header and every value that changed is compared with the node's.
 *
 * This works only on anvil, whose block environment is known. If the anvil belongs to the user, the
 * transactions are undone afterwards.
 */

import { encodeDeployData, encodeFunctionData, type Hex, numberToHex, pad } from 'viem'

import { type AccountDiff, StateManager } from '../src/index.ts'
import type { JsonRpcEndpoint } from '../test/support/json-rpc.ts'
import { ROUTER_ABI, routerBytecode, TOKEN_ABI } from './contracts.ts'
import { type Names, namesOf } from './names.ts'
import { type ExecutedBlock, executeNextBlock, type RpcHeader } from './next-block.ts'
import { deploy, runScenario, type Scenario, send } from './scenario.ts'

const ONE_TOKEN = 10n ** 18n
const SOLD = 25n * ONE_TOKEN
const SWAP_GAS = 400_000n
const TIP = 10n ** 9n
const BLOCK_INTERVAL_S = 12n
const FOREVER = 2n ** 64n
const ZERO_HASH = pad('0x', { size: 32 })
const RECEIPT_ATTEMPTS = 2_000

/** One value, as the fork and as the node have it. */
export interface SwapValue {
  readonly what: string
  /** Before the swap; absent for fields of the header. */
  readonly before?: string
  readonly forkstate: string
  readonly node: string
  readonly matches: boolean
}

/** The result of the swap, or the reason why there was none. */
export type SwapReport =
  | { readonly skipped: string }
  | {
      readonly transaction: Hex
      /** The block in which the node included it. */
      readonly block: bigint
      /** Fields of the header, the hash last. */
      readonly header: readonly SwapValue[]
      /** The changes of the swap, from {@link StateManager.diff}. */
      readonly changes: readonly SwapValue[]
      readonly elapsedMs: number
    }

/** Where to swap. */
export interface SwapPlace {
  readonly rpcUrl: string
  readonly node: JsonRpcEndpoint
  /** The contents of our own chain; absent for a node of the user. */
  readonly scenario?: Scenario
}

/**
 * Swaps, if the result can be compared on this node.
 *
 * @throws the errors of the node and forkstate. A difference is only reported.
 */
export async function runSwap(place: SwapPlace): Promise<SwapReport> {
  const { node, scenario } = place
  const skipped = await whyNot(node)
  if (skipped !== undefined) return { skipped }
  if (scenario !== undefined) return await swapOn(place, scenario)
  const time = await clockOf(node)
  const snapshot = await node.rpc<Hex>('evm_snapshot')
  try {
    return await swapOn(place, await runScenario(node, { transfers: 0, swaps: 2 }))
  } finally {
    await node.rpc('evm_revert', [snapshot])
    await time.restore()
  }
}

/** The reason why a swap cannot be compared on this node; undefined if it can. */
async function whyNot(node: JsonRpcEndpoint): Promise<string | undefined> {
  const client = await node.rpc<string>('web3_clientVersion').catch(() => 'unknown')
  if (!client.startsWith('anvil/')) return `the node is ${client}, not an anvil`
  const head = await headerAt(node, 'latest')
  if (BigInt(head.stateRoot) === 0n) return 'the anvil forks another chain and has no state root'
  if (!(await node.rpc<boolean>('anvil_getAutomine'))) return 'the anvil has automine off'
  const accounts = await node.rpc<Hex[]>('eth_accounts')
  return accounts.length === 0 ? 'the anvil holds no accounts' : undefined
}

/** Saves the clock of anvil, which `evm_revert` sets to the time of the head. */
async function clockOf(node: JsonRpcEndpoint): Promise<{ restore(): Promise<void> }> {
  const { timestamp } = await headerAt(node, 'pending')
  const start = performance.now()
  const restore = async (): Promise<void> => {
    const elapsed = Math.round((performance.now() - start) / 1_000)
    await node.rpc('evm_setTime', [Number(timestamp) + elapsed])
  }
  return { restore }
}

async function swapOn({ rpcUrl, node }: SwapPlace, scenario: Scenario): Promise<SwapReport> {
  const transaction = await prepareSwap(node, scenario)
  const parent = await headerAt(node, 'latest')
  const { hardFork } = await node.rpc<{ hardFork: string }>('anvil_nodeInfo')

  using state = new StateManager({ rpcClient: rpcUrl, forkBlockTag: parent.hash })
  const start = performance.now()
  const { chainId } = await state.pinned()
  const timestamp = BigInt(parent.timestamp) + BLOCK_INTERVAL_S
  const hardfork = hardFork.toLowerCase()
  const next = { parent, timestamp, transaction, chainId, hardfork }
  const executed = await executeNextBlock(state, next)
  const diff = await state.diff()
  const elapsedMs = performance.now() - start

  await node.rpc('evm_setNextBlockTimestamp', [Number(timestamp)])
  const hash = await node.rpc<Hex>('eth_sendRawTransaction', [transaction])
  const block = await blockOf(node, hash)
  return {
    transaction: hash,
    block: BigInt(block.number),
    header: compareHeader(executed, block),
    changes: await compareChanges(node, diff, BigInt(block.number), namesOf(scenario)),
    elapsedMs,
  }
}

/** Deploys the router, approves a token and signs the swap. @returns The signed transaction. */
async function prepareSwap(node: JsonRpcEndpoint, scenario: Scenario): Promise<Hex> {
  const { accounts, factory, tokens } = scenario
  const [deployer, trader = deployer] = accounts as [Hex, Hex?]
  const [, , receiver = trader] = accounts
  const code = encodeDeployData({
    abi: ROUTER_ABI,
    bytecode: routerBytecode(),
    args: [factory, scenario.newcomer],
  })
  const router = await deploy(node, deployer, code)
  // Approves more than is sold, so that the allowance does not become zero: anvil keeps zero slots
  // in its tries, so its state root would differ from that of a full node.
  const args = [router, 2n * SOLD] as const
  const data = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'approve', args })
  await send(node, { from: trader, to: tokens[0], data })
  const head = await headerAt(node, 'latest')
  return await node.rpc<Hex>('eth_signTransaction', [
    {
      from: trader,
      to: router,
      data: encodeFunctionData({
        abi: ROUTER_ABI,
        functionName: 'swapExactTokensForTokens',
        args: [SOLD, 1n, [...tokens], receiver, FOREVER],
      }),
      gas: numberToHex(SWAP_GAS),
      nonce: await node.rpc<Hex>('eth_getTransactionCount', [trader, 'latest']),
      maxFeePerGas: numberToHex(2n * BigInt(head.baseFeePerGas ?? '0x0') + TIP),
      maxPriorityFeePerGas: numberToHex(TIP),
      chainId: await node.rpc<Hex>('eth_chainId'),
      value: '0x0',
    },
  ])
}

async function headerAt(node: JsonRpcEndpoint, block: string): Promise<RpcHeader> {
  const header = await node.rpc<RpcHeader | null>('eth_getBlockByNumber', [block, false])
  if (header === null) throw new Error(`the node does not know block ${block}`)
  return header
}

/** The block that a transaction was mined in. */
async function blockOf(node: JsonRpcEndpoint, transaction: Hex): Promise<RpcHeader> {
  for (let attempt = 0; attempt < RECEIPT_ATTEMPTS; attempt++) {
    const receipt = await node.rpc<Receipt | null>('eth_getTransactionReceipt', [transaction])
    if (receipt !== null) return await headerAt(node, receipt.blockNumber)
  }
  throw new Error(`the swap ${transaction} was not mined`)
}

interface Receipt {
  readonly blockNumber: Hex
}

function compareHeader(executed: ExecutedBlock, block: RpcHeader): SwapValue[] {
  const said = block as unknown as Readonly<Record<string, string>>
  const compare = (what: string, forkstate: string, node: string): SwapValue => {
    return { what, forkstate, node, matches: forkstate === node }
  }
  return [
    compare('the swap succeeded', `${executed.succeeded}`, 'true'),
    ...[...executed.fields].map(([name, value]) => compare(name, value, said[name] ?? 'absent')),
    compare('hash', executed.hashWith((said['mixHash'] ?? ZERO_HASH) as Hex), block.hash),
  ]
}

/** Compares each changed value with the node's, at the previous block and at the new one. */
async function compareChanges(
  node: JsonRpcEndpoint,
  diff: readonly AccountDiff[],
  block: bigint,
  names: Names,
): Promise<SwapValue[]> {
  const at =
    (number: bigint) =>
    (method: string, ...params: Hex[]) =>
      node.rpc<Hex>(method, [...params, numberToHex(number)])
  const [old, now] = [at(block - 1n), at(block)]
  const values: SwapValue[] = []
  const add = async (
    what: string,
    { before, after }: { before: unknown; after: unknown },
    ask: (said: typeof old) => Promise<string>,
  ): Promise<void> => {
    const [wasThere, isThere] = await Promise.all([ask(old), ask(now)])
    const [was, is] = [String(before), String(after)]
    const matches = was === wasThere && is === isThere
    values.push({ what, before: was, forkstate: is, node: isThere, matches })
  }
  for (const { address, balance, nonce, code, storage } of diff) {
    const name = names.account(address)
    const number = (method: string) => async (said: typeof old) =>
      `${BigInt(await said(method, address))}`
    if (balance) await add(`${name} balance`, balance, number('eth_getBalance'))
    if (nonce) await add(`${name} nonce`, nonce, number('eth_getTransactionCount'))
    if (code) await add(`${name} code`, code, (said) => said('eth_getCode', address))
    for (const { slot, ...change } of storage) {
      const read = (said: typeof old) => said('eth_getStorageAt', address, slot)
      await add(`${name} ${names.slot(address, slot)}`, change, read)
    }
  }
  return values
}
