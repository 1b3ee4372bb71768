/** One chain seen twice: a fork of it through the transport, and the node itself over HTTP. */

import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  type Hex,
  http,
  type PublicClient,
  parseAbi,
} from 'viem'
import { expect } from 'vitest'

import { runScenario, type Scenario } from '../../demo/scenario.ts'
import { StateManager } from '../../src/index.ts'
import { type ForkStateTransportOptions, forkStateTransport } from '../../src/viem.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'

export const TOKEN_ABI = parseAbi([
  'function balanceOf(address owner) view returns (uint256)',
  'function totalSupply() view returns (uint256)',
  'function name() view returns (string)',
  'function transfer(address to, uint256 value) returns (bool)',
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
])

/** An account that the chain does not have. */
export const NOBODY: Hex = '0x00000000000000000000000000000000deadbeef'
/** Where code under test is put; no account of the chain. */
export const PLACE: Hex = '0x0000000000000000000000000000000000c0de00'

/** A node with a small economy, behind a proxy that counts. */
export interface World {
  readonly node: RpcNode
  readonly proxy: RpcProxy
  readonly scenario: Scenario
  readonly remote: PublicClient
  stop(): Promise<void>
}

export async function startWorld(): Promise<World> {
  const node = await startAnvil({ genesisTimestamp: 1_750_000_000 })
  const scenario = await runScenario(node, { transfers: 6, swaps: 6 })
  const proxy = await startProxy(node.url)
  const stop = async (): Promise<void> => {
    await proxy.stop()
    await node.stop()
  }
  return { node, proxy, scenario, remote: clientOf(node), stop }
}

/** The node itself. */
export function clientOf(node: RpcNode): PublicClient {
  return createPublicClient({ transport: http(node.url, { retryCount: 0 }) })
}

/** A fork behind the proxy, and clients over it. Dispose of `state`. */
export function forkWorld(
  { proxy, scenario }: World,
  { block = scenario.forkBlock, ...options }: ForkStateTransportOptions & { block?: bigint } = {},
) {
  const state = new StateManager({ rpcClient: proxy.url, forkBlockTag: block })
  const transport = forkStateTransport(state, options)
  return {
    state,
    local: createPublicClient({ transport }),
    anvil: createTestClient({ mode: 'anvil', transport }),
    [Symbol.dispose]: () => state.destroy(),
  }
}

/** Code that returns the word that one opcode pushes. */
export function codeOfOpcode(opcode: string): Hex {
  return `0x${opcode}5f5260205ff3`
}

/** The reason of a reverted call, as viem reports it. */
export async function revertOf(call: Promise<unknown>): Promise<ContractFunctionRevertedError> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(BaseError)
  const cause = (error as BaseError).walk((one) => one instanceof ContractFunctionRevertedError)
  expect(cause).toBeInstanceOf(ContractFunctionRevertedError)
  return cause as ContractFunctionRevertedError
}

/** One call as JSON-RPC, without viem's formatting. */
export function rawCall(
  client: { readonly request: unknown },
  call: Record<string, unknown>,
  method = 'eth_call',
): Promise<Hex> {
  const request = client.request as (args: object) => Promise<Hex>
  return request({ method, params: [call, 'latest'] })
}
