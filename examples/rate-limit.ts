/**
 * Stays within the limits of a provider: HTTP requests per second, and compute units per second as
 * it bills them. Reads wait for their turn instead of being rejected.
 *
 *     npx tsx examples/rate-limit.ts [URL]
 */

import { RpcClientAdapter, StateManager } from '../src/index.ts'

const [url = 'http://127.0.0.1:8545'] = process.argv.slice(2)
const addressOf = (index: number): `0x${string}` => `0x${index.toString(16).padStart(40, '0')}`

const client = new RpcClientAdapter(url, {
  requestsPerSecond: 20,
  computeUnitsPerSecond: 1_000,
  computeUnits: { eth_getProof: 20, '*': 10 }, // what each method costs
  maxBatchSize: 10,
})
using fork = new StateManager({ rpcClient: client })
await fork.pinned()

// 100 accounts cost 2,000 units. Up to one second's allowance is sent in a burst, the rest follows
// as the allowance is refilled.
const began = performance.now()
const addresses = Array.from({ length: 100 }, (_, index) => addressOf(index + 1))
const balances = await Promise.all(addresses.map((address) => fork.getBalance(address)))
const seconds = (performance.now() - began) / 1_000
console.log(`${balances.length} accounts, none refused: ${client.metrics().retries === 0}`)
console.log(`paced: ${seconds > 0.9}`)
client.close()
