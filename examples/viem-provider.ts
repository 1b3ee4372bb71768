/**
 * A fork that reads through a viem client, with the client's own transport, keys and retries. Any
 * EIP-1193 provider (`{ request }`) works the same way: a wallet, ethers, hardhat.
 *
 *     npx tsx examples/viem-provider.ts [URL]
 */

import { createPublicClient, http } from 'viem'
import { StateManager } from '../src/index.ts'

const url = process.argv[2] ?? 'http://127.0.0.1:8545'
const client = createPublicClient({
  // forkstate does not batch calls to a provider, so let viem batch the calls of one turn.
  transport: http(url, { batch: true }),
})

using state = new StateManager({ rpcClient: client })

const account = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const { number: blockNumber } = await state.pinned()
console.log('forkstate:', await state.getBalance(account))
console.log('viem:     ', await client.getBalance({ address: account, blockNumber }))

// forkstate accepts viem's addresses and hashes as they are.
const block = await client.getBlock({ blockNumber })
console.log('miner absent:', (await state.getAccount(block.miner)) === undefined)
