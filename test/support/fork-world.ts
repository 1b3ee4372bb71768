/** A fork of a fake chain with one account, for tests of the miss loop. */

import { keccak256 } from 'viem'
import { expect } from 'vitest'
import type { BlockTarget } from '../../src/fork/block/block-target.ts'
import { Pin } from '../../src/fork/block/pin.ts'
import { Verification } from '../../src/fork/block/verification.ts'
import { resolveVerify, type VerifyOptions } from '../../src/fork/block/verify-options.ts'
import { type RpcClient, StateManager, type StateManagerOptions } from '../../src/index.ts'
import type { FactStore } from '../../src/store/facts/fact-store.ts'
import { FakeChain } from './fake-chain.ts'
import { FakeRpcClient } from './fake-upstream.ts'
import { closeGate, type Gate } from './hold.ts'
import { freshAddress, word } from './sample-keys.ts'

/** The account at {@link ForkWorld.address}. */
export const REMOTE = {
  balance: 5n,
  nonce: 2n,
  code: '0x6001',
  storage: { [word(1)]: 7n, [word(2)]: 8n },
} as const

export interface ForkWorld {
  readonly chain: FakeChain
  readonly client: FakeRpcClient
  readonly fork: StateManager
  readonly address: `0x${string}`
}

const open: { destroy(): void }[] = []
const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

/** Registers an object that {@link endForkWorlds} destroys. */
export function destroyLater<Owner extends { destroy(): void }>(owner: Owner): Owner {
  open.push(owner)
  return owner
}

/** Call this after each test. Destroys all objects, and expects no unhandled rejection. */
export async function endForkWorlds(): Promise<void> {
  for (const owner of open.splice(0)) owner.destroy()
  await new Promise((resolve) => setTimeout(resolve, 1))
  expect(unhandled.splice(0)).toEqual([])
}

/** Makes a pinned fork with an empty log of calls. */
export async function makeForkWorld(options: StateManagerOptions = {}): Promise<ForkWorld> {
  const chain = new FakeChain()
  const address = freshAddress()
  chain.mine({ [address]: REMOTE })
  const client = new FakeRpcClient(chain)
  const fork = destroyLater(new StateManager({ ...options, rpcClient: client }))
  await fork.pinned()
  client.calls.length = 0
  return { chain, client, fork, address }
}

/** Makes a pin of a block through a client. Default: without verification. */
export function pinOf(
  client: RpcClient,
  target: BlockTarget,
  options: VerifyOptions & { readonly store?: FactStore } = { verify: false },
): Pin {
  const counts = { proofsChecked: 0, proofsRejected: 0, demotions: 0 }
  const verification = new Verification(resolveVerify(options), counts)
  return new Pin(target, { client, store: options.store, verification, keccak256 })
}

/** Makes all answers of a client wait. */
export function holdAnswers(client: FakeRpcClient): Gate {
  const gate = closeGate()
  client.before = () => gate.enter()
  return gate
}

/** The `code` of the error that a read was rejected with. */
export function rejectionCode(outcome: PromiseSettledResult<unknown> | undefined): unknown {
  return outcome?.status === 'rejected' ? (outcome.reason as { code: unknown }).code : 'no error'
}
