/**
 * A fork over a viem client, whose transport, keys and retries stay as they are. Any EIP-1193
 * provider (`{ request }`) works the same way: a wallet, ethers, hardhat.
 *
 *     npx tsx examples/viem-provider.ts [URL]
 */

import { createPublicClient, http } from 'viem'
import { StateManager } from '../src/index.ts'

const url = process.argv[2] ?? 'http://127.0.0.1:8545'
const client = createPublicClient({
  // A provider has no batches of its own: viem makes them, of what is asked in one turn.
  transport: http(url, { batch: true }),
})

using state = new StateManager({ rpcClient: client })

const account = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const { number: blockNumber } = await state.pinned()
console.log('forkstate:', await state.getBalance(account))
console.log('viem:     ', await client.getBalance({ address: account, blockNumber }))

// The addresses and hashes of viem are the hex strings that forkstate takes.
const block = await client.getBlock({ blockNumber })
console.log('miner absent:', (await state.getAccount(block.miner)) === undefined)
