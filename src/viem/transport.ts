/**
 * A transport of viem over a state manager. Errors reach viem as those of a node over HTTP do, so
 * that its own error classes come out: a revert is a `ContractFunctionRevertedError`.
 */

import type { EIP1193RequestFn, Transport } from 'viem'
import { createTransport, RpcRequestError } from 'viem'
import type { ProviderRpcError } from '../provider/errors.ts'
import type { ProviderOptions } from '../provider/provider.ts'
import { eip1193Provider } from '../provider/provider.ts'
import type { StateManager } from '../state/state-manager.ts'

/** How the transport answers, and what it is called. */
export interface ForkStateTransportOptions extends ProviderOptions {
  /** Default `forkState`. */
  readonly key?: string
  /** Default `forkstate`. */
  readonly name?: string
}

/** What viem names the other side in its messages. */
const URL_IN_MESSAGES = 'forkstate://local'

/**
 * A transport for `createPublicClient` and, with mode `anvil`, `hardhat` or `ganache`,
 * `createTestClient`. Requests are not repeated: the fork retries by itself.
 *
 * @throws InvalidInputError if an option is not what it should be.
 * @example
 * const client = createPublicClient({ transport: forkStateTransport(state) })
 * const supply = await client.readContract({ address, abi, functionName: 'totalSupply' })
 */
export function forkStateTransport(
  state: StateManager,
  { key = 'forkState', name = 'forkstate', ...options }: ForkStateTransportOptions = {},
): Transport<'forkState'> {
  const provider = eip1193Provider(state, options)
  const request = async ({ method, params }: { method: string; params?: unknown }) => {
    try {
      return await provider.request({ method, params })
    } catch (error) {
      throw viemError(error as ProviderRpcError, { method, params })
    }
  }
  const typed = request as EIP1193RequestFn
  return () => createTransport({ key, name, request: typed, retryCount: 0, type: 'forkState' })
}

function viemError(
  { code, message, data }: ProviderRpcError,
  body: Record<string, unknown>,
): RpcRequestError {
  return new RpcRequestError({ body, error: { code, message, data }, url: URL_IN_MESSAGES })
}
