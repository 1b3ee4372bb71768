/**
 * What-if runs: a branch is an independent manager that starts from the current state. Creating one
 * is O(1). It shares the earlier writes and the cache of the fork, but no later writes.
 *
 *     npx tsx examples/branches.ts [URL]
 */

import { StateManager } from '../src/index.ts'

const url = process.argv[2] ?? 'http://127.0.0.1:8545'
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const bob = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const ETHER = 10n ** 18n

/** Simulates a transaction: moves wei, or fails and leaves the state unchanged. */
async function pay(world: StateManager, amount: bigint): Promise<'paid' | 'refused'> {
  world.checkpoint()
  world.setNonce(alice, (await world.getNonce(alice)) + 1n)
  world.setBalance(bob, (await world.getBalance(bob)) + amount)
  const left = (await world.getBalance(alice)) - amount
  if (left < 0n) {
    world.revert()
    return 'refused'
  }
  world.setBalance(alice, left)
  world.commit()
  return 'paid'
}

using state = new StateManager({ rpcClient: url })
state.setBalance(alice, 100n * ETHER)
state.setBalance(bob, 0n)

for (const ether of [1n, 99n, 101n]) {
  using trial = state.branch()
  const outcome = await pay(trial, ether * ETHER)
  const balance = (await trial.getBalance(bob)) / ETHER
  const sent = (await trial.getNonce(alice)) - (await state.getNonce(alice))
  console.log(`${ether} ether: ${outcome}; bob has ${balance}, alice sent ${sent} more`)
}

// The trials did not change this manager, and shared what they fetched.
console.log(`bob has ${await state.getBalance(bob)}`)
console.log('accounts fetched:', state.metrics().baseAccounts)
