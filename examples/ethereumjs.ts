/**
 * Runs transactions with EthereumJS on a fork, and shows what they would change. The chain itself
 * is never written.
 *
 *     npx tsx examples/ethereumjs.ts [URL]
 */

import { createBlock } from '@ethereumjs/block'
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { createLegacyTx } from '@ethereumjs/tx'
import { bytesToHex, createAddressFromString, hexToBytes } from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'
import { coreKeccak256, ForkBlockchain, ForkStateManager } from '../src/ethereumjs.ts'
import { StateManager } from '../src/index.ts'

const url = process.argv[2] ?? 'http://127.0.0.1:8545'
// The first development account of anvil and hardhat, and an account that does not exist.
const aliceKey = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const carol = createAddressFromString('0x00000000000000000000000000000000000ca401')

using state = new StateManager({ rpcClient: url })
const { chainId, number, stateRoot } = await state.pinned()

// The rules of the chain, with the core's hash function; then a VM that takes its state and block
// hashes from the fork.
const common = createCustomCommon({ chainId: Number(chainId) }, Mainnet, {
  hardfork: Hardfork.Prague,
  customCrypto: { keccak256: coreKeccak256() },
})
const stateManager = new ForkStateManager({ state })
const vm = await createVM({ common, stateManager, blockchain: new ForkBlockchain({ state }) })
const block = createBlock(
  { header: { number: number + 1n, gasLimit: 30_000_000n, baseFeePerGas: 1n } },
  { common, skipConsensusFormatValidation: true },
)

// A payment by alice, who signs it.
const payment = createLegacyTx(
  { to: carol, value: 10n ** 18n, gasLimit: 21_000n, gasPrice: 1n },
  { common },
).sign(aliceKey)

// Without changes the root is that of the header.
console.log('root of the header:', bytesToHex(await stateManager.getStateRoot()) === stateRoot)

await stateManager.checkpoint()
const { totalGasSpent } = await runTx(vm, { tx: payment, block })
console.log(`gas ${totalGasSpent}`)
for (const { address, balance, nonce } of await state.diff()) {
  const change = balance === undefined ? 0n : balance.after - balance.before
  console.log(`${address.slice(0, 8)} balance ${change}, nonce ${nonce?.after ?? 'unchanged'}`)
}
const paid = await stateManager.getStateRoot()
console.log('root after the payment is another:', bytesToHex(paid) !== stateRoot)

// The payment is undone like any write.
await stateManager.revert()
console.log('carol:', await stateManager.getAccount(carol))
console.log('root of the header:', bytesToHex(await stateManager.getStateRoot()) === stateRoot)
