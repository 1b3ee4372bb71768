/**
 * Forks that read a node: forkstate over each build of the core, and its peers. The code of a peer
 * is loaded when it is asked for.
 */

import { Address } from '@ethereumjs/util'
import { type ForkReader, openForkstate } from './fork-readers.ts'
import * as names from './names.ts'
import { engines } from './subjects.ts'

/** Where a fork reads. */
export interface ForkPlace {
  readonly url: string
  /** Of the block to fork, the newest. */
  readonly block: bigint
}

export interface ForkContender {
  readonly name: string
  /** What a reader must know beside its figures. */
  readonly note?: string
  /** Loads its code. @returns What makes a fork. @throws LeftOut if it cannot run here. */
  load(): Promise<(place: ForkPlace) => ForkReader>
}

/** forkstate as it is by default. */
export const forkstates: readonly ForkContender[] = engines.map(({ name, load }) => ({
  name,
  async load() {
    const ffi = await load()
    return ({ url }) => openForkstate(url, { ffi })
  },
}))

const UNVERIFIED: ForkContender = {
  name: 'forkstate, WebAssembly, verify: false',
  note: 'believes the node, as the peers do',
  load: async () => (place) => openForkstate(place.url, { verify: false }),
}

const RPC: ForkContender = {
  name: names.RPC,
  note: 'is told the number of the block; proves nothing; one HTTP request a read',
  async load() {
    const { RPCStateManager } = await import('@ethereumjs/statemanager')
    return ({ url, block }) => readerOf(new RPCStateManager({ provider: url, blockTag: block }))
  },
}

const TEVM: ForkContender = {
  name: names.TEVM,
  note: 'is told the number of the block; proves nothing; over `http` of viem as it is by default',
  load: () => loadTevm({}),
}

const TEVM_BATCH: ForkContender = {
  name: '@tevm/state, viem batches',
  note: 'is told the number of the block; proves nothing; over `http` of viem with `batch: true`',
  load: () => loadTevm({ batch: true }),
}

/** All of them. */
export const forkContenders: readonly ForkContender[] = [
  ...forkstates,
  UNVERIFIED,
  RPC,
  TEVM,
  TEVM_BATCH,
]

/** What the peers have in common. */
interface AddressedState {
  getAccount(address: Address): Promise<{ readonly balance: bigint } | undefined>
  getCode(address: Address): Promise<Uint8Array>
  getStorage(address: Address, slot: Uint8Array): Promise<Uint8Array>
}

function readerOf(state: AddressedState): ForkReader {
  return {
    getBalance: async (address) => (await state.getAccount(new Address(address)))?.balance ?? 0n,
    getCode: (address) => state.getCode(new Address(address)),
    getStorage: (address, slot) => state.getStorage(new Address(address), slot),
    close() {},
  }
}

/** The names it has for storage and code. */
interface TevmState {
  readonly getAccount: AddressedState['getAccount']
  readonly getContractCode: AddressedState['getCode']
  readonly getContractStorage: AddressedState['getStorage']
}

async function loadTevm(options: { readonly batch?: true }): ReturnType<ForkContender['load']> {
  const { createStateManager } = await import('@tevm/state')
  const { http } = await import('viem')
  return ({ url, block }) => {
    const fork = { transport: http(url, options)({}), blockTag: block }
    // It was written for `Address` of version 9, of which it uses what version 10 has too.
    const { getAccount, getContractCode, getContractStorage } = createStateManager({
      fork,
    }) as unknown as TevmState
    return readerOf({ getAccount, getCode: getContractCode, getStorage: getContractStorage })
  }
}
