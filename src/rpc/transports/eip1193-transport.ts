/**
 * Sends calls over a user's EIP-1193 provider. Such providers have no batches, so each call is its
 * own request. Calls of one turn start together, so a provider that batches by turn can combine
 * them. A provider has no way to cancel: an aborted request runs on and its answer is dropped.
 */

import type { Hex } from '../../encoding/hex.ts'
import type {
  RpcCall,
  RpcFailure,
  RpcOutcome,
  RpcTransport,
  TransportLimits,
} from '../transport.ts'
import { classifyError, retryAfterOfErrorData } from '../vendors.ts'
import { redactText } from './endpoint.ts'
import { revertDataOf } from './json-rpc.ts'

/** An EIP-1193 provider, as implemented by wallets, viem, ethers and development nodes. */
export interface Eip1193Provider {
  request(args: { readonly method: string; readonly params?: unknown }): Promise<unknown>
}

/** Maximum depth to which the causes of a provider's error are read. */
const MAX_CAUSES = 4

export class Eip1193Transport implements RpcTransport {
  readonly endpoint = 'the EIP-1193 provider'
  readonly httpRequests = 0
  /** The provider decides how many requests run at once. */
  readonly limits: TransportLimits = {
    maxBatchCalls: 1,
    maxBatchBytes: Number.POSITIVE_INFINITY,
    maxConcurrentSends: Number.POSITIVE_INFINITY,
  }
  readonly #provider: Eip1193Provider

  constructor(provider: Eip1193Provider) {
    this.#provider = provider
  }

  send(calls: readonly RpcCall[]): Promise<readonly RpcOutcome[]> {
    return Promise.all(calls.map((call) => this.#request(call)))
  }

  async #request(call: RpcCall): Promise<RpcOutcome> {
    const { method, params } = call
    try {
      return { result: await this.#provider.request({ method, params }) }
    } catch (error) {
      return { failure: failureOf(error, call) }
    }
  }
}

/**
 * Libraries wrap the node's error in their own, so the first code and status along the causes
 * count.
 */
function failureOf(error: unknown, call: RpcCall): RpcFailure {
  const messages: string[] = []
  let rpcCode: number | undefined
  let httpStatus: number | undefined
  let retryAfterMs: number | undefined
  let data: Hex | undefined
  let at: unknown = error
  for (let depth = 0; depth < MAX_CAUSES && isObject(at); depth++) {
    if (typeof at['message'] === 'string') messages.push(at['message'])
    rpcCode ??= numberOf(at['code'])
    httpStatus ??= numberOf(at['status'])
    retryAfterMs ??= retryAfterOfErrorData(at['data'])
    data ??= revertDataOf(at['data'])
    at = at['cause']
  }
  const message = messages.length === 0 ? String(error) : messages.join(': ')
  const code = rpcCode === undefined ? '' : ` (code ${rpcCode})`
  const details = redactText(message)
  return {
    origin: 'answer',
    kind: classifyError({ message, rpcCode, httpStatus, params: call.params }),
    message: `the provider refused: ${redactText(messages[0] ?? message)}${code}`,
    ...(messages.length > 1 ? { details } : {}),
    ...(rpcCode === undefined ? {} : { rpcCode }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(data === undefined ? {} : { data }),
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
