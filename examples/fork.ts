/**
 * Forks a chain at one block, reads it, and writes locally. The chain itself is never written.
 *
 *     npx tsx examples/fork.ts                        # a local node, such as anvil
 *     npx tsx examples/fork.ts https://... 19000000   # an archive node, at a block
 */

import { StateManager } from '../src/index.ts'

const [url = 'http://127.0.0.1:8545', block] = process.argv.slice(2)
// The first two development accounts of anvil and hardhat, and a factory that most chains have.
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const bob = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const factory = '0x4e59b44847b379578588920ca78fbf26c0b4956c'

using state = new StateManager({
  rpcClient: url,
  forkBlockTag: block === undefined ? 'latest' : BigInt(block),
})

// "latest" is resolved here, once. All reads below use this block, while the head moves on.
const pinned = await state.pinned()
console.log(`chain ${pinned.chainId}, block ${pinned.number}, named by ${pinned.mode}`)

// Reads made in the same turn share one HTTP request.
const before = state.metrics().httpRequests
const [balance, nonce] = await Promise.all([state.getBalance(alice), state.getNonce(factory)])
console.log(`balance ${balance}, nonce ${nonce}`)
console.log('HTTP requests:', state.metrics().httpRequests - before)

// The proof of the nonce also contained the code hash, so the code takes only one more request.
const code = await state.getCode(factory)
console.log(`code of ${code.length / 2 - 1} bytes`)

// A second read makes no request.
const calls = state.metrics().rpcCalls
await state.getBalance(alice)
console.log('JSON-RPC calls of a second read:', state.metrics().rpcCalls - calls)

// Peeks never fetch: undefined means unknown, not zero.
console.log('peek at bob:', state.peekBalance(bob))

// Writes are local and take precedence over the chain.
state.setBalance(alice, balance + 1n)
console.log('difference to the chain:', (await state.getBalance(alice)) - balance)
