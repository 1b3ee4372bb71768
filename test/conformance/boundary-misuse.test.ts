/**
 * Statement 34: every function of the C ABI, called with each argument wrong in turn, gives an
 * error status and has no effect. Over both builds; functions and parameters come from `abi.zig`.
 */

import { beforeAll, describe, expect, test } from 'vitest'

import {
  FORK_REQUEST_ACCOUNT,
  FORK_STATS_BASE_HITS,
  FORK_STATS_BASE_MISSES,
  MANAGER_STATS_OVERLAY_HITS,
  STATE_MANAGER_MAX_CODE_BYTES,
  STATE_MANAGER_NULL_HANDLE,
  STATUS_NAMES,
  type Status,
} from '../../src/ffi/abi.gen.ts'
import type { Engine } from '../../src/index.ts'
import { describeEngines, engineCases } from '../support/engines.ts'
import { type RawFunction, rawFunctions } from './abi-declarations.ts'
import {
  callRaw,
  decodeRequest,
  hostUint32,
  hostUint64s,
  mustRaw,
  type RawArguments,
  type RawValue,
  UNTOUCHED,
} from './raw-core.ts'

const SEED = 0x1234_5678_9abc_def0n
const ADDRESS = new Uint8Array(20).fill(0x11)
const OTHER_ADDRESS = new Uint8Array(20).fill(0x22)
const SLOT = new Uint8Array(32).fill(0x33)
const VALUE = new Uint8Array(32).fill(0x44)
const CODE = Uint8Array.of(0x60, 0x01)
const MANAGER_READ_COUNTERS = [MANAGER_STATS_OVERLAY_HITS]
const FORK_READ_COUNTERS = [FORK_STATS_BASE_HITS, FORK_STATS_BASE_MISSES]

/** A manager with something in all of its parts, over a fork with an open request. */
interface World {
  readonly manager: number
  readonly fork: number
  readonly generation: number
  readonly request: number
  readonly snapshot: Uint8Array
  /** A stale handle of each type, whose slot is in use again. */
  readonly destroyed: { readonly manager: number; readonly fork: number }
}

function createFork(engine: Engine): number {
  const config = hostUint64s(SEED, 100n, 100_000n, 0n)
  return hostUint32(mustRaw(engine, 'fork_backend_create', { config }))
}

function createManager(engine: Engine, fork: number): number {
  const args = { config: hostUint64s(SEED), fork }
  return hostUint32(mustRaw(engine, 'state_manager_create_with_fork', args))
}

function createWorld(engine: Engine): World {
  const destroyedFork = createFork(engine)
  const destroyedManager = createManager(engine, destroyedFork)
  mustRaw(engine, 'state_manager_destroy', { manager: destroyedManager })
  mustRaw(engine, 'fork_backend_destroy', { fork: destroyedFork })

  const fork = createFork(engine)
  const manager = createManager(engine, fork)
  mustRaw(engine, 'fork_backend_set_state_root', { fork, generation: 1, root: VALUE })
  mustRaw(engine, 'state_manager_set_balance', { manager, address: ADDRESS, balance: VALUE })
  mustRaw(engine, 'state_manager_set_code', {
    ...{ manager, address: ADDRESS, code: CODE, code_bytes: CODE.length },
  })
  mustRaw(engine, 'state_manager_checkpoint', { manager })
  const snapshot = mustRaw(engine, 'state_manager_snapshot', { manager })
  mustRaw(engine, 'state_manager_set_storage', {
    ...{ manager, address: ADDRESS, slot: SLOT, value: VALUE },
  })
  callRaw(engine, 'state_manager_get_storage_sync', { manager, address: OTHER_ADDRESS, slot: SLOT })
  const taken = decodeRequest(mustRaw(engine, 'fork_backend_next_request', { fork }))
  callRaw(engine, 'state_manager_get_balance_sync', { manager, address: OTHER_ADDRESS })
  return {
    manager,
    fork,
    generation: taken.generation,
    request: taken.id,
    snapshot,
    destroyed: { manager: destroyedManager, fork: destroyedFork },
  }
}

/** Everything observable in a world without changing it. */
function observe(engine: Engine, { manager, fork }: World): object {
  const peek = (name: string, args: RawArguments): object =>
    callRaw(engine, name, { manager, out_request: null, ...args })
  const sizes = [
    statsWithout(mustRaw(engine, 'state_manager_stats', { manager }), MANAGER_READ_COUNTERS),
    statsWithout(mustRaw(engine, 'fork_backend_stats', { fork }), FORK_READ_COUNTERS),
  ]
  const values = [ADDRESS, OTHER_ADDRESS].map((address) => [
    peek('state_manager_get_account_sync', { address }),
    peek('state_manager_get_storage_sync', { address, slot: SLOT }),
    peek('state_manager_get_code_sync', { address, buffer_bytes: 100 }),
  ])
  return { sizes, values }
}

/** Statistics without the counters of reads, which observing changes. */
function statsWithout(stats: Uint8Array, counters: readonly number[]): readonly bigint[] {
  for (const offset of counters) stats.fill(0, offset, offset + 8)
  return [...new BigUint64Array(stats.buffer)]
}

/** Valid arguments of `declared`, without outputs. */
function validArguments(declared: RawFunction, world: World): Record<string, RawValue> {
  const samples: Readonly<Record<string, RawValue>> = {
    manager: world.manager,
    fork: world.fork,
    generation: world.generation,
    request: world.request,
    id: world.snapshot,
    cursor: new Uint8Array(8),
    config: hostUint64s(SEED, 100n, 100_000n, 0n),
    address: ADDRESS,
    slot: SLOT,
    value: VALUE,
    balance: VALUE,
    nonce: new Uint8Array(8),
    code_hash: VALUE,
    account: new Uint8Array(256),
    code: CODE,
    code_bytes: CODE.length,
    buffer_bytes: 100,
    data: CODE,
    data_bytes: CODE.length,
    root: VALUE,
    storage_root: VALUE,
    hash: VALUE,
    proof: CODE,
    proof_bytes: CODE.length,
    trie_node: CODE,
    trie_node_bytes: CODE.length,
    path: VALUE,
    path_nibbles: 1,
    key_bytes: 20,
    first: new Uint8Array(8),
    tries: 1,
    offset: 0,
    ...{ keeps_slots: 1, kind: FORK_REQUEST_ACCOUNT },
  }
  const args: Record<string, RawValue> = {}
  for (const { name, kind } of declared.params) {
    if (kind.startsWith('out')) continue
    const sample = samples[name]
    if (sample === undefined) throw new Error(`no sample for ${declared.name}(${name})`)
    args[name] = sample
  }
  return args
}

interface Misuse {
  readonly what: string
  readonly wrong: Readonly<Record<string, RawValue>>
  readonly status: RegExp
}

const INVALID_INPUT = /_INVALID_INPUT$/
const INVALID_HANDLE = /_INVALID_HANDLE$/
/** The native build also knows where its memory ends, and checks that first. */
const BAD_LENGTH = /_LIMIT_EXCEEDED$|_INVALID_INPUT$/

/** All ways in which one argument of `declared` can be wrong. */
function misusesOf(declared: RawFunction, world: World): Misuse[] {
  return declared.params.flatMap((param): Misuse[] => {
    const { name, kind } = param
    switch (kind) {
      case 'manager':
      case 'fork': {
        const otherKind = kind === 'manager' ? world.fork : world.manager
        const wrong = {
          null: STATE_MANAGER_NULL_HANDLE,
          'never given': 0x7ff0_0fff,
          'all ones': 0xffff_ffff,
          'small number': 1,
          destroyed: world.destroyed[kind],
          'of the other type': otherKind,
        }
        return Object.entries(wrong).map(([what, handle]) => ({
          what: `${name}: handle ${what}`,
          wrong: { [name]: handle },
          status: INVALID_HANDLE,
        }))
      }
      case 'in_buffer': {
        const length = `${name}_bytes`
        const tooLong = STATE_MANAGER_MAX_CODE_BYTES + 1
        const isCode = name === 'code'
        return [
          { what: `${name}: null`, wrong: { [name]: null }, status: INVALID_INPUT },
          ...(isCode
            ? [
                { what: 'code too long', wrong: { [length]: tooLong }, status: BAD_LENGTH },
                { what: 'code of 4 GiB', wrong: { [length]: 0xffff_ffff }, status: BAD_LENGTH },
              ]
            : []),
        ]
      }
      case 'number':
        return name === 'generation' || name === 'request'
          ? [0, 0xffff_ffff].map((number) => ({
              what: `${name}: ${number}`,
              wrong: { [name]: number },
              status: /STALE_REQUEST/,
            }))
          : []
      case 'out_optional':
        return []
      default:
        return [{ what: `${name}: null`, wrong: { [name]: null }, status: INVALID_INPUT }]
    }
  })
}

describeEngines('misuse of the C ABI', (engine) => {
  let world: World

  beforeAll(() => {
    world = createWorld(engine)
  })

  test.for(rawFunctions)(
    'statement 34: $name refuses each wrong argument, with no effect',
    (declared) => {
      const before = observe(engine, world)
      for (const { what, wrong, status } of misusesOf(declared, world)) {
        const args = { ...validArguments(declared, world), ...wrong }
        const { statusName, outputs } = callRaw(engine, declared.name, args)
        expect(statusName, what).toMatch(status)
        for (const [name, bytes] of Object.entries(outputs)) {
          const untouched = bytes.every((byte) => byte === UNTOUCHED)
          expect(untouched, `${what}: ${name} is not written`).toBe(true)
        }
        expect(observe(engine, world), what).toEqual(before)
      }
    },
  )

  test('statement 34: a null out_request opens no request', () => {
    const { manager, fork } = world
    const requests = (): readonly bigint[] =>
      statsWithout(mustRaw(engine, 'fork_backend_stats', { fork }), FORK_READ_COUNTERS)
    const before = requests()
    const address = new Uint8Array(20).fill(0x77)
    const reads = rawFunctions.filter(({ name }) => name.endsWith('_sync'))
    expect(reads.length).toBeGreaterThanOrEqual(8)
    for (const declared of reads) {
      const args = { ...validArguments(declared, world), manager, address, out_request: null }
      expect(callRaw(engine, declared.name, args).statusName).toMatch(/RPC_PENDING/)
    }
    expect(requests()).toEqual(before)
  })

  test('statement 34: a short buffer gives the needed length and nothing else', () => {
    const { manager } = world
    for (const bufferBytes of [0, 1]) {
      const { statusName, outputs } = callRaw(engine, 'state_manager_get_code_sync', {
        ...{ manager, address: ADDRESS, buffer_bytes: bufferBytes },
      })
      expect(statusName).toMatch(/BUFFER_TOO_SMALL/)
      expect(hostUint32(outputs['out_length'])).toBe(CODE.length)
      expect(outputs['buffer']?.every((byte) => byte === UNTOUCHED)).toBe(true)
    }
    const asked = callRaw(engine, 'state_manager_get_code_sync', {
      ...{ manager, address: ADDRESS, buffer: null, buffer_bytes: 0 },
    })
    expect(asked.statusName).toMatch(/BUFFER_TOO_SMALL/)
    expect(hostUint32(asked.outputs['out_length'])).toBe(CODE.length)
  })

  test('statement 34: code above the limit is refused, with no effect', () => {
    const before = observe(engine, world)
    const code = new Uint8Array(STATE_MANAGER_MAX_CODE_BYTES + 1)
    const { manager, fork, generation, request } = world
    const args = { manager, fork, generation, request, address: ADDRESS, code }
    for (const declared of rawFunctions) {
      if (!declared.params.some(({ name }) => name === 'code_bytes')) continue
      const result = callRaw(engine, declared.name, { ...args, code_bytes: code.length })
      expect(result.statusName, declared.name).toMatch(/LIMIT_EXCEEDED/)
    }
    expect(observe(engine, world)).toEqual(before)
  })

  test('statement 34: an answer to another kind of request is stale', () => {
    const { fork, generation, request } = world
    const before = observe(engine, world)
    for (const [name, args] of [
      ['fork_backend_provide_account', { account: new Uint8Array(256) }],
      ['fork_backend_provide_code', { code: CODE, code_bytes: CODE.length }],
    ] as const) {
      const result = callRaw(engine, name, { fork, generation, request, ...args })
      expect(result.statusName).toMatch(/STALE_REQUEST/)
    }
    expect(observe(engine, world)).toEqual(before)
  })
})

describeEngines('handles', (engine) => {
  const destroyers = {
    manager: (manager: number) => callRaw(engine, 'state_manager_destroy', { manager }),
    fork: (fork: number) => callRaw(engine, 'fork_backend_destroy', { fork }),
  }
  const creators = {
    manager: () => {
      const config = hostUint64s(SEED)
      return hostUint32(mustRaw(engine, 'state_manager_create', { config }))
    },
    fork: () => createFork(engine),
  }

  describe.each(['manager', 'fork'] as const)('of a %s', (kind) => {
    test('statement 34: destroying twice is an error, also if the slot of the handle is in use again', () => {
      const first = creators[kind]()
      expect(destroyers[kind](first).statusName).toBe('STATE_MANAGER_SUCCESS')
      expect(destroyers[kind](first).statusName).toMatch(INVALID_HANDLE)
      const second = creators[kind]()
      expect(second).not.toBe(first)
      expect(destroyers[kind](first).statusName).toMatch(INVALID_HANDLE)
      expect(destroyers[kind](second).statusName).toBe('STATE_MANAGER_SUCCESS')
    })

    test('statement 34: a handle is never reused', () => {
      const seen = new Set<number>()
      for (let round = 0; round < 10_000; round++) {
        const handle = creators[kind]()
        expect(seen.has(handle)).toBe(false)
        seen.add(handle)
        destroyers[kind](handle)
      }
      for (const handle of seen) {
        expect(destroyers[kind](handle).statusName).toMatch(INVALID_HANDLE)
      }
    })
  })

  test('statement 34: a fork outlives its handle while a manager uses it', () => {
    const fork = createFork(engine)
    const manager = createManager(engine, fork)
    expect(destroyers.fork(fork).statusName).toBe('STATE_MANAGER_SUCCESS')
    const read = callRaw(engine, 'state_manager_get_balance_sync', { manager, address: ADDRESS })
    expect(read.statusName).toMatch(/RPC_PENDING/)
    const again = { config: hostUint64s(SEED), fork }
    const refused = callRaw(engine, 'state_manager_create_with_fork', again)
    expect(refused.statusName).toMatch(INVALID_HANDLE)
    expect(destroyers.manager(manager).statusName).toBe('STATE_MANAGER_SUCCESS')
  })

  test('fault: a null handle returns success', () => {
    for (const { name, params } of rawFunctions) {
      if (!params.some(({ kind }) => kind === 'manager' || kind === 'fork')) continue
      const nothing = Object.fromEntries(params.map((param) => [param.name, 0]))
      const { statusName } = callRaw(engine, name, nothing)
      expect(statusName, name).toMatch(/_INVALID_HANDLE$|_INVALID_INPUT$/)
    }
  })
})

const native = engineCases[1]?.engine

describe.skipIf(native === undefined)('misuse of the native addon', () => {
  /** Calls a function with any JavaScript values. */
  function call(name: string, ...args: readonly unknown[]): number {
    const functions = native?.functions as unknown as Record<string, (...args: unknown[]) => number>
    return functions[name]?.(...args) ?? Number.NaN
  }

  test('statement 34: pointers outside its memory are refused', () => {
    const end = native?.bytes.length ?? 0
    for (const pointer of [end, end - 31, end + 1, 0x7fff_ffff, 0xffff_ffff]) {
      const result = call('forkstate_keccak256', 64, 8, pointer)
      expect(STATUS_NAMES[result as Status], `pointer ${pointer}`).toMatch(INVALID_INPUT)
    }
    for (const length of [end, 0xffff_ffff]) {
      const result = call('forkstate_keccak256', 64, length, 64)
      expect(STATUS_NAMES[result as Status], `length ${length}`).toMatch(INVALID_INPUT)
    }
  })

  test('statement 34: missing, superfluous and non-numeric arguments are refused', () => {
    const things = [undefined, null, '1', {}, [], Symbol('x'), 5n, () => 1]
    for (const { name, params } of rawFunctions) {
      const zeros = params.map(() => 0)
      const calls = [
        ...things.map((thing) => [thing, ...zeros.slice(1)]),
        zeros.slice(1),
        [...zeros, 0],
      ]
      for (const args of calls) {
        expect(STATUS_NAMES[call(name, ...args) as Status], name).toMatch(INVALID_INPUT)
      }
    }
  })
})
