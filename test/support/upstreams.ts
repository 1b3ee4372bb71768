/**
 * Chains to fork in tests: the fake one, which is always available, and a real anvil. Each is
 * behind the counting proxy, and accounts are written to a new block in the same way.
 *
 * If anvil does not start, its groups are shown as skipped, with the reason.
 */

import { type Hex, numberToHex } from 'viem'
import { afterAll, afterEach, beforeEach, describe } from 'vitest'

import {
  type Engine,
  RpcClientAdapter,
  type RpcClientOptions,
  StateManager,
  type StateManagerOptions,
} from '../../src/index.ts'
import { describeEngines } from './engines.ts'
import { type AccountSeeds, FakeChain } from './fake-chain.ts'
import { startFakeServer } from './fake-upstream.ts'
import type { JsonRpcCall } from './json-rpc.ts'
import { type RpcNode, startAnvil } from './nodes.ts'
import { type RpcProxy, startProxy } from './proxy.ts'

/** A chain that can be written to, behind a proxy. */
export interface Upstream {
  readonly name: 'fake' | 'anvil'
  readonly proxy: RpcProxy
  /** Writes `seeds` over the head in a new block, and returns its number. */
  mine(seeds?: AccountSeeds): Promise<bigint>
  stop(): Promise<void>
}

/** The parts that a fork test works with. */
export interface ForkContext {
  readonly engine: Engine
  readonly upstream: Upstream
  readonly proxy: RpcProxy
  /** JSON-RPC calls that read state since the last fork, pin or reset. */
  stateCalls(): number
  /** A client for the upstream that retries without waiting, or not at all if so requested. */
  client(options?: RpcClientOptions): RpcClientAdapter
  /** A pinned fork; counts start at zero after it. Destroyed after the test. */
  fork(options?: ForkOptions): Promise<StateManager>
}

export interface ForkOptions extends StateManagerOptions {
  /** Options of the client that is created if `rpcClient` is absent. */
  readonly client?: RpcClientOptions
}

/** The methods that pin a block; all others read state. */
const PIN_METHODS = new Set(['eth_chainId', 'eth_getBlockByNumber', 'eth_getBlockByHash'])

/** Runs `body` over both builds and both upstreams. */
export function describeForks(title: string, body: (context: ForkContext) => void): void {
  describeEngines(title, (engine) => {
    for (const { upstream, name, absence } of upstreamCases) {
      const group = upstream === undefined ? describe.skip : describe
      const reason = absence === undefined ? '' : `: ${absence}`
      group(`over ${name}${reason}`, () => body(contextOf(engine, upstream as Upstream)))
    }
  })
}

function contextOf(engine: Engine, upstream: Upstream): ForkContext {
  const forks: StateManager[] = []
  beforeEach(() => {
    upstream.proxy.setFaults()
    upstream.proxy.reset()
  })
  afterEach(() => {
    for (const fork of forks.splice(0)) fork.destroy()
  })
  const client = (options?: RpcClientOptions): RpcClientAdapter =>
    new RpcClientAdapter(upstream.proxy.url, { backoffMs: 1, maxBackoffMs: 2, ...options })
  return {
    engine,
    upstream,
    get proxy() {
      return upstream.proxy
    },
    stateCalls() {
      return upstream.proxy.calls.filter(({ method }) => !PIN_METHODS.has(method)).length
    },
    client,
    async fork({ client: clientOptions, ...options } = {}) {
      const rpcClient = options.rpcClient ?? client(clientOptions)
      const fork = new StateManager({ ffi: engine, ...options, rpcClient })
      forks.push(fork)
      await fork.pinned()
      upstream.proxy.reset()
      return fork
    },
  }
}

interface UpstreamCase {
  readonly name: Upstream['name']
  readonly upstream: Upstream | undefined
  readonly absence: string | undefined
}

const upstreamCases: readonly UpstreamCase[] = [
  { name: 'fake', upstream: await startFakeUpstream(), absence: undefined },
  await findAnvil(),
]

afterAll(async () => {
  for (const { upstream } of upstreamCases) await upstream?.stop()
})

async function findAnvil(): Promise<UpstreamCase> {
  try {
    return { name: 'anvil', upstream: await startAnvilUpstream(), absence: undefined }
  } catch (error) {
    const [absence] = (error as Error).message.split('\n')
    return { name: 'anvil', upstream: undefined, absence }
  }
}

async function startFakeUpstream(): Promise<Upstream> {
  const chain = new FakeChain()
  const node = await startFakeServer(chain)
  const proxy = await startProxy(node.url)
  return {
    name: 'fake',
    proxy,
    mine: async (seeds) => chain.mine(seeds).number,
    async stop() {
      await proxy.stop()
      await node.stop()
    },
  }
}

async function startAnvilUpstream(): Promise<Upstream> {
  const node = await startAnvil()
  const proxy = await startProxy(node.url)
  return {
    name: 'anvil',
    proxy,
    mine: (seeds = {}) => mineOnAnvil(node, seeds),
    async stop() {
      await proxy.stop()
      await node.stop()
    },
  }
}

/**
 * Writes accounts with anvil's cheats, then mines a block with them. Cheats also change the state
 * that anvil keeps of the head, so an empty block is mined first. No block with seeds is changed.
 */
export async function mineOnAnvil(node: RpcNode, seeds: AccountSeeds): Promise<bigint> {
  const cheats: JsonRpcCall[] = []
  for (const [address, { balance, nonce, code, storage = {} }] of Object.entries(seeds)) {
    const cheat = (name: string, ...values: readonly unknown[]): void => {
      cheats.push({ method: `anvil_${name}`, params: [address, ...values] })
    }
    if (balance !== undefined) cheat('setBalance', numberToHex(balance))
    if (nonce !== undefined) cheat('setNonce', numberToHex(nonce))
    if (code !== undefined) cheat('setCode', code)
    for (const [slot, value] of Object.entries(storage) as [Hex, bigint][]) {
      cheat('setStorageAt', slot, numberToHex(value, { size: 32 }))
    }
  }
  await node.rpc('evm_mine')
  for (const { method, params = [] } of cheats) await node.rpc(method, params)
  await node.rpc('evm_mine')
  return BigInt(await node.rpc<Hex>('eth_blockNumber'))
}
