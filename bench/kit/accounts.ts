/**
 * States of accounts, by the interface through which they are reached: forkstate's own with hex
 * addresses, a plain map, and that of EthereumJS over forkstate and its peers.
 */

import { Account, Address } from '@ethereumjs/util'
import { toHex } from '../../src/encoding/hex.ts'
import { type Hex, StateManager } from '../../src/index.ts'
import { adapters, engines } from './forkstate.ts'
import type { Contender } from './group.ts'
import type { MaybeLater } from './measure.ts'
import { type Manager, MERKLE, openManager, type Peer, RPC, SIMPLE, TEVM } from './peers.ts'

/** What is written of an account. */
export interface Fields {
  readonly nonce: bigint
  readonly balance: bigint
}

/** Contenders whose states are reached alike. */
export interface AccountInterface<State, Place> {
  readonly contenders: readonly Contender<State>[]
  /** An address of 20 bytes as it is passed. */
  place(address: Uint8Array): Place
  put(state: State, place: Place, fields: Fields): MaybeLater<void>
  putCode(state: State, place: Place, code: Uint8Array): MaybeLater<void>
  balanceAt(state: State, place: Place): MaybeLater<bigint | undefined>
}

export const ownAccounts: AccountInterface<StateManager, Hex> = {
  contenders: engines.map(({ name, open }) => ({
    name,
    open: async () => new StateManager({ ffi: await open() }),
  })),
  place: (address) => toHex(address),
  put(state, place, { balance, nonce }) {
    state.setBalance(place, balance)
    state.setNonce(place, nonce)
  },
  putCode: (state, place, code) => state.setCode(place, code),
  balanceAt: (state, place) => state.peekBalance(place),
}

/** The least in JavaScript; the texts of its keys keep their hashes, once worked out. */
export const mapOfAccounts: AccountInterface<Map<string, Fields>, string> = {
  contenders: [
    {
      name: 'Map',
      note: 'finds the object it was given by a text whose hash is known',
      open: async () => new Map(),
    },
  ],
  place: (address) => toHex(address),
  put: (state, place, { nonce, balance }) => void state.set(place, { nonce, balance }),
  putCode() {},
  balanceAt: (state, place) => state.get(place)?.balance,
}

export const managedAccounts: AccountInterface<Manager, Address> = {
  contenders: [...adapters, SIMPLE, RPC, MERKLE, TEVM].map((peer: Peer) => ({
    name: peer.name,
    note: peer.note,
    open: () => openManager(peer),
  })),
  place: (address) => new Address(address),
  put: (state, place, { nonce, balance }) => state.putAccount(place, new Account(nonce, balance)),
  putCode: (state, place, code) => state.putCode(place, code),
  balanceAt: async (state, place) => (await state.getAccount(place))?.balance,
}

export function balanceOf(account: number): bigint {
  return 10n ** 18n + BigInt(account) * 1_000_003n
}
