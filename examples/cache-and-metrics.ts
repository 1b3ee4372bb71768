/**
 * Bounds of the cache, one fork for several managers, and metrics. The cache holds only facts about
 * the chain: local writes have no bound and are never evicted.
 *
 *     npx tsx examples/cache-and-metrics.ts [URL]
 */

import { ForkBackend, type Hex, RpcClientAdapter, StateManager } from '../src/index.ts'

const url = process.argv[2] ?? 'http://127.0.0.1:8545'
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const others = Array.from({ length: 200 }, (_, index): Hex => {
  return `0x${(0x10000 + index).toString(16).padStart(40, '0')}`
})

const fork = new ForkBackend({
  rpcClient: new RpcClientAdapter(url, { timeoutMs: 5_000, retries: 2 }),
  maxCacheSize: 50, // accounts, slots and codes together
  maxCacheBytes: 1_000_000,
})
const one = new StateManager({ fork })
const two = new StateManager({ fork })
fork.destroy() // it lives on until the last manager over it is destroyed

// A value that one manager read is known to the other.
await one.getBalance(alice)
console.log('known to the other:', two.peekBalance(alice) === (await one.getBalance(alice)))

// 200 accounts exceed the bound of the cache. Local writes have no bound.
await Promise.all(others.map((address) => one.getBalance(address)))
for (const address of others) two.setBalance(address, 7n)
const written = others.filter((address) => two.peekBalance(address) === 7n)
console.log('local writes read back:', written.length)

const { baseEntries, evictions, overlayAccounts, rpcCalls, httpRequests } = two.metrics()
console.log(
  `base entries: ${baseEntries}, evictions: ${evictions}, accounts written: ${overlayAccounts}`,
)
console.log(`JSON-RPC calls: ${rpcCalls} in ${httpRequests} HTTP requests`)

// Dropping the cache keeps local writes. Other values are fetched again by the next read.
two.clearForkCache()
console.log('after clearForkCache:', two.peekBalance(alice), two.peekBalance(others[0] as Hex))
one.destroy()
two.destroy()
