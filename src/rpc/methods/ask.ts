/** One question to a node, from the method on the wire to the answer decoded. */

import type { RpcCallOptions } from '../rpc-client.ts'
import type { CallPlace } from '../transport.ts'
import type { Asked } from './validate.ts'

export interface Question<Result> {
  readonly method: string
  readonly params: readonly unknown[]
  readonly place: CallPlace
  readonly options: RpcCallOptions | undefined
  /** @throws RpcResponseError if the answer is not what the method returns. */
  readonly decode: (answer: unknown, asked: Asked) => Result
}

/** @throws RpcError, RpcTimeoutError or RpcResponseError; AbortedError. */
export type Ask = <Result>(question: Question<Result>) => Promise<Result>
