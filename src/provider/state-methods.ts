/** The JSON-RPC methods that read and write the local state. */

import type { Hex } from '../encoding/hex.ts'
import { InvalidSnapshotError } from '../ffi/status.ts'
import { fromAnvilState, toAnvilState } from '../state/dump/anvil-state.ts'
import type { StateManager } from '../state/state-manager.ts'
import type { Params } from './params.ts'
import { quantity, readHex, readList, readQuantity } from './params.ts'

/** Answers a request from the local state. */
export type StateMethod = (state: StateManager, params: Params) => Promise<unknown> | unknown

/** A read of state at a block, with the position of the block parameter. */
export interface StateRead {
  readonly blockAt: number
  readonly read: StateMethod
}

/** Reads of the state of a block. */
export const STATE_READS: ReadonlyMap<string, StateRead> = new Map<string, StateRead>([
  [
    'eth_getBalance',
    {
      blockAt: 1,
      read: async (state, [address]) => quantity(await state.getBalance(hex(address))),
    },
  ],
  [
    'eth_getTransactionCount',
    { blockAt: 1, read: async (state, [address]) => quantity(await state.getNonce(hex(address))) },
  ],
  ['eth_getCode', { blockAt: 1, read: (state, [address]) => state.getCode(hex(address)) }],
  [
    'eth_getStorageAt',
    {
      blockAt: 2,
      read: (state, [address, slot]) => state.getStorage(hex(address), readQuantity(slot, 'slot')),
    },
  ],
  ['eth_getProof', { blockAt: 2, read: readProof }],
])

async function readProof(state: StateManager, [address, slots]: Params): Promise<unknown> {
  const keys = readList(slots, 'the slots').map((slot) => readQuantity(slot, 'slot'))
  const proof = await state.getProof(hex(address), keys)
  const { balance, nonce, storageProof, ...rest } = proof
  return {
    ...rest,
    balance: quantity(balance),
    nonce: quantity(nonce),
    storageProof: storageProof.map(({ value, ...slot }) => ({ ...slot, value: quantity(value) })),
  }
}

const setBalance: StateMethod = (state, [address, balance]) => {
  state.setBalance(hex(address), readQuantity(balance, 'the balance'))
  return true
}

const setNonce: StateMethod = (state, [address, nonce]) => {
  state.setNonce(hex(address), readQuantity(nonce, 'the nonce'))
  return true
}

const setCode: StateMethod = (state, [address, code]) => {
  state.setCode(hex(address), readHex(code, 'the code'))
  return true
}

const setStorage: StateMethod = (state, [address, slot, value]) => {
  state.setStorage(hex(address), readQuantity(slot, 'slot'), readQuantity(value, 'the value'))
  return true
}

const takeSnapshot: StateMethod = (state) => quantity(state.snapshot())

/** Answers false for an invalid id, as nodes do. */
const revertTo: StateMethod = (state, [id]) => {
  try {
    state.revertToSnapshot(readQuantity(id, 'the snapshot id'))
    return true
  } catch (error) {
    if (error instanceof InvalidSnapshotError) return false
    throw error
  }
}

const loadAnvilState: StateMethod = async (state, [text]) => {
  state.load(await fromAnvilState(readHex(text, 'the state')))
  return true
}

/** Writes of test clients: the methods of anvil, hardhat and ganache. */
export const STATE_WRITES: ReadonlyMap<string, StateMethod> = new Map<string, StateMethod>([
  ...['anvil', 'hardhat', 'tenderly'].flatMap((client): (readonly [string, StateMethod])[] => [
    [`${client}_setBalance`, setBalance],
    [`${client}_setNonce`, setNonce],
    [`${client}_setCode`, setCode],
    [`${client}_setStorageAt`, setStorage],
  ]),
  ['evm_setAccountBalance', setBalance],
  ['evm_setAccountNonce', setNonce],
  ['evm_setAccountCode', setCode],
  ['evm_setAccountStorageAt', setStorage],
  ['evm_snapshot', takeSnapshot],
  ['evm_revert', revertTo],
  ['anvil_snapshot', takeSnapshot],
  ['anvil_revert', revertTo],
  ['anvil_dumpState', (state) => toAnvilState(state)],
  ['anvil_loadState', loadAnvilState],
])

function hex(address: unknown): Hex {
  return readHex(address, 'the address')
}
