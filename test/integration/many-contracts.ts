/** Many contracts on a real chain, each with its own code and some slots, to count reads. */

import { type Hex, keccak256, numberToHex } from 'viem'

import type { PrefetchEntry, StateManager } from '../../src/index.ts'
import type { JsonRpcCall, RpcNode } from '../support/nodes.ts'
import { word } from '../support/sample-keys.ts'

/** A contract as it was created. */
export interface SampleContract {
  readonly address: Hex
  readonly balance: bigint
  readonly code: Hex
  /** 32 bytes each: the keys and their values. */
  readonly slots: ReadonlyMap<Hex, Hex>
}

/** How many contracts, and slots of each. */
export interface SampleSize {
  readonly accounts: number
  readonly slotsEach: number
}

/** The contracts for a size, always the same. */
export function sampleContracts({ accounts, slotsEach }: SampleSize): readonly SampleContract[] {
  return Array.from({ length: accounts }, (_, at) => sampleContract(at, slotsEach))
}

/** Writes them into the node's state, and mines a block over it. */
export async function makeContracts(
  node: RpcNode,
  size: SampleSize,
): Promise<readonly SampleContract[]> {
  const contracts = sampleContracts(size)
  await node.batch(contracts.flatMap(writesOf))
  await node.rpc('anvil_mine', [])
  return contracts
}

function sampleContract(at: number, slotsEach: number): SampleContract {
  const keys = Array.from({ length: slotsEach }, (_, slot): Hex => {
    // As Solidity does: a few small numbers, and hashes.
    return slot < 2 ? word(slot) : keccak256(word(at * slotsEach + slot))
  })
  return {
    address: keccak256(word(at)).slice(0, 42) as Hex,
    balance: BigInt(at + 1),
    // PUSH2 at, STOP
    code: `0x61${at.toString(16).padStart(4, '0')}00`,
    slots: new Map(keys.map((key, slot) => [key, word(at * slotsEach + slot + 1)])),
  }
}

function writesOf({ address, balance, code, slots }: SampleContract): readonly JsonRpcCall[] {
  return [
    { method: 'anvil_setBalance', params: [address, numberToHex(balance)] },
    { method: 'anvil_setCode', params: [address, code] },
    ...[...slots].map(([slot, value]) => {
      return { method: 'anvil_setStorageAt', params: [address, slot, value] }
    }),
  ]
}

/** All of them, as input for `prefetch`. */
export function entriesOf(contracts: readonly SampleContract[]): readonly PrefetchEntry[] {
  return contracts.map(({ address, slots }) => ({ address, slots: [...slots.keys()] }))
}

/** Reads everything at once. @returns The contracts as the fork has them. */
export function readInParallel(
  fork: StateManager,
  contracts: readonly SampleContract[],
): Promise<readonly SampleContract[]> {
  return Promise.all(
    contracts.map(async ({ address, slots }) => {
      const [balance, code, ...values] = await Promise.all([
        fork.getBalance(address),
        fork.getCode(address),
        ...[...slots.keys()].map(async (slot) => [slot, await fork.getStorage(address, slot)]),
      ])
      return { address, balance, code, slots: new Map(values as [Hex, Hex][]) }
    }),
  )
}

/** Reads everything, one read after the other. */
export async function readOneByOne(
  fork: StateManager,
  contracts: readonly SampleContract[],
): Promise<readonly SampleContract[]> {
  const read: SampleContract[] = []
  for (const { address, slots } of contracts) {
    const balance = await fork.getBalance(address)
    const code = await fork.getCode(address)
    const values = new Map<Hex, Hex>()
    for (const slot of slots.keys()) values.set(slot, await fork.getStorage(address, slot))
    read.push({ address, balance, code, slots: values })
  }
  return read
}
