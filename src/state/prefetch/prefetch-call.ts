/**
 * Reading ahead what a call will touch: as the node tells, or as earlier calls of the same function
 * have taught.
 *
 * An EVM reads one thing after the other, and each miss is a round trip. Here one round finds out
 * what is needed, and one or two more fetch it. What is learned is tried in waves: first the
 * receiver with what any call of the selector touched, then what only the values of those tell.
 *
 * Invariants: only keys are guessed, so a wrong guess costs a fetch and never a value. A node that
 * cannot tell is an entry in the result and no failure.
 */

import type { Hex } from '../../encoding/hex.ts'
import { toBytes, toHex } from '../../encoding/hex.ts'
import { InvalidInputError } from '../../errors.ts'
import type { Fork } from '../../fork/fork.ts'
import type { CallPattern, CallShape, RuleContext } from '../../fork/prefetch/call-pattern.ts'
import { textOfKey } from '../../fork/prefetch/call-pattern.ts'
import { TouchLog } from '../../fork/prefetch/touch-log.ts'
import { RpcError } from '../../rpc/errors.ts'
import type { CallRequest } from '../../rpc/rpc-client.ts'
import type { PrefetchContext, PrefetchEntry } from './prefetch.ts'
import { noteFetched, prefetchEntries } from './prefetch.ts'

/** Who can say what a call touches. */
export type PrefetchSource = 'access-list' | 'trace' | 'learned'

/** Rounds of fetches by what was learned. */
export const MAX_PREFETCH_WAVES = 4
/** Words of the data that are looked at. */
const MAX_ARGUMENTS = 16
const SELECTOR_CHARS = 10
const WORD_CHARS = 64

const SOURCES: readonly PrefetchSource[] = ['access-list', 'trace', 'learned']

/** How to find out what a call touches. */
export interface PrefetchCallOptions {
  /**
   * Tried in this order until one can tell: `eth_createAccessList`, `debug_traceCall`, what earlier
   * calls touched. Default: all three, in the order of the type.
   */
  readonly sources?: readonly PrefetchSource[] | undefined
}

/** What `prefetchCall` did. */
export interface PrefetchedCall {
  /** Who told; `none`: only the receiver and the sender were read ahead. */
  readonly source: PrefetchSource | 'none'
  /** Accounts and slots that were unknown before. */
  readonly fetchedKeys: number
  /** Why sources before that one could not tell. */
  readonly refusals: readonly RpcError[]
}

/** Where nothing is forked there is nothing to read ahead. */
export const NO_PREFETCH: PrefetchedCall = { source: 'none', fetchedKeys: 0, refusals: [] }

/** A call that was read ahead, and is now watched. */
export interface WatchedCall {
  readonly result: PrefetchedCall
  /** Notes what the call reads. */
  readonly log: TouchLog
  /** Takes in what was noted. */
  finish(): void
}

/** What it works with. */
export interface PrefetchCallContext extends PrefetchContext {
  readonly fork: Fork
}

/**
 * @throws as a read does; InvalidInputError for an unknown source, InvalidHexError for the data.
 */
export async function prefetchForCall(
  call: CallRequest,
  { sources = SOURCES }: PrefetchCallOptions,
  context: PrefetchCallContext,
): Promise<WatchedCall> {
  toBytes(call.data ?? '0x', 'data of the call')
  const unknown = sources.find((name) => !SOURCES.includes(name))
  if (unknown !== undefined) throw new InvalidInputError(`there is no source ${String(unknown)}`)
  const ends = [call.to, call.from].flatMap((address): readonly PrefetchEntry[] => {
    return address === undefined ? [] : [{ address }]
  })
  const refusals: RpcError[] = []
  const fetched = new Set<string>()
  const fetch = async (list: readonly PrefetchEntry[]): Promise<void> => {
    for (const key of await prefetchEntries(list, context)) fetched.add(key)
  }
  const told = await askSources(call, sources, { fork: context.fork, refusals })
  let source: PrefetchedCall['source'] = told?.source ?? 'none'
  if (told !== undefined) await fetch([...ends, ...told.entries])
  else if (sources.includes('learned')) {
    const isLearned = await fetchInWaves(call, { ...context, ends, fetch })
    if (isLearned) source = 'learned'
  } else await fetch(ends)
  noteFetched(fetched, context.fork)
  context.fork.learned.addPredicted(fetched.size)
  const log = new TouchLog()
  const finish = once(() => finishCall(call, log, fetched, context))
  return { result: { source, fetchedKeys: fetched.size, refusals }, log, finish }
}

interface Told {
  readonly source: PrefetchSource
  readonly entries: readonly PrefetchEntry[]
}

async function askSources(
  call: CallRequest,
  sources: readonly PrefetchSource[],
  { fork, refusals }: { readonly fork: Fork; readonly refusals: RpcError[] },
): Promise<Told | undefined> {
  for (const source of sources) {
    if (source === 'learned') return undefined
    try {
      const entries = await fork.hint(source, call)
      if (entries !== undefined) return { source, entries }
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      refusals.push(error)
    }
  }
  return undefined
}

interface WaveContext extends PrefetchCallContext {
  readonly ends: readonly PrefetchEntry[]
  fetch(list: readonly PrefetchEntry[]): Promise<void>
}

/** @returns Whether anything was learned of such calls. */
async function fetchInWaves(call: CallRequest, context: WaveContext): Promise<boolean> {
  const { fork, core, ends, fetch } = context
  const { to } = call
  if (to === undefined) {
    await fetch(ends)
    return false
  }
  const rules = ruleContext(call, to, context)
  const asked = new Set<string>()
  const selector = selectorOf(call)
  let pattern: CallPattern | undefined = fork.learned.guess(selector)
  await fetch([...ends, ...nextWave(pattern, rules, asked)])
  const codeHash = core.reads.codeHash(to, 'peek')
  pattern = codeHash && fork.learned.find({ codeHash: toHex(codeHash), selector })
  for (let wave = 1; wave < MAX_PREFETCH_WAVES; wave++) {
    const entries = nextWave(pattern, rules, asked)
    if (entries.length === 0) break
    await fetch(entries)
  }
  return pattern !== undefined
}

/** What the pattern tells by now and was not asked for yet, one entry an account. */
function nextWave(
  pattern: CallPattern | undefined,
  rules: RuleContext,
  asked: Set<string>,
): readonly PrefetchEntry[] {
  const entries = new Map<Hex, Hex[]>()
  for (const key of pattern?.predict(rules) ?? []) {
    if (asked.has(textOfKey(key))) continue
    asked.add(textOfKey(key))
    const slots = entries.get(key.address) ?? []
    entries.set(key.address, slots)
    if (key.slot !== undefined) slots.push(key.slot)
  }
  return [...entries].map(([address, slots]) => ({ address, slots }))
}

function finishCall(
  call: CallRequest,
  log: TouchLog,
  fetched: ReadonlySet<string>,
  context: PrefetchCallContext,
): void {
  const { fork, core } = context
  const touched = log.close()
  fork.learned.addHits(touched.filter((key) => fetched.has(textOfKey(key))).length)
  const { to } = call
  if (to === undefined || touched.length === 0) return
  const codeHash = core.reads.codeHash(to, 'peek')
  if (codeHash === undefined) return
  const name = { codeHash: toHex(codeHash), selector: selectorOf(call) }
  fork.learned.open(name).learn(touched, ruleContext(call, to, context))
}

function ruleContext(call: CallRequest, to: Hex, { core, fork }: PrefetchCallContext): RuleContext {
  return {
    call: shapeOf(call, to),
    peekStorage: (address, slot) => core.reads.storage(address, slot, 'peek'),
    peekCode: (address) => {
      const codeHash = core.reads.codeHash(address, 'peek')
      return codeHash && core.reads.codeByHash(address, codeHash, 'peek')
    },
    keccak256: (data) => fork.keccak256(data),
  }
}

function shapeOf({ from, data = '0x' }: CallRequest, to: Hex): CallShape {
  const digits = data.slice(SELECTOR_CHARS).toLowerCase()
  const count = Math.min(MAX_ARGUMENTS, Math.floor(digits.length / WORD_CHARS))
  const words = Array.from({ length: count }, (_, at): Hex => {
    return `0x${digits.slice(at * WORD_CHARS, (at + 1) * WORD_CHARS)}`
  })
  return { receiver: lowerCase(to), sender: from && lowerCase(from), words }
}

function selectorOf({ data = '0x' }: CallRequest): Hex {
  return data.length < SELECTOR_CHARS ? '0x' : lowerCase(data.slice(0, SELECTOR_CHARS) as Hex)
}

function lowerCase(text: Hex): Hex {
  return text.toLowerCase() as Hex
}

function once(action: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) action()
    isDone = true
  }
}
