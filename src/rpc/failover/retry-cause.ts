/** Why a request is sent again, derived from the error that its caller would have got. */

import { isRpcError } from '../errors.ts'
import type { RetryCause } from '../metrics.ts'
import { causeOf } from '../metrics.ts'
import type { FailureOrigin } from '../transport.ts'
import { EndpointsError, isTransient, QuorumError } from './errors.ts'

/** Undefined for an error that is not transient: then the endpoint is replaced, not retried. */
export function retryCauseOf(error: unknown): RetryCause | undefined {
  if (error instanceof EndpointsError || error instanceof QuorumError) {
    const passing = error.answers.find(({ answer }) => isTransient(answer))
    return passing && retryCauseOf(passing.answer)
  }
  if (!isRpcError(error) || !isTransient(error)) return undefined
  const { kind, code, httpStatus, rpcCode } = error
  const refused = rpcCode !== undefined || httpStatus !== undefined
  const origins: Partial<Record<string, FailureOrigin>> = {
    RPC_TIMEOUT: 'timeout',
    RPC_RESPONSE: 'malformed',
  }
  const origin = origins[code] ?? (refused ? 'answer' : 'network')
  return causeOf({ origin, kind, ...(httpStatus === undefined ? {} : { httpStatus }) })
}
