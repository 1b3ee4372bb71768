/**
 * A long seeded list of raw calls to one build of the core, and a trace of all its answers.
 *
 * Each call is chosen from the declarations: any function, mostly with arguments that make sense at
 * that point (live handles, open requests, live snapshots), sometimes with wrong ones. Two builds
 * that give the same answers get the same calls. Handles and snapshot ids are traced by their
 * order, because their numbers depend on what else is in the process.
 */

import { keccak256 } from 'viem'

import {
  ACCOUNT_FIELDS_BYTES,
  ACCOUNT_FIELDS_CODE_HASH,
  ACCOUNT_FIELDS_KNOWN,
  ACCOUNT_FIELDS_PRESENCE,
  FORK_REQUEST_ACCOUNT,
  FORK_REQUEST_ACCOUNT_PROOF,
  FORK_REQUEST_CODE,
  FORK_REQUEST_STORAGE,
  FORK_REQUEST_TRIE_NODE,
  MANAGER_STATS_OVERLAY_BYTES,
} from '../../src/ffi/abi.gen.ts'
import type { Engine } from '../../src/index.ts'
import { type PickBelow, seededBelow } from '../support/random.ts'
import { type RawFunction, type RawParam, rawFunctions } from './abi-declarations.ts'
import {
  BUFFER_BYTES,
  callRaw,
  decodeRequest,
  hostUint32,
  hostUint64s,
  type RawRequest,
  type RawResult,
  type RawValue,
} from './raw-core.ts'
import { ACCOUNT_NODE, nodeList, SLOT_NODE, STATE_ROOT, STORAGE_ROOT } from './raw-trie.ts'

const MAX_MANAGERS = 4
const MAX_FORKS = 2
const MAX_REMEMBERED = 40
const MAX_RECENT = 6
const WRONG_NUMBERS = [0, 1, 0xffff_ffff, 0x7ff0_0fff]
const ADDRESSES = [0x00, 0x11, 0x12, 0xff].map((byte) => new Uint8Array(20).fill(byte))
const WORDS = [0x00, 0x01, 0x80, 0xff].map((byte) => {
  const word = new Uint8Array(32)
  word[byte === 0x80 ? 0 : 31] = byte
  return byte === 0xff ? word.fill(0xff) : word
})
const CODES = [0, 1, 23, 700, BUFFER_BYTES].map((length) => new Uint8Array(length).fill(0x5b))
const CODE_HASHES = CODES.map((code) => keccak256(code, 'bytes'))
const ZERO_WORD = new Uint8Array(32)
/** The state root of most forks, so that proofs are valid. */
const STATE_ROOTS = [STATE_ROOT, STATE_ROOT, STATE_ROOT, STATE_ROOT, ZERO_WORD]
const STORAGE_ROOTS = [STORAGE_ROOT, STORAGE_ROOT, ZERO_WORD]
const NODES = [ACCOUNT_NODE, SLOT_NODE, ACCOUNT_NODE.subarray(1), new Uint8Array()]
const PROOFS = [
  nodeList(ACCOUNT_NODE),
  nodeList(SLOT_NODE),
  nodeList(),
  nodeList(ACCOUNT_NODE, SLOT_NODE),
  nodeList(ACCOUNT_NODE).subarray(0, 30),
]

/** The kind of request each function answers. */
const ANSWERS: ReadonlyMap<string, number> = new Map([
  ['fork_backend_provide_account', FORK_REQUEST_ACCOUNT],
  ['fork_backend_provide_storage', FORK_REQUEST_STORAGE],
  ['fork_backend_provide_code', FORK_REQUEST_CODE],
  ['fork_backend_provide_trie_nodes', FORK_REQUEST_ACCOUNT_PROOF],
  ['fork_backend_rebuild_sibling', FORK_REQUEST_TRIE_NODE],
])

/** Calls that create or end much; they are made less often than the others. */
const RARE = /_create|_destroy|_branch|clear_caches|fork_backend_clear|clear_fork_cache/

/** Reads, requests and answers are made more often, so that answers find open requests. */
const FAVOURED: readonly (readonly RawFunction[])[] = [
  rawFunctions,
  rawFunctions,
  rawFunctions.filter(({ name }) => name.endsWith('_sync')),
  rawFunctions.filter(({ name }) => /_provide_|_next_request|_check_|_set_state/.test(name)),
]

/** Results of earlier calls, to choose arguments from. */
interface Memory {
  readonly managers: number[]
  readonly forks: number[]
  readonly destroyed: number[]
  readonly snapshots: Uint8Array[]
  /** Where listings continue. */
  readonly cursors: Uint8Array[]
  readonly requests: RawRequest[]
  /** Labels of handles and ids, by their hex. */
  readonly labels: Map<string, string>
}

/** One line per call: name, arguments, status and all bytes written. */
export function traceCalls(engine: Engine, seed: number, calls: number): string[] {
  const random = seededBelow(seed)
  const memory: Memory = {
    managers: [],
    forks: [],
    destroyed: [],
    snapshots: [],
    cursors: [],
    requests: [],
    labels: new Map(),
  }
  const trace: string[] = []
  for (let index = 0; index < calls; index++) {
    const declared = chooseFunction(random, memory)
    const args = chooseArguments(random, memory, declared)
    const result = callRaw(engine, declared.name, args)
    if (declared.name === 'state_manager_stats') hideMemorySize(result.outputs['out_stats'])
    learn(memory, declared, args, result)
    trace.push(`${index} ${describeCall(memory, declared, args)} -> ${describe(memory, result)}`)
  }
  for (const manager of memory.managers) callRaw(engine, 'state_manager_destroy', { manager })
  for (const fork of memory.forks) callRaw(engine, 'fork_backend_destroy', { fork })
  return trace
}

/** Memory in use depends on the width of pointers; nothing else may differ. */
function hideMemorySize(stats: Uint8Array | undefined): void {
  stats?.fill(0, MANAGER_STATS_OVERLAY_BYTES, MANAGER_STATS_OVERLAY_BYTES + 8)
}

function pick<Item>(random: PickBelow, items: readonly Item[]): Item {
  return items[random(items.length)] as Item
}

function named(name: string): RawFunction {
  return rawFunctions.find((candidate) => candidate.name === name) as RawFunction
}

function chooseFunction(random: PickBelow, memory: Memory): RawFunction {
  if (memory.forks.length === 0) return named('fork_backend_create')
  if (memory.managers.length === 0) return named('state_manager_create_with_fork')
  const group = pick(random, FAVOURED)
  for (;;) {
    const declared = pick(random, group)
    if (!RARE.test(declared.name)) return declared
    const isFork = declared.name.startsWith('fork_backend')
    const room = isFork ? MAX_FORKS - memory.forks.length : MAX_MANAGERS - memory.managers.length
    if (random(12) === 0 && !(room <= 0 && /_create|_branch/.test(declared.name))) return declared
  }
}

function chooseArguments(
  random: PickBelow,
  memory: Memory,
  { name, params }: RawFunction,
): Record<string, RawValue> {
  const request = chooseRequest(random, memory, name)
  const args: Record<string, RawValue> = {}
  for (const param of params) {
    const value = random(60) === 0 ? null : choose(random, memory, param, request)
    if (value !== undefined) args[param.name] = value
  }
  const wanted = CODES.find(
    (_, index) => request?.kind === FORK_REQUEST_CODE && equal(CODE_HASHES[index], request.slot),
  )
  if (args['code'] && wanted !== undefined && random(4) > 0) args['code'] = wanted
  for (const buffer of ['code', 'data', 'trie_node', 'proof']) {
    const bytes = args[buffer]
    const length = `${buffer}_bytes`
    if (length in args) args[length] = bytes?.valueOf() === null ? 5 : lengthOf(bytes)
  }
  if (args['buffer'] === null && random(2) === 0) args['buffer_bytes'] = 0
  return args
}

/** A request that is probably open, mostly of the kind that `name` answers. */
function chooseRequest(random: PickBelow, memory: Memory, name: string): RawRequest | undefined {
  const kind = ANSWERS.get(name)
  const recent = memory.requests.slice(-MAX_RECENT)
  const fitting = recent.filter((request) => request.kind === kind)
  const choice = fitting.length > 0 && random(10) > 0 ? fitting : recent
  return choice.length > 0 ? pick(random, choice) : undefined
}

function equal(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left?.every((byte, index) => byte === right[index]) ?? false
}

function lengthOf(value: RawValue | undefined): number {
  return value instanceof Uint8Array ? value.length : 0
}

function choose(
  random: PickBelow,
  memory: Memory,
  param: RawParam,
  request: RawRequest | undefined,
): RawValue | undefined {
  const wrong = random(25) === 0
  switch (param.kind) {
    case 'manager':
    case 'fork': {
      const [own, other] =
        param.kind === 'manager' ? [memory.managers, memory.forks] : [memory.forks, memory.managers]
      if (!wrong) return pick(random, own)
      return pick(random, [...memory.destroyed, ...other, ...WRONG_NUMBERS])
    }
    case 'number':
      if (param.name === 'buffer_bytes') return pick(random, [0, 1, 30, 200, BUFFER_BYTES])
      if (param.name === 'path_nibbles') return pick(random, [0, 1, 2, 65])
      if (param.name === 'key_bytes') return pick(random, [20, 32, 21])
      if (param.name === 'tries') return pick(random, [0, 1, 40, 0xffff_ffff])
      if (param.name === 'offset') return pick(random, [0, 0, 4, 100_000])
      if (param.name === 'generation' && request === undefined) return 1
      if (wrong || request === undefined) return pick(random, WRONG_NUMBERS)
      return param.name === 'generation' ? request.generation : request.id
    case 'in':
      if (param.size === 20) return pick(random, ADDRESSES)
      if (param.name === 'code_hash') return pick(random, CODE_HASHES)
      if (param.name === 'cursor') return pick(random, [new Uint8Array(8), ...memory.cursors])
      if (param.name === 'root') return pick(random, STATE_ROOTS)
      if (param.name === 'storage_root') return pick(random, STORAGE_ROOTS)
      if (param.name === 'hash') return pick(random, [STATE_ROOT, STORAGE_ROOT, ...WORDS])
      if (param.name === 'first') return pick(random, WORDS).subarray(24)
      if (param.name !== 'id') return pick(random, WORDS)
      return wrong || memory.snapshots.length === 0
        ? pick(random, WORDS)
        : pick(random, memory.snapshots)
    case 'in_buffer':
      if (param.name === 'proof') return pick(random, PROOFS)
      return pick(random, param.name === 'trie_node' ? NODES : CODES)
    case 'in_struct':
      return chooseStruct(random, param.struct)
    case 'out_optional':
      return random(4) === 0 ? null : undefined
    case 'out':
    case 'out_buffer':
    case 'out_handle':
    case 'out_struct':
      return undefined
  }
}

function chooseStruct(random: PickBelow, struct: string): Uint8Array {
  if (struct === 'ManagerConfig') return hostUint64s(42n)
  if (struct === 'ForkConfig') {
    const entries = pick(random, [1n, 2n, 7n, 1_000n, 0n])
    const trieNodeBytes = pick(random, [0n, 1n, 300n])
    return hostUint64s(42n, entries, pick(random, [1n, 300n, 2_000n, 1_000_000n]), trieNodeBytes)
  }
  const record = new Uint8Array(ACCOUNT_FIELDS_BYTES)
  record.set(pick(random, WORDS))
  record.set(pick(random, WORDS).subarray(24), 32)
  const codeHash = random(3) === 0 ? pick(random, WORDS) : pick(random, CODE_HASHES)
  record.set(codeHash, ACCOUNT_FIELDS_CODE_HASH)
  record[ACCOUNT_FIELDS_KNOWN] = random(3) === 0 ? random(32) : 15
  record[ACCOUNT_FIELDS_PRESENCE] = random(6)
  return record
}

/** Adds the handles, snapshot ids and requests that a call returned; removes those it ended. */
function learn(
  memory: Memory,
  { name }: RawFunction,
  args: Record<string, RawValue>,
  { statusName, outputs }: RawResult,
): void {
  if (statusName !== 'STATE_MANAGER_SUCCESS') return
  const { out_manager: manager, out_fork: fork, out_id: id, out_request: taken } = outputs
  const { out_cursor: cursor } = outputs
  if (manager !== undefined) remember(memory, memory.managers, 'manager', manager)
  if (fork !== undefined) remember(memory, memory.forks, 'fork', fork)
  if (id !== undefined) {
    memory.labels.set(hex(id), `snapshot-${memory.labels.size}`)
    memory.snapshots.push(id)
    if (memory.snapshots.length > MAX_REMEMBERED) memory.snapshots.shift()
  }
  if (cursor !== undefined) {
    memory.cursors.push(cursor)
    if (memory.cursors.length > MAX_RECENT) memory.cursors.shift()
  }
  if (name === 'fork_backend_next_request') {
    memory.requests.push(decodeRequest(taken))
    if (memory.requests.length > MAX_REMEMBERED) memory.requests.shift()
  }
  if (name === 'state_manager_destroy') forget(memory, memory.managers, args['manager'])
  if (name === 'fork_backend_destroy') forget(memory, memory.forks, args['fork'])
}

function remember(memory: Memory, live: number[], kind: string, bytes: Uint8Array): void {
  memory.labels.set(hex(bytes), `${kind}-${memory.labels.size}`)
  live.push(hostUint32(bytes))
}

function forget(memory: Memory, live: number[], handle: RawValue | undefined): void {
  live.splice(live.indexOf(handle as number), 1)
  memory.destroyed.push(handle as number)
  if (memory.destroyed.length > MAX_REMEMBERED) memory.destroyed.shift()
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function describeCall(
  { labels }: Memory,
  { name, params }: RawFunction,
  args: Record<string, RawValue>,
): string {
  const texts = params.flatMap((param) => {
    const value = args[param.name]
    if (value === undefined) return []
    if (value instanceof Uint8Array) {
      return `${param.name}=${labels.get(hex(value)) ?? hex(value.subarray(0, 112))}`
    }
    const isHandle = param.kind === 'manager' || param.kind === 'fork'
    const label = isHandle ? labels.get(hex(hostBytes(value ?? 0))) : undefined
    return `${param.name}=${label ?? value}`
  })
  return `${name}(${texts.join(' ')})`
}

function hostBytes(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer)
}

function describe({ labels }: Memory, { statusName, outputs }: RawResult): string {
  const texts = Object.entries(outputs).map(([name, bytes]) => {
    return `${name}=${labels.get(hex(bytes)) ?? hex(bytes)}`
  })
  return `${statusName} ${texts.join(' ')}`
}
