/**
 * Converts local writes to an anvil state, and an anvil state to a dump. An anvil state is what
 * `anvil_dumpState` returns and `anvil_loadState` takes: gzipped JSON as hex. Files of
 * `anvil --dump-state` are plain JSON.
 *
 * Anvil knows only whole accounts, so fields that were not written are read for the export. Slots
 * that were not written, and accounts without writes, are not exported: the state is meant to be
 * loaded over a fork of the same block, or over an empty chain. Blocks and transactions are neither
 * exported nor imported.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { toBytes, toHex, WORD_BYTES } from '../../encoding/hex.ts'
import { LimitExceededError } from '../../ffi/status.ts'
import type { AccountDiff } from './diff.ts'
import type { AccountDump, StateDump } from './dump-format.ts'
import { DUMP_VERSION, parseDump, requireAddress, requireRecord } from './dump-format.ts'

/** Options for reading an anvil state. */
export interface AnvilStateOptions {
  /**
   * Maximum length of the JSON in bytes; it is held in memory as one string. Default 500,000,000.
   */
  readonly maxBytes?: number
}

const DEFAULT_MAX_BYTES = 500_000_000

/** A state that can be exported, such as a `StateManager`. */
export interface ExportableState {
  branch(): ExportableState
  destroy(): void
  dump(): StateDump
  diff(): Promise<readonly AccountDiff[]>
  getAccount(
    address: Hex,
  ): Promise<{ readonly balance: bigint; readonly nonce: bigint } | undefined>
  getCode(address: Hex): Promise<Hex>
}

/** Anvil refuses a state that lacks one of these fields. */
const WITHOUT_BLOCKS =
  '"best_block_number":null,"blocks":[],"transactions":[],"historical_states":null'
const GZIP_MAGIC = [0x1f, 0x8b] as const
/** JSON numbers too large for a double; only nonces can be. */
const LONG_NONCE = /("nonce"\s*:\s*)(\d{16,20})(?=\s*[,}])/g
const DECIMAL = /^\d{1,20}$/
const SHORT_WORD = /^0x([0-9a-f]{1,64})$/i

/**
 * Converts the local writes of a manager to the parameter of `anvil_loadState`. A deleted account
 * becomes an empty one.
 *
 * @throws InvalidInputError if the storage of an existing account was cleared while it has storage
 *   on the chain: an anvil state cannot express that.
 * @throws as a `get`, since fields that were not written are fetched.
 * @example
 * await anvil.request({ method: 'anvil_loadState', params: [await toAnvilState(state)] })
 */
export async function toAnvilState(state: ExportableState): Promise<Hex> {
  const branch = state.branch()
  try {
    const accounts = Object.entries(branch.dump().accounts) as [Hex, AccountDump][]
    await refuseCleared(branch, accounts)
    // All in one turn: if another block is pinned meanwhile, at least one read is cancelled.
    const records = await Promise.all(accounts.map((account) => recordOf(branch, account)))
    return toHex(await gzip(textOf(records)))
  } finally {
    branch.destroy()
  }
}

async function refuseCleared(
  state: ExportableState,
  accounts: readonly (readonly [Hex, AccountDump])[],
): Promise<void> {
  if (!accounts.some(([, account]) => account.storageCleared)) return
  const diffs = await state.diff()
  const cleared = diffs.find((diff) => diff.storageCleared && diff.presence?.after !== 'absent')
  if (cleared === undefined) return
  throw new InvalidInputError('an anvil state cannot express that storage was cleared', {
    address: cleared.address,
    hint: 'use toStateOverride(state.dump())',
  })
}

/** One account as JSON with its key. */
async function recordOf(
  state: ExportableState,
  [address, { storage = {} }]: readonly [Hex, AccountDump],
): Promise<string> {
  const [account, code] = await Promise.all([state.getAccount(address), state.getCode(address)])
  const { nonce = 0n, balance = 0n } = account ?? {}
  const rest = JSON.stringify({ balance: `0x${balance.toString(16)}`, code, storage })
  // Not by JSON.stringify: the nonce is a JSON number of up to 64 bits.
  return `"${address}":{"nonce":${nonce},${rest.slice(1)}`
}

function* textOf(records: readonly string[]): Generator<string, void> {
  yield '{"block":null,"accounts":{'
  for (const [index, record] of records.entries()) yield index === 0 ? record : `,${record}`
  yield `},${WITHOUT_BLOCKS}}`
}

/**
 * Converts an anvil state to a dump for `StateManager.load`, which adds it to the present state as
 * anvil does.
 *
 * @param state The result of `anvil_dumpState`, or the bytes of a state file.
 * @throws InvalidInputError or InvalidHexError if it is malformed.
 * @throws LimitExceededError if it is longer than `maxBytes` or contains a code that is too long.
 */
export async function fromAnvilState(
  state: Hex | Uint8Array,
  options: AnvilStateOptions = {},
): Promise<StateDump> {
  const { maxBytes = DEFAULT_MAX_BYTES } = options
  const json = await parseJson(toBytes(state, 'state'), maxBytes)
  const { accounts } = requireRecord(json, undefined, 'a state')
  const entries = Object.entries(requireRecord(accounts, undefined, '`accounts`'))
  const dumped = entries.map(([key, record]) => [key, accountOf(requireAddress(key), record)])
  const dump = { version: DUMP_VERSION, accounts: Object.fromEntries(dumped) } as StateDump
  parseDump(dump)
  return dump
}

/** The values are checked later, as those of a dump. */
function accountOf(address: Hex, record: unknown): AccountDump {
  const fields = requireRecord(record, undefined, 'an account', { address })
  const { nonce, balance, code, storage } = fields
  const slots = Object.entries(requireRecord(storage ?? {}, undefined, '`storage`', { address }))
  return {
    presence: 'exists',
    balance: balance as Hex,
    nonce: nonceOf(nonce) as Hex,
    code: code as Hex,
    storage: Object.fromEntries(slots.map(([slot, value]) => [padded(slot), padded(value)])),
  }
}

function nonceOf(nonce: unknown): unknown {
  if (typeof nonce === 'number' && Number.isSafeInteger(nonce) && nonce >= 0) {
    return `0x${nonce.toString(16)}`
  }
  return typeof nonce === 'string' && DECIMAL.test(nonce)
    ? `0x${BigInt(nonce).toString(16)}`
    : nonce
}

/** Older versions of anvil omit leading zeros. */
function padded(word: unknown): unknown {
  const digits = typeof word === 'string' ? SHORT_WORD.exec(word)?.[1] : undefined
  return digits === undefined ? word : `0x${digits.padStart(WORD_BYTES * 2, '0')}`
}

async function parseJson(bytes: Uint8Array, maxBytes: number): Promise<unknown> {
  try {
    const isGzip = GZIP_MAGIC.every((byte, index) => bytes[index] === byte)
    const text = await readText(isGzip ? gunzipped(bytes) : streamOf([bytes]), maxBytes)
    return JSON.parse(text.replace(LONG_NONCE, '$1"$2"'))
  } catch (cause) {
    if (cause instanceof LimitExceededError) throw cause
    throw new InvalidInputError('the state is neither JSON nor gzipped JSON', {
      cause,
      details: String(cause).slice(0, 200),
    })
  }
}

// Streams.

async function gzip(text: Iterable<string>): Promise<Uint8Array> {
  const encoder = new TextEncoder()
  const bytes = (function* () {
    for (const piece of text) yield encoder.encode(piece)
  })()
  const stream = streamOf(bytes).pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function gunzipped(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return streamOf([bytes]).pipeThrough(new DecompressionStream('gzip'))
}

function streamOf(pieces: Iterable<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = pieces[Symbol.iterator]()
  return new ReadableStream({
    pull(controller) {
      const next = iterator.next()
      if (next.done) controller.close()
      else controller.enqueue(next.value as Uint8Array<ArrayBuffer>)
    },
  })
}

async function readText(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = stream.getReader()
  const texts: string[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return texts.join('') + decoder.decode()
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      throw new LimitExceededError(`the state is longer than ${maxBytes} bytes of JSON`)
    }
    texts.push(decoder.decode(value, { stream: true }))
  }
}
