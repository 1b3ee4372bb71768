/** Loads to repeat, to see whether memory grows. Each run frees everything. */

import type { Hex } from 'viem'

import { STATE_MANAGER_MAX_LAYERS } from '../../src/ffi/abi.gen.ts'
import { type Engine, ForkBackend, StateManager } from '../../src/index.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { word } from '../support/sample-keys.ts'

export interface MemoryLoad {
  readonly name: string
  run(engine: Engine): Promise<void> | void
}

const MANAGERS = 50
const FORKS = 5
/** More than share one layer chain, so that one of them copies. */
const BRANCHES = STATE_MANAGER_MAX_LAYERS + 2
const SLOTS = 3_000
const ADDRESS = `0x${'ab'.repeat(20)}` as const
const OTHER = `0x${'cd'.repeat(20)}` as const
const keys = Array.from({ length: SLOTS }, (_, index) => word(index))
const chain = new FakeChain()

function fill(state: StateManager): void {
  state.checkpoint()
  for (const key of keys) state.setStorage(ADDRESS, key, 1n)
  for (let index = 0; index < 100; index++) {
    state.setCode(word(index).slice(0, 42) as Hex, `0x${index.toString(16).padStart(512, '5')}`)
  }
}

/** Managers that live as long as the engine, one for each load that needs one. */
const lasting = new WeakMap<Engine, StateManager>()

function lastingFork(engine: Engine): StateManager {
  const found = lasting.get(engine)
  if (found !== undefined) return found
  const rpcClient = new FakeRpcClient(chain)
  rpcClient.before = () => {
    rpcClient.calls.length = 0
  }
  const fork = new StateManager({ ffi: engine, rpcClient, maxCacheSize: 10_000 })
  lasting.set(engine, fork)
  return fork
}

export const memoryLoads: readonly MemoryLoad[] = [
  {
    name: 'create, use, destroy',
    run(engine) {
      for (let index = 0; index < MANAGERS; index++) {
        const state = new StateManager({ ffi: engine })
        for (const key of keys.slice(0, 200)) state.setStorage(ADDRESS, key, 1n)
        const child = state.branch()
        child.snapshot()
        child.setStorage(ADDRESS, word(1), 2n)
        state.destroy()
        child.destroy()
      }
    },
  },
  {
    name: 'create forks and branches, read, destroy',
    async run(engine) {
      for (let index = 0; index < FORKS; index++) {
        const rpcClient = new FakeRpcClient(chain)
        const backend = new ForkBackend({ ffi: engine, rpcClient, maxCacheSize: 1_000 })
        const states = [new StateManager({ fork: backend }), new StateManager({ fork: backend })]
        for (let depth = 0; depth < BRANCHES; depth++) {
          const tip = states.at(-1) as StateManager
          tip.setStorage(ADDRESS, word(depth), 1n)
          tip.checkpoint()
          states.push(tip.branch())
        }
        const tip = states.at(-1) as StateManager
        await Promise.all(keys.slice(0, 100).map((key) => tip.getStorage(OTHER, key)))
        const left = tip.getBalance(ADDRESS).catch(() => {})
        backend.destroy()
        for (const state of states) state.destroy()
        await left
      }
    },
  },
  {
    name: 'fill, clear, fill',
    run(engine) {
      const state = lastingFork(engine)
      fill(state)
      state.clearCaches()
      fill(state)
      state.clearCaches()
    },
  },
  {
    name: 'write, revert',
    run(engine) {
      const state = lastingFork(engine)
      fill(state)
      const id = state.snapshot()
      fill(state)
      state.revertToSnapshot(id)
      state.revert()
    },
  },
  {
    name: 'read from the chain, clear, read',
    async run(engine) {
      const fork = lastingFork(engine)
      const read = async (): Promise<void> => {
        await Promise.all(keys.map((key) => fork.getStorage(ADDRESS, key)))
      }
      await read()
      fork.clearForkCache()
      await read()
    },
  },
]
