/**
 * A recording: requests to a chain and their answers as facts, one per line. The order of lines
 * does not depend on the order of requests, so two recordings of one program differ only where the
 * chain differs.
 *
 * The file is JSON lines in UTF-8. The first line is
 * `{"forkstate":"recording","version":1,"chainId"}`. Each further line is `{"request":[kind,
 * place...],"answer"}`, with `"error"` in place of the answer if the node refused; integers are hex
 * quantities. If answers change with time, there is one line for each run of equal answers, with
 * the number of `times` it was given; the last one holds from then on.
 *
 * | request | answer |
 * |---|---|
 * | `account`, block, address | balance, nonce, codeHash, storageHash, proof |
 * | `slot`, block, address, slot | value, proof |
 * | `code`, block, address | hex |
 * | `fields`, block, address | balance, nonce, code and/or codeHash |
 * | `value`, block, address, slot | quantity |
 * | `block`, number, tag or hash | header or null |
 * | `transaction`, hash | the transaction as the node sent it, or null |
 * | `fullBlock`, hash | the block with its transactions, or null |
 * | `accessList` or `prestate`, block, call as JSON | list of address and storageKeys |
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { RpcErrorKind } from '../vendors.ts'

const VERSION = 1

/** What was requested: a kind of fact, and its place from the block down. */
export type RecordedRequest = readonly [kind: string, ...place: string[]]

/** A permanent refusal of the node. */
export interface RecordedError {
  readonly code: 'RPC_FAILED' | 'RPC_RESPONSE'
  readonly kind: RpcErrorKind
  readonly rpcCode?: number
}

export type RecordedOutcome = { readonly answer: unknown } | { readonly error: RecordedError }

interface Run {
  readonly outcome: RecordedOutcome
  /** The outcome as JSON, to compare it with another one. */
  readonly text: string
  times: number
}

export class Recording {
  chainId: bigint | undefined
  readonly #runs = new Map<string, Run[]>()

  /** Adds a fact. For a fact that never changes, the first answer is kept. */
  add(request: RecordedRequest, outcome: RecordedOutcome): void {
    const key = JSON.stringify(request)
    const text = JSON.stringify(outcome)
    const runs = this.#runs.get(key) ?? []
    this.#runs.set(key, runs)
    const last = runs.at(-1)
    if (last?.text === text) last.times++
    else if (last === undefined || isMoving(request)) runs.push({ outcome, text, times: 1 })
    else if ('error' in last.outcome) runs.splice(0, 1, { outcome, text, times: 1 })
  }

  /** The outcome recorded for the `nth` time of this request, from 0. */
  find(request: RecordedRequest, nth = 0): RecordedOutcome | undefined {
    const runs = this.#runs.get(JSON.stringify(request))
    let end = 0
    for (const run of runs ?? []) {
      end += run.times
      if (nth < end) return run.outcome
    }
    return runs?.at(-1)?.outcome
  }

  toText(): string {
    const { chainId } = this
    const header = {
      forkstate: 'recording',
      version: VERSION,
      chainId: chainId === undefined ? null : `0x${chainId.toString(16)}`,
    }
    const keys = [...this.#runs.keys()].sort()
    const lines = keys.flatMap((key) =>
      (this.#runs.get(key) as Run[]).map(({ text, times }, at, runs) => {
        const suffix = runs.length > 1 && at < runs.length - 1 ? `,"times":${times}` : ''
        return `{"request":${key},${text.slice(1, -1)}${suffix}}`
      }),
    )
    return `${[JSON.stringify(header), ...lines].join('\n')}\n`
  }

  /** @throws InvalidInputError naming the line, if the text is not a recording of this version. */
  static parse(text: string): Recording {
    const recording = new Recording()
    const lines = text.split('\n')
    lines.forEach((line, index) => {
      if (line.trim() === '') return
      const fields = parseLine(line, index + 1)
      if (index === 0) recording.chainId = parseHeader(fields)
      else recording.#addLine(fields, index + 1)
    })
    if (lines[0]?.trim() === '') throw malformed(1, 'the header is missing')
    return recording
  }

  #addLine(fields: Record<string, unknown>, line: number): void {
    const { request, answer, error, times = 1 } = fields
    const isRequest = Array.isArray(request) && request.every((part) => typeof part === 'string')
    const hasOutcome = 'answer' in fields !== 'error' in fields
    if (!isRequest || !hasOutcome || !Number.isSafeInteger(times) || Number(times) < 1) {
      throw malformed(line, 'it is not a fact')
    }
    const outcome: RecordedOutcome =
      'answer' in fields ? { answer } : { error: error as RecordedError }
    const key = JSON.stringify(request)
    const run = { outcome, text: JSON.stringify(outcome), times: Number(times) }
    this.#runs.set(key, [...(this.#runs.get(key) ?? []), run])
  }
}

/**
 * Whether the answer may change: for a block by number or tag, and for the place of a transaction.
 */
function isMoving([kind, name]: RecordedRequest): boolean {
  if (kind === 'transaction') return true
  return kind === 'block' && !(name ?? '').startsWith('0x')
}

function parseLine(line: string, number: number): Record<string, unknown> {
  try {
    const fields: unknown = JSON.parse(line)
    if (typeof fields === 'object' && fields !== null) return fields as Record<string, unknown>
  } catch (cause) {
    throw malformed(number, 'it is not JSON', cause)
  }
  throw malformed(number, 'it is not an object')
}

function parseHeader({ forkstate, version, chainId }: Record<string, unknown>): bigint | undefined {
  if (forkstate !== 'recording') throw malformed(1, 'it is not the header of a recording')
  if (version !== VERSION) {
    throw new InvalidInputError(`the recording has version ${String(version)}, not ${VERSION}`, {
      hint: 'record it again',
    })
  }
  if (chainId === null) return undefined
  if (typeof chainId === 'string' && /^0x[0-9a-f]{1,16}$/.test(chainId)) return BigInt(chainId)
  throw malformed(1, 'the chain id is malformed')
}

function malformed(line: number, problem: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`line ${line} of the recording cannot be read: ${problem}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'record it again',
  })
}
