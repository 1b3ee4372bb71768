/**
 * Local writes on top of a fork, each step with the value that must be read after it. Nothing here
 * changes the chain, and after the last step the fork reads as it did before the first.
 */

import type { Hex } from 'viem'
import { numberToHex } from 'viem'
import type { StateManager } from '../src/index.ts'

const ETHER = 10n ** 18n

/** One expectation, and whether it was met. */
export interface Step {
  readonly what: string
  readonly expected: string
  readonly actual: string
  readonly matches: boolean
}

/** Where the steps write: an account, and a slot that is not zero on the chain. */
export interface StepTarget {
  readonly account: Hex
  readonly contract: Hex
  readonly slot: Hex
}

/** Runs all steps in order. */
export async function runLocalSteps(state: StateManager, target: StepTarget): Promise<Step[]> {
  return [
    ...(await checkpoints(state, target)),
    ...(await nestedCheckpoints(state, target)),
    ...(await snapshots(state, target)),
    ...(await branches(state, target)),
    ...(await zeroOverRemote(state, target)),
    ...(await deletion(state, target)),
  ]
}

function step(what: string, expected: unknown, actual: unknown): Step {
  const [wanted, got] = [String(expected), String(actual)]
  return { what, expected: wanted, actual: got, matches: wanted === got }
}

async function checkpoints(state: StateManager, { account }: StepTarget): Promise<Step[]> {
  const before = await state.getBalance(account)
  state.checkpoint()
  state.setBalance(account, before + ETHER)
  const written = step('write a balance', before + ETHER, await state.getBalance(account))
  state.revert()
  return [
    written,
    step('revert restores the value of the chain', before, await state.getBalance(account)),
  ]
}

async function nestedCheckpoints(state: StateManager, target: StepTarget): Promise<Step[]> {
  const { account, contract, slot } = target
  const [balance, word] = [await state.getBalance(account), await state.getStorage(contract, slot)]
  const written = numberToHex(42, { size: 32 })

  state.checkpoint()
  state.setBalance(account, 7n)
  state.checkpoint()
  state.setStorage(contract, slot, written)
  state.commit()
  const committed = step(
    'inner commit keeps a slot',
    written,
    await state.getStorage(contract, slot),
  )
  state.checkpoint()
  state.setBalance(account, 8n)
  state.revert()
  const kept = step('inner revert keeps the outer write', 7n, await state.getBalance(account))
  state.revert()
  return [
    committed,
    kept,
    step('outer revert undoes the committed slot', word, await state.getStorage(contract, slot)),
    step('and restores the balance', balance, await state.getBalance(account)),
    step('open checkpoints', 0, state.checkpointDepth),
  ]
}

async function snapshots(state: StateManager, target: StepTarget): Promise<Step[]> {
  const { account, contract, slot } = target
  const [nonce, word] = [await state.getNonce(account), await state.getStorage(contract, slot)]
  const first = state.snapshot()
  state.setNonce(account, nonce + 1n)
  const second = state.snapshot()
  state.setNonce(account, nonce + 2n)
  state.setStorage(contract, slot, numberToHex(1, { size: 32 }))
  state.revertToSnapshot(second)
  const middle = step('revert to the second snapshot', nonce + 1n, await state.getNonce(account))
  state.revertToSnapshot(first)
  return [
    middle,
    step('revert to the first snapshot', nonce, await state.getNonce(account)),
    step('restores the slot, too', word, await state.getStorage(contract, slot)),
  ]
}

async function branches(state: StateManager, { account }: StepTarget): Promise<Step[]> {
  const before = await state.getBalance(account)
  const mark = state.snapshot()
  using child = state.branch()
  child.setBalance(account, 1n)
  state.setBalance(account, 2n)
  const steps = [
    step('a branch sees its own write', 1n, await child.getBalance(account)),
    step('the parent sees only its own', 2n, await state.getBalance(account)),
  ]
  state.revertToSnapshot(mark)
  return [
    ...steps,
    step('the parent can revert on its own', before, await state.getBalance(account)),
  ]
}

async function zeroOverRemote(state: StateManager, target: StepTarget): Promise<Step[]> {
  const { contract, slot } = target
  const zero = numberToHex(0, { size: 32 })
  const mark = state.snapshot()
  state.setStorage(contract, slot, zero)
  state.clearForkCache()
  const { rpcCalls } = state.metrics()
  const read = step(
    'zero stays zero without the cache',
    zero,
    await state.getStorage(contract, slot),
  )
  const silent = step('and causes no request', rpcCalls, state.metrics().rpcCalls)
  state.revertToSnapshot(mark)
  return [read, silent]
}

async function deletion(state: StateManager, target: StepTarget): Promise<Step[]> {
  const { contract, slot } = target
  const [code, word] = [await state.getCode(contract), await state.getStorage(contract, slot)]
  state.checkpoint()
  state.deleteAccount(contract)
  state.setBalance(contract, 1n)
  const steps = [
    step('deleted, then paid 1 wei: no code', '0x', await state.getCode(contract)),
    step('and no storage', 0n, BigInt(await state.getStorage(contract, slot))),
  ]
  state.revert()
  return [
    ...steps,
    step('revert restores the code', code.length, (await state.getCode(contract)).length),
    step('and the storage', word, await state.getStorage(contract, slot)),
  ]
}
