/**
 * What was asked of a chain and answered, as facts: one a line, in an order that does not depend on
 * the order of asking, so that two recordings of one program differ only where the chain does.
 *
 * The file is JSON lines in UTF-8. The first is `{"forkstate":"recording","version":1,"chainId"}`.
 * Each further one is `{"ask":[what, where...],"answer"}`, or `"error"` in place of the answer;
 * integers are hex quantities. Where answers change with time there is a line for each run of equal
 * ones, with how many `times` it was given; the last one holds for ever.
 *
 * | ask | answer |
 * |---|---|
 * | `account`, block, address | balance, nonce, codeHash, storageHash, proof |
 * | `slot`, block, address, slot | value, proof |
 * | `code`, block, address | hex |
 * | `fields`, block, address | balance, nonce, code and/or codeHash |
 * | `value`, block, address, slot | quantity |
 * | `block`, number, tag or hash | header or null |
 * | `transaction`, hash | what the node says of it, or null |
 * | `fullBlock`, hash | the block with its transactions, or null |
 * | `accessList` or `prestate`, block, call as JSON | list of address and storageKeys |
 */

import { InvalidInputError } from '../../errors.ts'
import type { RpcErrorKind } from '../vendors.ts'

const VERSION = 1

/** What was asked: a kind of fact, and its place from the block down. */
export type RecordedRequest = readonly [kind: string, ...place: string[]]

/** A refusal that is a fact about the node. */
export interface RecordedError {
  readonly code: 'RPC_FAILED' | 'RPC_RESPONSE'
  readonly kind: RpcErrorKind
  readonly rpcCode?: number
}

export type RecordedOutcome = { readonly answer: unknown } | { readonly error: RecordedError }

interface Run {
  readonly outcome: RecordedOutcome
  /** The outcome as JSON, to see whether another one is the same. */
  readonly text: string
  times: number
}

export class Recording {
  chainId: bigint | undefined
  readonly #runs = new Map<string, Run[]>()

  /** Adds a fact; of one that never changes the first answer is kept. */
  add(ask: RecordedRequest, outcome: RecordedOutcome): void {
    const key = JSON.stringify(ask)
    const text = JSON.stringify(outcome)
    const runs = this.#runs.get(key) ?? []
    this.#runs.set(key, runs)
    const last = runs.at(-1)
    if (last?.text === text) last.times++
    else if (last === undefined || isMoving(ask)) runs.push({ outcome, text, times: 1 })
    else if ('error' in last.outcome) runs.splice(0, 1, { outcome, text, times: 1 })
  }

  /** The outcome that was recorded when this was asked for the `nth` time, from 0. */
  find(ask: RecordedRequest, nth = 0): RecordedOutcome | undefined {
    const runs = this.#runs.get(JSON.stringify(ask))
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
        return `{"ask":${key},${text.slice(1, -1)}${suffix}}`
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
    const { ask, answer, error, times = 1 } = fields
    const isAsk = Array.isArray(ask) && ask.every((part) => typeof part === 'string')
    const hasOutcome = 'answer' in fields !== 'error' in fields
    if (!isAsk || !hasOutcome || !Number.isSafeInteger(times) || Number(times) < 1) {
      throw malformed(line, 'it is not a fact')
    }
    const outcome: RecordedOutcome =
      'answer' in fields ? { answer } : { error: error as RecordedError }
    const key = JSON.stringify(ask)
    const run = { outcome, text: JSON.stringify(outcome), times: Number(times) }
    this.#runs.set(key, [...(this.#runs.get(key) ?? []), run])
  }
}

/** What a number or tag names may change, and so may where a transaction is; all else does not. */
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
