/**
 * JSON-RPC 2.0 framing: encodes requests, and matches the items of an answer to calls by id.
 *
 * Invariant: a call only ever gets the item with its own id. If its item is missing, has another
 * id, or occurs twice with different content, that call fails; no other call gets the item.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { RpcCall, RpcFailure, RpcOutcome } from '../transport.ts'
import { failAll } from '../transport.ts'
import { classifyBatchError, classifyError, retryAfterOfErrorData } from '../vendors.ts'
import type { Endpoint } from './endpoint.ts'

/** A call with its id on the wire. */
export interface NumberedCall {
  readonly id: number
  readonly call: RpcCall
}

/** An HTTP answer; for other connections the status is 200. */
export interface HttpAnswer {
  readonly status: number
  readonly body: string
  readonly retryAfterMs: number | undefined
}

type Redact = Endpoint['redact']

const MISSING: RpcFailure = {
  origin: 'missing',
  kind: 'retryable',
  message: 'the answer has no item for this call',
}

/** Encodes one call as an object, several as an array. */
export function encodeBody(calls: readonly NumberedCall[]): string {
  const items = calls.map(({ id, call }) => `{"jsonrpc":"2.0","id":${id},${call.json}}`)
  return items.length === 1 ? (items[0] as string) : `[${items.join(',')}]`
}

/** Decodes an answer to one outcome per call, in the order of `sent`. */
export function decodeBody(
  answer: HttpAnswer,
  sent: readonly NumberedCall[],
  redact: Redact,
): readonly RpcOutcome[] {
  return decodeMessage(parseJson(answer.body), answer, sent, redact)
}

/** Like {@link decodeBody}, for a parsed body; undefined stands for a body that is not JSON. */
export function decodeMessage(
  message: unknown,
  answer: HttpAnswer,
  sent: readonly NumberedCall[],
  redact: Redact,
): readonly RpcOutcome[] {
  const isSuccess = isSuccessStatus(answer.status)
  if (sent.length > 1 && Array.isArray(message)) return decodeBatch(message, sent, answer, redact)
  if (sent.length === 1 && isResponse(message) && (isSuccess || hasError(message))) {
    return [decodeSingle(message, sent[0] as NumberedCall, answer, redact)]
  }
  const calls = sent.map(({ call }) => call)
  if (isResponse(message) && hasError(message)) {
    return failAll(calls, refusalOf(message.error, { answer, redact, isWholeBatch: true }))
  }
  if (!isSuccess) return failAll(calls, httpFailure(answer, sent.length, redact))
  return failAll(calls, {
    origin: 'malformed',
    kind: 'retryable',
    message: message === undefined ? 'the answer is not JSON' : 'the answer is not JSON-RPC',
    details: redact(answer.body.slice(0, 200)),
  })
}

function decodeSingle(
  message: Response,
  sent: NumberedCall,
  answer: HttpAnswer,
  redact: Redact,
): RpcOutcome {
  // A server that cannot read the request answers with an error and no id.
  const isAnonymousError = hasError(message) && (message.id ?? null) === null
  if (message.id !== sent.id && !isAnonymousError) return { failure: MISSING }
  return decodeItem(message, sent.call, { answer, redact, place: 'body' })
}

function decodeBatch(
  items: readonly unknown[],
  sent: readonly NumberedCall[],
  answer: HttpAnswer,
  redact: Redact,
): readonly RpcOutcome[] {
  const byId = new Map<unknown, Response>()
  const ambiguous = new Set<unknown>()
  let missing = MISSING
  for (const item of items) {
    if (!isResponse(item)) continue
    const { id } = item
    const earlier = byId.get(id)
    if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(item)) ambiguous.add(id)
    byId.set(id, item)
    if ((id ?? null) === null && hasError(item)) {
      missing = refusalOf(item.error, { answer, redact, isWholeBatch: true })
    }
  }
  return sent.map(({ id, call }) => {
    const item = byId.get(id)
    if (item === undefined) return { failure: missing }
    if (ambiguous.has(id)) {
      const message = 'the answer has several items for this call'
      return { failure: { origin: 'malformed', kind: 'retryable', message } }
    }
    return decodeItem(item, call, { answer, redact, place: 'item' })
  })
}

function decodeItem(
  item: Response,
  { params }: RpcCall,
  context: Pick<RefusalContext, 'answer' | 'redact' | 'place'>,
): RpcOutcome {
  if (hasError(item)) return { failure: refusalOf(item.error, { ...context, params }) }
  if ('result' in item) return { result: item.result }
  const message = 'the answer has neither a result nor an error'
  return { failure: { origin: 'malformed', kind: 'retryable', message } }
}

interface RefusalContext {
  readonly answer: HttpAnswer
  readonly redact: Redact
  readonly params?: readonly unknown[]
  readonly isWholeBatch?: boolean
  readonly place?: NonNullable<RpcFailure['place']>
}

function refusalOf(error: unknown, context: RefusalContext): RpcFailure {
  const { answer, redact, params, isWholeBatch, place = 'body' } = context
  const fields = isObject(error) ? error : { message: error }
  const message = typeof fields['message'] === 'string' ? fields['message'] : 'no message'
  const code = typeof fields['code'] === 'number' ? fields['code'] : undefined
  const httpStatus = isSuccessStatus(answer.status) ? undefined : answer.status
  const refusal = { message, rpcCode: code, httpStatus, params }
  const retryAfterMs = answer.retryAfterMs ?? retryAfterOfErrorData(fields['data'])
  const data = revertDataOf(fields['data'])
  return {
    origin: 'answer',
    kind: isWholeBatch ? classifyBatchError(refusal) : classifyError(refusal),
    message: `the node refused: ${redact(message)}${code === undefined ? '' : ` (code ${code})`}`,
    ...(code === undefined ? {} : { rpcCode: code }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    place,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(data === undefined ? {} : { data }),
  }
}

/** What a reverted call returned, from the `data` of an error; undefined if it is not hex. */
export function revertDataOf(data: unknown): Hex | undefined {
  const inner = isObject(data) ? data['data'] : data
  const isHex = typeof inner === 'string' && /^0x([0-9a-f]{2})*$/i.test(inner)
  return isHex ? (inner.toLowerCase() as Hex) : undefined
}

function httpFailure(answer: HttpAnswer, callCount: number, redact: Redact): RpcFailure {
  const refusal = { message: answer.body.slice(0, 1_000), httpStatus: answer.status }
  const details = redact(answer.body.slice(0, 200)).trim()
  return {
    origin: 'answer',
    kind: callCount > 1 ? classifyBatchError(refusal) : classifyError(refusal),
    message: `HTTP status ${answer.status}`,
    httpStatus: answer.status,
    ...(details === '' ? {} : { details }),
    ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
  }
}

interface Response {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

function isSuccessStatus(status: number): boolean {
  return status >= 200 && status < 300
}

function hasError(message: Response): boolean {
  return message.error !== undefined && message.error !== null
}

function isResponse(value: unknown): value is Response {
  return isObject(value) && !Array.isArray(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Parses JSON; undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
