/**
 * Program: loads a state manager, makes one, and uses it, each timed. Loads nothing else.
 * Arguments: what to start, and where forkstate is installed, as a URL. Prints a `StartReport`.
 */

import type * as ForkstateEthereumjs from '../../../src/ethereumjs.ts'
import type * as Forkstate from '../../../src/index.ts'
import type * as ForkstateNative from '../../../src/native.ts'
import type { MaybeLater } from '../../kit/measure.ts'
import { type Manager, MERKLE, type Peer, RPC, SIMPLE, TEVM } from '../../kit/peers.ts'

export type Starter = keyof typeof loads
/** Nanoseconds, of the wall clock if nothing else is said. */
export type StartReport = Awaited<ReturnType<typeof start>>

interface Started {
  setBalance(address: Uint8Array, balance: bigint): MaybeLater<void>
  getBalance(address: Uint8Array): Promise<bigint | undefined>
}

/** Loads the code. @returns What makes the first manager. */
type Load = (packageUrl: string) => Promise<() => MaybeLater<Started>>

const ADDRESS = new Uint8Array(20).fill(0x11)
const BALANCE = 7n

const loads = {
  async wasm(url) {
    const { StateManager }: typeof Forkstate = await import(`${url}/dist/index.js`)
    return () => new StateManager()
  },
  async native(url) {
    const { StateManager }: typeof Forkstate = await import(`${url}/dist/index.js`)
    const { loadNative }: typeof ForkstateNative = await import(`${url}/dist/native.js`)
    return async () => new StateManager({ ffi: await loadNative() })
  },
  async adapter(url) {
    const { StateManager }: typeof Forkstate = await import(`${url}/dist/index.js`)
    const own: typeof ForkstateEthereumjs = await import(`${url}/dist/ethereumjs.js`)
    return withAccounts(() => new own.ForkStateManager({ state: new StateManager() }))
  },
  simple: loadPeer(SIMPLE),
  merkle: loadPeer(MERKLE),
  rpc: loadPeer(RPC),
  tevm: loadPeer(TEVM),
} satisfies Record<string, Load>

function loadPeer<Own extends Manager>({ load }: Peer<Own>): Load {
  return async () => withAccounts(await load())
}

/** Callers need these classes as well, so that they are loaded with the manager. */
async function withAccounts(makeState: () => Pick<Manager, 'putAccount' | 'getAccount'>) {
  const { Account, Address } = await import('@ethereumjs/util')
  return () => {
    const state = makeState()
    const address = new Address(ADDRESS)
    return {
      setBalance: (_: Uint8Array, balance: bigint) =>
        state.putAccount(address, new Account(0n, balance)),
      getBalance: async () => (await state.getAccount(address))?.balance,
    }
  }
}

async function start([starter, packageUrl = '']: readonly string[]) {
  const load = loads[starter as Starter]
  const began = performance.now()
  const make = await load(packageUrl)
  const before = process.cpuUsage()
  const loaded = performance.now()
  const state = await make()
  const made = performance.now()
  const { user, system } = process.cpuUsage(before)
  await state.setBalance(ADDRESS, BALANCE)
  const found = await state.getBalance(ADDRESS)
  const used = performance.now()
  if (found !== BALANCE) throw new Error(`the balance is ${found}`)
  return {
    loading: (loaded - began) * 1e6,
    making: (made - loaded) * 1e6,
    /** Of all threads. */
    makingProcessor: (user + system) * 1e3,
    using: (used - made) * 1e6,
    all: (used - began) * 1e6,
  }
}

console.log(JSON.stringify(await start(process.argv.slice(2))))
process.exit(0)
