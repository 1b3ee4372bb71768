/** Reads of a scenario through a `StateManager`, each with a check of its result. */

import type { Hex } from 'viem'

import { type PinnedBlock, StateManager } from '../../src/index.ts'
import type { FakeAccount, FakeBlock } from '../support/fake-chain.ts'
import type { Read } from './scenario.ts'
import type { Setting } from './setting.ts'
import type { World } from './world.ts'
import { addresses, slots } from './world.ts'

/** A manager of a scenario, and the block that it is pinned to. */
export interface ManagedFork {
  readonly state: StateManager
  pinned: PinnedBlock | undefined
}

export function drawManager({ random, world, client }: Setting): ManagedFork {
  const { number, hash } = world.head
  const forkBlockTag = random.pick(['latest', number, hash, 'earliest'] as const)
  const maxCacheSize = random.pick([1, 3, 100_000])
  return {
    state: new StateManager({ rpcClient: client, forkBlockTag, maxCacheSize }),
    pinned: undefined,
  }
}

export function drawManagerRead(setting: Setting, fork: ManagedFork): Read {
  const { random } = setting
  return managerReads(setting, fork, random.pick(addresses), random.pick(slots))[
    random.integer(0, 4)
  ] as Read
}

/** One read of each kind. */
export function managerReads(
  setting: Setting,
  fork: ManagedFork,
  address: Hex,
  slot: Hex,
): readonly Read[] {
  const { state } = fork
  const read = (name: string, run: () => Promise<unknown>, truth: Truth): Read => ({
    name: `${name} ${address}`,
    run,
    problem: (value) => {
      const pinned = pinnedBlock(setting, fork)
      if (pinned === undefined) return 'it was returned before a block was pinned'
      const expected = truth(pinned.world.account(address, pinned.block))
      return value === expected ? undefined : `it should be ${expected}`
    },
  })
  const slotValue: Truth = ({ storage }) =>
    `0x${(storage.get(slot) ?? 0n).toString(16).padStart(64, '0')}`
  return [
    read(
      'getBalance',
      () => state.getBalance(address),
      ({ balance }) => balance,
    ),
    read(
      'getNonce',
      () => state.getNonce(address),
      ({ nonce }) => nonce,
    ),
    read(
      'getCode',
      () => state.getCode(address),
      ({ code }) => code,
    ),
    read(`getStorage ${slot.slice(-2)}`, () => state.getStorage(address, slot), slotValue),
  ]
}

/** The pinned block of a fork, in the world of the node that reported it. */
export function pinnedBlock(
  { worlds }: Setting,
  { pinned }: ManagedFork,
): { readonly world: World; readonly block: FakeBlock } | undefined {
  if (pinned === undefined) return undefined
  for (const world of worlds) {
    const block = world.block(pinned.hash)
    if (block !== undefined && world.chain.chainId === pinned.chainId) return { world, block }
  }
  return undefined
}

type Truth = (account: FakeAccount) => unknown
