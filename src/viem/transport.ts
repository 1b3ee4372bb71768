/**
 * A viem transport over a state manager. Errors reach viem in the form of a node's errors over
 * HTTP, so that viem throws its own error classes: a revert is a `ContractFunctionRevertedError`.
 */

import type { EIP1193RequestFn, Transport } from 'viem'
import { createTransport, RpcRequestError } from 'viem'
import type { ProviderRpcError } from '../provider/errors.ts'
import type { ProviderOptions } from '../provider/provider.ts'
import { eip1193Provider } from '../provider/provider.ts'
import type { StateManager } from '../state/state-manager.ts'

/** Options of the transport: those of the provider, and its names. */
export interface ForkStateTransportOptions extends ProviderOptions {
  /** Default `forkState`. */
  readonly key?: string
  /** Default `forkstate`. */
  readonly name?: string
}

/** The URL that viem shows in its error messages. */
const URL_IN_MESSAGES = 'forkstate://local'

/**
 * A transport for `createPublicClient` and, with mode `anvil`, `hardhat` or `ganache`,
 * `createTestClient`. The transport does not retry, since the fork does.
 *
 * @throws InvalidInputError if an option is invalid.
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
