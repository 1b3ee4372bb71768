/** Managers over the state of a real block's parent. */

import type { Engine } from '../../src/ffi/engine.ts'
import { StateManager } from '../../src/index.ts'
import type { Answers } from '../support/fake-upstream.ts'
import { startFakeServer } from '../support/fake-upstream.ts'
import type { RealBlock } from './real-blocks.ts'

const ends: (() => unknown)[] = []

/** Destroyed by {@link endForks}. */
export function endLater(state: StateManager): StateManager {
  ends.push(() => state.destroy())
  return state
}

/** Call this after each test: destroys managers and stops servers. */
export async function endForks(): Promise<void> {
  for (const end of ends.splice(0)) await end()
}

/** What to trust: the parent's hash, or its state root if its whole header is not known. */
export function trustOf({ parent, witness }: RealBlock) {
  if (witness === undefined) return { trustedBlockHash: parent.hash }
  return { trustedStateRoot: parent.stateRoot }
}

/** A fork over HTTP JSON-RPC that trusts only the parent's hash or state root in the data. */
export async function forkParent(
  real: RealBlock,
  ffi: Engine,
  node: Answers = real.node,
): Promise<StateManager> {
  const { url, stop } = await startFakeServer(node)
  ends.push(stop)
  const options = { forkBlockTag: real.parent.number, verify: true, ffi, ...trustOf(real) }
  return endLater(new StateManager({ rpcClient: url, ...options }))
}
