/**
 * Moves a fork to a later block. Local writes stay, and now apply on top of the later state.
 *
 *     npx tsx examples/repin.ts [URL]     # a development node such as anvil
 */

import { StateManager } from '../src/index.ts'

const [url = 'http://127.0.0.1:8545'] = process.argv.slice(2)
const carol = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc'

/** Changes the chain: a payment in a new block. */
async function pay(to: string): Promise<void> {
  const transaction = { from: '0x90f79bf6eb2c4f870365e785982e1f101e93b906', to, value: '0x1' }
  await request('eth_sendTransaction', [transaction])
  await request('evm_mine', [])
}

async function request(method: string, params: readonly unknown[]): Promise<void> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body })
  await response.text()
}

const someone = `0x${'5e'.repeat(20)}` as const
await pay(someone)
using fork = new StateManager({ rpcClient: url })
const { number: before } = await fork.pinned()
fork.setBalance(carol, 7n)
console.log('someone:', await fork.getBalance(someone))

await pay(someone)
console.log('the chain moved on:', await fork.getBalance(someone))

// Pending reads reject with a ReadCancelledError: read again.
const { number: after } = await fork.repin('latest')
console.log('blocks later:', after > before)
console.log('someone now:', await fork.getBalance(someone))
console.log('written before:', await fork.getBalance(carol))

// Moving back to an earlier block works the same way.
await fork.repin(before)
console.log('back again:', await fork.getBalance(someone))
