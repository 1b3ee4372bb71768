/** Errors of requests to several endpoints. */

import type { ErrorContext } from '../../diagnostics/errors.ts'
import type { RpcErrorFields } from '../errors.ts'
import { isRpcError, RpcError } from '../errors.ts'
import type { RpcErrorKind } from '../vendors.ts'

const MAX_SHOWN_CHARS = 160

/** What one endpoint answered: a summary of its answer, or an error. */
export interface EndpointAnswer {
  readonly endpoint: string
  readonly answer: string | Error
}

/** No endpoint answered; `answers` has the error of each. */
export class EndpointsError extends RpcError {
  readonly answers: readonly EndpointAnswer[]

  constructor(shortMessage: string, fields: RpcErrorFields, answers: readonly EndpointAnswer[]) {
    super(shortMessage, fields)
    this.answers = answers
  }
}

/** Too few endpoints agree; `answers` has the answer of each. No answer was used. */
export class QuorumError extends RpcError {
  override readonly code = 'RPC_QUORUM'
  readonly answers: readonly EndpointAnswer[]

  constructor(shortMessage: string, fields: RpcErrorFields, answers: readonly EndpointAnswer[]) {
    super(shortMessage, fields)
    this.answers = answers
  }
}

/**
 * The kind of the error if all endpoints refuse a request for different reasons: the first one in
 * this order, which starts with those that the caller can do something about.
 */
const KINDS: readonly RpcErrorKind[] = [
  'unsupported-block-ref',
  'unsupported-method',
  'missing-state',
  'unknown-block',
  'batch-too-large',
  'rate-limit',
  'retryable',
]

const HINTS: Partial<Record<RpcErrorKind, string>> = {
  'missing-state': 'add an archive node, or use a later block',
  'unknown-block': 'check the block; the nodes may lag behind or be on another chain',
  'rate-limit': 'add endpoints, or set requestsPerSecond or computeUnitsPerSecond',
  retryable: 'check that the nodes are up, or add endpoints',
}

export interface RequestOutcome extends Pick<ErrorContext, 'address' | 'slot' | 'block'> {
  readonly method: string
  readonly answers: readonly EndpointAnswer[]
}

/** The error for a request that no endpoint answered. */
export function noAnswerError({ method, answers, ...place }: RequestOutcome): Error {
  const errors = answers.flatMap(({ answer }) => (answer instanceof Error ? [answer] : []))
  const [only] = errors
  const isAgreed = answers.length === 1 || errors.every(isVerificationFailure)
  if (isAgreed && only !== undefined) return only
  const kind = combinedKind(errors)
  const hint = HINTS[kind]
  const fields: RpcErrorFields = {
    method,
    endpoint: answers.map(({ endpoint }) => endpoint).join(', '),
    kind,
    ...place,
    cause: only,
    details: describeAnswers(answers),
    ...(hint === undefined ? {} : { hint }),
  }
  return new EndpointsError(
    `${method}: none of ${answers.length} endpoints answered`,
    fields,
    answers,
  )
}

/**
 * Whether an answer came and failed verification. Checked by shape, since a layer above has the
 * classes.
 */
function isVerificationFailure(error: Error): boolean {
  const { code } = error as { readonly code?: unknown }
  return code === 'PROOF_INVALID' || code === 'HEADER_INVALID'
}

/** The error for a request whose answers are too few or too different. */
export function quorumError(
  { method, answers, ...place }: RequestOutcome,
  counts: { readonly required: number; readonly agreeing: number },
): QuorumError {
  const errors = answers.flatMap(({ answer }) => (answer instanceof Error ? [answer] : []))
  const fields: RpcErrorFields = {
    method,
    endpoint: answers.map(({ endpoint }) => endpoint).join(', '),
    kind: errors.some(isTransient) ? 'retryable' : 'fatal',
    ...place,
    details: describeAnswers(answers),
    hint: 'add trusted endpoints, or lower quorum',
  }
  const { required, agreeing } = counts
  const message = `${method}: ${agreeing} of ${required} required endpoints agree`
  return new QuorumError(message, fields, answers)
}

/** Whether another attempt may succeed. */
export function isTransient(error: unknown): boolean {
  return isRpcError(error) && (error.kind === 'retryable' || error.kind === 'rate-limit')
}

/** How long to wait before the next attempt, in ms, if all endpoints said so. */
export function retryAfterOf(error: unknown): number | undefined {
  const errors =
    error instanceof EndpointsError || error instanceof QuorumError
      ? error.answers.map(({ answer }) => answer)
      : [error]
  const waits = errors.map((one) => (isRpcError(one) ? one.retryAfterMs : undefined))
  return waits.includes(undefined) ? undefined : Math.min(...(waits as number[]))
}

/** Whether another attempt may succeed at some endpoint. */
export function hasTransientAnswer(error: unknown): boolean {
  if (error instanceof EndpointsError || error instanceof QuorumError) {
    return error.answers.some(({ answer }) => isTransient(answer))
  }
  return isTransient(error)
}

function combinedKind(errors: readonly Error[]): RpcErrorKind {
  const kinds = new Set(errors.map((error) => (isRpcError(error) ? error.kind : 'fatal')))
  return KINDS.find((kind) => kinds.has(kind)) ?? 'fatal'
}

function describeAnswers(answers: readonly EndpointAnswer[]): string {
  return answers.map(({ endpoint, answer }) => `${endpoint}: ${describeAnswer(answer)}`).join('; ')
}

function describeAnswer(answer: string | Error): string {
  const { shortMessage } = answer as { shortMessage?: string }
  const text = answer instanceof Error ? (shortMessage ?? answer.message) : answer
  return text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}...` : text
}
