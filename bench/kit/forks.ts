/** Forks that read a node. The code of a peer is loaded when it is asked for. */

import { Address } from '@ethereumjs/util'
import { type ForkReader, openForkstate } from './fork-reads.ts'
import { engines } from './forkstate.ts'
import type { Contender } from './group.ts'
import * as names from './names.ts'
import { asManager, type Manager } from './peers.ts'

export interface ForkPlace {
  readonly url: string
  readonly block: bigint
}

export type ForkContender = Contender<(place: ForkPlace) => ForkReader>

export const TEVM_BATCHES = '@tevm/state, viem batches'

export const forkContenders: readonly ForkContender[] = [
  ...engines.map(({ name, open }) => ({
    name,
    async open() {
      const ffi = await open()
      return ({ url }: ForkPlace) => openForkstate(url, { ffi })
    },
  })),
  {
    name: `${names.WASM}, verify: false`,
    note: 'believes the node, as the peers do',
    open: async () => (place) => openForkstate(place.url, { verify: false }),
  },
  {
    name: names.RPC,
    note: 'is told the number of the block; proves nothing; one HTTP request a read',
    async open() {
      const { RPCStateManager } = await import('@ethereumjs/statemanager')
      return ({ url, block }) => readerOf(new RPCStateManager({ provider: url, blockTag: block }))
    },
  },
  {
    name: names.TEVM,
    note: 'is told the number of the block; proves nothing; over `http` of viem as it is by default',
    open: () => openTevm({}),
  },
  {
    name: TEVM_BATCHES,
    note: 'is told the number of the block; proves nothing; over `http` of viem with `batch: true`',
    open: () => openTevm({ batch: true }),
  },
]

async function openTevm(options: { readonly batch?: true }): ReturnType<ForkContender['open']> {
  const { createStateManager } = await import('@tevm/state')
  const { http } = await import('viem')
  return ({ url, block }) => {
    const fork = { transport: http(url, options)({}), blockTag: block }
    return readerOf(asManager(createStateManager({ fork })))
  }
}

function readerOf(state: Pick<Manager, 'getAccount' | 'getCode' | 'getStorage'>): ForkReader {
  return {
    getBalance: async (address) => (await state.getAccount(new Address(address)))?.balance ?? 0n,
    getCode: (address) => state.getCode(new Address(address)),
    getStorage: (address, slot) => state.getStorage(new Address(address), slot),
    close() {},
  }
}
