/** A call of one JSON-RPC method, from its name and parameters to the decoded answer. */

import type { RpcCallOptions } from '../rpc-client.ts'
import type { CallPlace } from '../transport.ts'
import type { CallContext } from './validate.ts'

export interface MethodCall<Result> {
  readonly method: string
  readonly params: readonly unknown[]
  readonly place: CallPlace
  readonly options: RpcCallOptions | undefined
  /** @throws RpcResponseError if the answer is not what the method returns. */
  readonly decode: (answer: unknown, context: CallContext) => Result
}

/** @throws RpcError, RpcTimeoutError or RpcResponseError; AbortedError. */
export type SendCall = <Result>(call: MethodCall<Result>) => Promise<Result>
