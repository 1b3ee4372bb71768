/**
 * Checkpoints are scopes on a stack, as calls in the EVM need them. Snapshots are points in time
 * with an id, like those of `evm_snapshot`. Reverting to either undoes exactly what was written
 * since.
 *
 *     npx tsx examples/checkpoints-and-snapshots.ts
 */

import { InvalidSnapshotError, NoCheckpointError, StateManager } from '../src/index.ts'

const account = '0x00000000000000000000000000000000000a11ce'

using state = new StateManager()
const show = async (what: string): Promise<void> => {
  const depth = state.checkpointDepth
  console.log(`${what}: balance ${await state.getBalance(account)}, depth ${depth}`)
}

state.setBalance(account, 100n)

// An outer call, and an inner one that succeeds.
state.checkpoint()
state.setBalance(account, 90n)
state.checkpoint()
state.setBalance(account, 80n)
state.commit() // the inner writes now belong to the outer scope
await show('inner committed')

// The outer call fails: both are undone.
state.revert()
await show('outer reverted')

// Snapshots survive commits, and restore the depth too.
const start = state.snapshot()
state.checkpoint()
state.setBalance(account, 1n)
const later = state.snapshot()
state.commit()
state.setBalance(account, 2n)
state.revertToSnapshot(later)
await show('at the later snapshot')
state.revertToSnapshot(start)
await show('at the first snapshot')

// Reverting to a snapshot uses up its id and all later ones. A failed call changes nothing.
for (const attempt of [() => state.revertToSnapshot(later), () => state.revert()]) {
  try {
    attempt()
  } catch (error) {
    const isExpected = error instanceof InvalidSnapshotError || error instanceof NoCheckpointError
    if (!isExpected) throw error
    console.log(`${error.code}: ${error.shortMessage}`)
  }
}
