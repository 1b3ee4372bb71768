/**
 * viem's own clients on top of a fork: reads and calls on local state, and writes of a test client.
 * The chain itself is never written. Calls run in EthereumJS.
 *
 *     npx tsx examples/viem-transport.ts [URL]
 */

import {
  BaseError,
  ContractFunctionRevertedError,
  createTestClient,
  pad,
  parseAbi,
  publicActions,
} from 'viem'
import { StateManager } from '../src/index.ts'
import { forkStateTransport } from '../src/viem.ts'

const url = process.argv[2] ?? 'http://127.0.0.1:8545'
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const counter = '0x00000000000000000000000000000000000c0de1'
const abi = parseAbi(['function get() view returns (uint256)'])

using state = new StateManager({ rpcClient: url })
const transport = forkStateTransport(state)
const client = createTestClient({ mode: 'anvil', transport }).extend(publicActions)

// State comes from the fork, the block itself from the chain.
const block = await client.getBlock()
console.log('the head is the pinned block:', block.hash === (await state.pinned()).hash)
console.log('balance is known:', (await client.getBalance({ address: alice })) > 0n)

// A contract that returns its slot 0, and a call that is executed locally.
const before = await client.snapshot()
await client.setCode({ address: counter, bytecode: '0x5f545f5260205ff3' })
await client.setStorageAt({ address: counter, index: 0, value: pad('0x2a') })
const read = { address: counter, abi, functionName: 'get' } as const
console.log('it returns:', await client.readContract(read))
console.log('gas:', await client.estimateGas({ account: alice, to: counter }))

// The same call with a state override, which applies to this call only.
const stateDiff = [{ slot: pad('0x0'), value: pad('0x2b') }]
const stateOverride = [{ address: counter, stateDiff } as const]
console.log('with an override:', await client.readContract({ ...read, stateOverride }))

// A revert is reported as viem's own error.
await client.setCode({ address: counter, bytecode: '0x5f5ffd' })
const error = await client.readContract(read).catch((caught: unknown) => caught)
const revert = (error as BaseError).walk((cause) => cause instanceof ContractFunctionRevertedError)
console.log('reverted:', error instanceof BaseError && revert !== null)

await client.revert({ id: before })
console.log('and all taken back:', await client.getCode({ address: counter }))
