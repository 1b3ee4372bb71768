/**
 * Program: loads a state manager, makes one, and uses it, each timed. Loads nothing else.
 * Arguments: who, and where forkstate is installed, as a URL. Prints a `StartupReport`.
 */

import type { StateManagerInterface } from '@ethereumjs/common'
import type * as ForkstateEthereumjs from '../../src/ethereumjs.ts'
import type * as Forkstate from '../../src/index.ts'
import type * as ForkstateNative from '../../src/native.ts'
import type { Starter, StartupReport } from './startup-report.ts'

/** A manager just made. */
interface Started {
  put(balance: bigint): void | Promise<void>
  get(): Promise<bigint | undefined>
}

/** Loads the code. @returns What makes the first manager. */
type Load = (packageUrl: string) => Promise<() => Started | Promise<Started>>

const ADDRESS = new Uint8Array(20).fill(0x11)
const BALANCE = 7n
/** Nobody listens there: nothing is fetched. */
const NO_NODE = 'http://127.0.0.1:9'

const loads: Readonly<Record<Starter, Load>> = {
  async wasm(url) {
    const { StateManager }: typeof Forkstate = await import(`${url}/dist/index.js`)
    return () => startedOf(new StateManager())
  },
  async native(url) {
    const { StateManager }: typeof Forkstate = await import(`${url}/dist/index.js`)
    const { loadNative }: typeof ForkstateNative = await import(`${url}/dist/native.js`)
    return async () => startedOf(new StateManager({ ffi: await loadNative() }))
  },
  async adapter(url) {
    const { StateManager }: typeof Forkstate = await import(`${url}/dist/index.js`)
    const own: typeof ForkstateEthereumjs = await import(`${url}/dist/ethereumjs.js`)
    return withAccounts(() => new own.ForkStateManager({ state: new StateManager() }))
  },
  async simple() {
    const { SimpleStateManager } = await import('@ethereumjs/statemanager')
    return withAccounts(() => new SimpleStateManager())
  },
  async merkle() {
    const { Caches, MerkleStateManager } = await import('@ethereumjs/statemanager')
    return withAccounts(() => new MerkleStateManager({ caches: new Caches() }))
  },
  async rpc() {
    const { RPCStateManager } = await import('@ethereumjs/statemanager')
    return withAccounts(() => new RPCStateManager({ provider: NO_NODE, blockTag: 1n }))
  },
  async tevm() {
    const { createStateManager } = await import('@tevm/state')
    // `Address` and `Account` of a later version have all that it uses.
    return withAccounts(() => createStateManager({}) as unknown as AccountState)
  },
}

function startedOf(state: Forkstate.StateManager): Started {
  return {
    put: (balance) => state.setBalance(ADDRESS, balance),
    get: () => state.getBalance(ADDRESS),
  }
}

/** What the managers of EthereumJS and those like them have. */
type AccountState = Pick<StateManagerInterface, 'putAccount' | 'getAccount'>

/** Callers need these classes as well, so that they are loaded with the manager. */
async function withAccounts(makeState: () => AccountState): Promise<() => Started> {
  const { Account, Address } = await import('@ethereumjs/util')
  return () => {
    const state = makeState()
    const address = new Address(ADDRESS)
    return {
      put: (balance) => state.putAccount(address, new Account(0n, balance)),
      get: async () => (await state.getAccount(address))?.balance,
    }
  }
}

async function startUp([starter, packageUrl = '']: readonly string[]): Promise<StartupReport> {
  const load = loads[starter as Starter]
  const began = performance.now()
  const make = await load(packageUrl)
  const before = process.cpuUsage()
  const loaded = performance.now()
  const state = await make()
  const made = performance.now()
  const { user, system } = process.cpuUsage(before)
  await state.put(BALANCE)
  const found = await state.get()
  const used = performance.now()
  if (found !== BALANCE) throw new Error(`the balance is ${found}`)
  return {
    loading: (loaded - began) * 1e6,
    making: (made - loaded) * 1e6,
    makingProcessor: (user + system) * 1e3,
    using: (used - made) * 1e6,
  }
}

console.log(JSON.stringify(await startUp(process.argv.slice(2))))
process.exit(0)
