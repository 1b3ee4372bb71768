/**
 * A page that forks a chain and stores what it read: after a reload, it requests only the block.
 * Start a node that allows requests from other origins, as anvil does, and run
 *
 *     npx vite examples/browser
 *
 * `?node=https://…&contract=0x…` in the address selects another node and contract.
 */

import { StateManager } from '../../src/index.ts' // in your project: 'forkstate'
import { IndexedDbStore } from '../../src/store/indexeddb.ts' // 'forkstate/store/indexeddb'
import { loadWasm } from '../../src/wasm.ts' // 'forkstate/wasm'

const asked = new URLSearchParams(location.search)
const node = asked.get('node') ?? 'http://127.0.0.1:8545'
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const contract = (asked.get('contract') ??
  '0x4e59b44847b379578588920ca78fbf26c0b4956c') as `0x${string}`

function print(line: string): void {
  document.querySelector('#out')?.append(`${line}\n`)
}

const store = new IndexedDbStore()
const fork = new StateManager({
  rpcClient: node,
  forkBlockTag: 'finalized', // only settled blocks are stored
  ffi: await loadWasm(), // compiled off the main thread
  store,
})

const [balance, code, first, second] = await Promise.all([
  fork.getBalance(alice),
  fork.getCode(contract),
  fork.getStorage(contract, 0n),
  fork.getStorage(contract, 1n),
])
print(`balance ${balance}, code of ${code.length / 2 - 1} bytes`)
print(`slots ${BigInt(first)}, ${BigInt(second)}`)

fork.checkpoint()
fork.setBalance(alice, 1n)
fork.setStorage(contract, 0n, 2n)
const inside = BigInt(await fork.getStorage(contract, 0n))
print(`in a checkpoint: balance ${await fork.getBalance(alice)}, slot ${inside}`)
fork.revert()
const after = BigInt(await fork.getStorage(contract, 0n))
print(`reverted: balance ${await fork.getBalance(alice)}, slot ${after}`)

const { httpRequests, storeHits } = fork.metrics()
fork.destroy()
await store.close()
print(`HTTP requests: ${httpRequests}, from the store: ${storeHits}`)
