/**
 * The same blocks executed by a real anvil and by EthereumJS on a fork of it: creations
 * of contracts, calls, refunds, a revert, BLOCKHASH. Roots, receipts and what changed must be the
 * same on both sides, block by block.
 */

import { setTimeout } from 'node:timers/promises'

import { type Block, createBlockFromRPC, type JSONRPCBlock } from '@ethereumjs/block'
import { type Common, createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { bytesToHex } from '@ethereumjs/util'
import { createVM, type RunTxResult, runBlock } from '@ethereumjs/vm'
import {
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  keccak256,
  parseEther,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { compileToken, FACTORY_ABI, factoryBytecode, TOKEN_ABI } from '../../demo/contracts.ts'
import { ForkBlockchain, ForkStateManager } from '../../src/ethereumjs.ts'
import { type Engine, StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'

const CHAIN_ID = 31_337
const GAS_PRICE = 5_000_000_000n
/** The first two development accounts of anvil. */
const ALICE = privateKeyToAccount(
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
)
const BOB = privateKeyToAccount(
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
)
/** Nobody has been there. */
const CAROL: Hex = '0x00000000000000000000000000000000000ca401'
/** How far back {@link blockHashRecorder} asks for blocks; the last of them before the pin. */
const DEPTHS = [1, 2, 9, 20]

interface Sent {
  readonly from?: typeof ALICE
  readonly to?: Hex
  readonly data?: Hex
  readonly value?: bigint
  /** Anvil keeps leaves of zero in its tries, so that its roots are wrong from then on. */
  readonly clearsSlots?: boolean
}

interface Receipt {
  readonly blockNumber: Hex
  readonly gasUsed: Hex
  readonly status: Hex
  readonly logs: readonly { readonly topics: readonly Hex[]; readonly data: Hex }[]
}

let anvil: RpcNode
let token: Hex
let common: Common

beforeAll(async () => {
  anvil = await startAnvil({ chainId: CHAIN_ID, args: ['--hardfork', 'prague'] })
  common = createCustomCommon({ chainId: CHAIN_ID }, Mainnet, { hardfork: Hardfork.Prague })
  await anvil.rpc('anvil_mine', ['0xf'])
  token = compileToken()
})
afterAll(async () => {
  await anvil?.stop()
})

/** Creation code that leaves the hashes of earlier blocks in its slots. */
function blockHashRecorder(): Hex {
  const record = (depth: number) => `60${byte(depth)}430340` + `60${byte(depth)}55`
  return `0x${DEPTHS.map(record).join('')}00`
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0')
}

/** Transactions that build on each other. */
function transactions(nonce: number): readonly Sent[] {
  const at = (offset: number) =>
    getContractAddress({ from: ALICE.address, nonce: BigInt(nonce + offset) })
  const [coin, factory] = [at(0), at(1)]
  const transfer = (to: Hex, value: bigint) =>
    encodeFunctionData({ abi: TOKEN_ABI, functionName: 'transfer', args: [to, value] })
  const pair = encodeFunctionData({
    abi: FACTORY_ABI,
    functionName: 'createPair',
    args: [coin, CAROL],
  })
  return [
    { data: encodeDeployData({ abi: TOKEN_ABI, bytecode: token, args: ['Coin', 'C', 1_000n] }) },
    {
      data: encodeDeployData({
        abi: FACTORY_ABI,
        bytecode: factoryBytecode(),
        args: [ALICE.address],
      }),
    },
    { to: factory, data: pair },
    { to: coin, data: transfer(BOB.address, 400n) },
    { to: CAROL, value: parseEther('1') },
    { data: blockHashRecorder() },
    // Clears a slot, for a refund; then there is nothing left, so the next one reverts.
    { from: BOB, to: coin, data: transfer(ALICE.address, 400n), clearsSlots: true },
    { from: BOB, to: coin, data: transfer(ALICE.address, 1n) },
  ]
}

/** Signs a transaction and has anvil mine it in a block of its own. */
async function mine({ from = ALICE, clearsSlots: _, ...sent }: Sent): Promise<Receipt> {
  const nonce = await anvil.rpc<Hex>('eth_getTransactionCount', [from.address, 'latest'])
  const raw = await from.signTransaction({
    ...sent,
    type: 'legacy',
    chainId: CHAIN_ID,
    nonce: Number(nonce),
    gas: 5_000_000n,
    gasPrice: GAS_PRICE,
  })
  const hash = await anvil.rpc<Hex>('eth_sendRawTransaction', [raw])
  for (let attempt = 0; attempt < 500; attempt++) {
    const receipt = await anvil.rpc<Receipt | null>('eth_getTransactionReceipt', [hash])
    if (receipt !== null) return receipt
    await setTimeout(10)
  }
  throw new Error('anvil has not mined the transaction')
}

/** The block as anvil has it, with all of its transactions. */
async function blockOf({ blockNumber }: Receipt): Promise<Block> {
  const json = await anvil.rpc<JSONRPCBlock>('eth_getBlockByNumber', [blockNumber, true])
  return createBlockFromRPC(json, [], { common })
}

/** Executes everything on both sides; the state that is left of it here. */
async function runAll(engine: Engine): Promise<StateManager> {
  const state = new StateManager({ rpcClient: anvil.url, ffi: engine })
  const blockchain = new ForkBlockchain({ state })
  await state.pinned()
  const stateManager = new ForkStateManager({ state })
  const vm = await createVM({ common, stateManager, blockchain })
  let isRootRight = true
  for (const sent of transactions(Number(await state.getNonce(ALICE.address)))) {
    const receipt = await mine(sent)
    const block = await blockOf(receipt)
    const { results, stateRoot, receiptsRoot } = await runBlock(vm, {
      block,
      skipHeaderValidation: true,
      generate: true, // or the block is held against anvil's root
    })
    if (sent.clearsSlots) isRootRight = false
    if (isRootRight) expect(bytesToHex(stateRoot)).toBe(bytesToHex(block.header.stateRoot))
    expect(bytesToHex(receiptsRoot)).toBe(bytesToHex(block.header.receiptTrie))
    expect(results.map(outcomeOf)).toEqual([
      {
        gasUsed: BigInt(receipt.gasUsed),
        status: BigInt(receipt.status),
        logs: receipt.logs.map(({ topics, data }) => ({ topics, data })),
      },
    ])
    await blockchain.putBlock(block)
  }
  return state
}

/** What a transaction would have in its receipt. */
function outcomeOf({ totalGasSpent, execResult }: RunTxResult) {
  return {
    gasUsed: totalGasSpent,
    status: execResult.exceptionError === undefined ? 1n : 0n,
    logs: (execResult.logs ?? []).map(([, topics, data]) => ({
      topics: topics.map((topic) => bytesToHex(topic)),
      data: bytesToHex(data),
    })),
  }
}

describeEngines('against anvil', (engine) => {
  test('blocks give the roots, the receipts and the state that anvil gives', async () => {
    using state = await runAll(engine)
    const changes = await state.diff()
    expect(changes.length).toBeGreaterThan(6)
    const slots = changes.flatMap(({ storage }) => storage)
    expect(slots.length).toBeGreaterThan(15)
    for (const { address, storage } of changes) {
      const at = [address, 'latest']
      const account = await state.getAccount(address)
      const code = await state.getCode(address)
      expect(await anvil.rpc<Hex>('eth_getCode', at)).toBe(code)
      expect(account?.codeHash ?? keccak256('0x')).toBe(keccak256(code))
      expect(BigInt(await anvil.rpc<Hex>('eth_getBalance', at))).toBe(account?.balance ?? 0n)
      const nonce = await anvil.rpc<Hex>('eth_getTransactionCount', at)
      expect(BigInt(nonce)).toBe(account?.nonce ?? 0n)
      for (const { slot, after } of storage) {
        const value = await anvil.rpc<Hex>('eth_getStorageAt', [address, slot, 'latest'])
        expect(after, `${address} ${slot}`).toBe(value)
      }
    }
  })
})
