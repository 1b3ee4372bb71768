/** A fork of the fake chain with the adapter over it, and short ways to what EthereumJS takes. */

import { Account, Address, hexToBytes } from '@ethereumjs/util'
import type { Hex } from 'viem'

import { ForkStateManager, type ForkStateManagerOptions } from '../../src/ethereumjs.ts'
import { type Engine, StateManager } from '../../src/index.ts'
import { destroyLater, type ForkWorld, makeForkWorld } from '../support/fork-world.ts'
import { word } from '../support/sample-keys.ts'

export interface AdapterWorld extends ForkWorld {
  readonly manager: ForkStateManager
  /** {@link ForkWorld.address} as EthereumJS has it. */
  readonly remote: Address
}

/** The adapter over a fork in which one account is not absent. */
export async function makeAdapterWorld(engine: Engine): Promise<AdapterWorld> {
  const world = await makeForkWorld({ ffi: engine })
  const manager = new ForkStateManager({ state: world.fork })
  return { ...world, manager, remote: addressOf(world.address) }
}

/** The adapter over an empty state in memory. */
export function makeLocal(
  engine: Engine,
  options: Omit<ForkStateManagerOptions, 'state'> = {},
): ForkStateManager {
  const state = destroyLater(new StateManager({ ffi: engine }))
  return new ForkStateManager({ state, ...options })
}

export function addressOf(hex: Hex): Address {
  return new Address(hexToBytes(hex))
}

/** The 32 bytes of a slot. */
export function slot(number: number): Uint8Array {
  return hexToBytes(word(number))
}

export function accountOf(nonce: bigint, balance: bigint): Account {
  return new Account(nonce, balance)
}

/** Everything of bytes set to another value. */
export function spoil(bytes: Uint8Array): void {
  bytes.fill(0xee)
}
