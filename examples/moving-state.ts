/**
 * Ways to export local writes: a diff against the pinned block, a dump that another manager loads,
 * and the state override of `eth_call`.
 *
 *     npx tsx examples/moving-state.ts [URL]
 */

import { StateManager, toStateOverride } from '../src/index.ts'

const [rpcClient = 'http://127.0.0.1:8545'] = process.argv.slice(2)
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const bob = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
/** Code that returns the balance of its account. */
const code = '0x475f5260205ff3'

using fork = new StateManager({ rpcClient })
fork.setBalance(alice, 5n)
fork.setCode(bob, code)
fork.setBalance(bob, 42n)
fork.setStorage(bob, 1n, 2n)
fork.setStorage(bob, 2n, 0n) // the value it has on the chain, so no change

for (const { address, balance, storage } of await fork.diff()) {
  const slots = storage.map(({ slot, before, after }) => {
    return `slot ${BigInt(slot)}: ${BigInt(before)} -> ${BigInt(after)}`
  })
  console.log(address.slice(0, 6), `${balance?.before} -> ${balance?.after}`, ...slots)
}

// A dump is plain JSON and contains only what was written.
const text = JSON.stringify(fork.dump())
using copy = new StateManager({ rpcClient })
copy.checkpoint()
copy.load(JSON.parse(text))
console.log('loaded:', copy.peekBalance(bob), copy.peekCode(bob))
copy.revert()
console.log('and undone:', copy.peekBalance(bob))

// Large states can be moved in pieces.
using streamed = new StateManager()
for (const piece of fork.dumpStream()) streamed.load(piece)
console.log('streamed:', streamed.peekBalance(bob))

// The node executes a call on top of the local writes.
const params = [{ to: bob }, 'latest', toStateOverride(fork.dump())]
const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params })
const headers = { 'content-type': 'application/json' }
const response = await fetch(rpcClient, { method: 'POST', headers, body })
const { result } = (await response.json()) as { result: string }
console.log('called on the node:', BigInt(result))
