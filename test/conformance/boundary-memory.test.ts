/**
 * Statements 35 and 36: what happens when memory runs out, and that it does not grow needlessly.
 */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Hex } from 'viem'
import { describe, expect, test } from 'vitest'

import { coreWasmBase64 } from '../../src/ffi/core-wasm.gen.ts'
import { type Engine, ForkStateError, StateManager } from '../../src/index.ts'
import { loadWasm } from '../../src/wasm.ts'
import { engineCases } from '../support/engines.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { withMemoryLimit } from './limited-wasm.ts'
import { memoryLoads } from './memory-loads.ts'

const WARM_UP_ROUNDS = 3
const ROUNDS = 30
/** A leak of a load's memory would be several times this over all rounds; less is noise. */
const MAX_NATIVE_GROWTH_BYTES = 24 * 1024 * 1024
const MAX_FILL_ROUNDS = 200_000

describe('memory of the WebAssembly build', () => {
  for (const { name, run } of memoryLoads) {
    test(`statement 36: ${name} in a loop does not grow memory`, async () => {
      const engine = await loadWasm()
      for (let round = 0; round < WARM_UP_ROUNDS; round++) await run(engine)
      engine.renew()
      const { length } = engine.bytes
      for (let round = 0; round < ROUNDS; round++) await run(engine)
      engine.renew()
      expect(engine.bytes.length).toBe(length)
    })
  }
})

const native = engineCases[1]

describe.skipIf(native?.engine === undefined)(
  `memory of the native build${native?.absence === undefined ? '' : ` (${native.absence})`}`,
  () => {
    for (const { name } of memoryLoads) {
      test(`statement 36: ${name} in a loop does not grow memory`, async () => {
        const { warm, end } = await measureNative(name)
        expect(end - warm).toBeLessThan(MAX_NATIVE_GROWTH_BYTES)
      })
    }
  },
)

/** Resident bytes of a process after its warm-up, and after many more rounds. */
async function measureNative(name: string): Promise<{ warm: number; end: number }> {
  const script = fileURLToPath(new URL('native-memory.ts', import.meta.url))
  const flags = ['--expose-gc', '--max-semi-space-size=2', '--import', 'tsx']
  const child = spawn(process.execPath, [...flags, script, name], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(code, Buffer.concat(errors).toString()).toBe(0)
  return JSON.parse(Buffer.concat(chunks).toString())
}

/** A unique code of 4 KiB. */
function bigCode(salt: number): Hex {
  return `0x${salt.toString(16).padStart(8, '0').repeat(1_024)}`
}

describe('a core without memory', () => {
  const address = freshAddress()
  const untouched = freshAddress()

  const fillers: Readonly<Record<string, (state: StateManager, round: number) => void>> = {
    slots: (state, round) => state.setStorage(address, word(round), 1n),
    accounts: (state, round) => state.setNonce(word(round + 1).slice(0, 42) as Hex, 1n),
    'changes of one slot': (state, round) => state.setStorage(address, word(0), BigInt(round)),
    code: (state, round) => state.setCode(address, bigCode(round)),
    checkpoints: (state) => state.checkpoint(),
    snapshots: (state) => void state.snapshot(),
  }

  for (const [what, fill] of Object.entries(fillers)) {
    test(`statement 35: running out of memory with ${what} leaves the state unchanged`, async () => {
      const engine = await loadWasm({ module: withMemoryLimit(coreWasmBase64, { pages: 20 }) })
      const state = new StateManager({ ffi: engine })
      state.setBalance(untouched, 7n)
      state.checkpoint()

      const { before, after } = await fillUp(engine, state, fill)
      expect(after).toEqual(before)
      await expectStillWorking(state, untouched)

      const failed = attempt(() => fill(state, 10_000_000))
      expect(failed === undefined || failed === 'OUT_OF_MEMORY').toBe(true)
      state.clearCaches()
      state.setStorage(address, word(1), 5n)
      expect(await state.getStorage(address, word(1))).toBe(word(5))
      state.destroy()
    })
  }

  test('statement 35: running out of memory with branches leaves all of them usable', async () => {
    const engine = await loadWasm({ module: withMemoryLimit(coreWasmBase64, { pages: 20 }) })
    const branches = [new StateManager({ ffi: engine })]
    const failure = untilFailure((round) => {
      const tip = branches.at(-1) as StateManager
      tip.setBalance(address, BigInt(round + 1))
      branches.push(tip.branch())
    })
    expect(failure).toBe('OUT_OF_MEMORY')
    for (const [index, branch] of branches.slice(0, 50).entries()) {
      expect(await branch.getBalance(address)).toBe(BigInt(index + 1))
    }
    for (const branch of branches) branch.destroy()
    const state = new StateManager({ ffi: engine })
    state.setBalance(address, 1n)
    expect(await state.getBalance(address)).toBe(1n)
  })

  test('statement 35: a read whose answer does not fit fails, and later reads work', async () => {
    const chain = new FakeChain()
    chain.mine({ [address]: { code: bigCode(1), storage: { [word(1)]: 7n } } })
    const engine = await loadWasm({ module: withMemoryLimit(coreWasmBase64, { pages: 20 }) })
    const fork = new StateManager({ ffi: engine, rpcClient: new FakeRpcClient(chain) })
    const hog = new StateManager({ ffi: engine })
    hog.checkpoint()
    await fork.pinned()
    untilFailure((round) => hog.setCode(address, bigCode(round)))
    untilFailure((round) => hog.setStorage(address, word(round), 1n))

    const outcomes = await Promise.allSettled([
      fork.getCode(address),
      fork.getStorage(address, word(1)),
    ])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('OUT_OF_MEMORY')
    }
    hog.destroy()
    expect(await fork.getCode(address)).toBe(bigCode(1))
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    fork.destroy()
  })
})

/** The code of the error that `action` throws; undefined if it throws none. */
function attempt(action: () => void): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof ForkStateError) return error.code
    throw error
  }
}

function untilFailure(action: (round: number) => void): string {
  for (let round = 0; round < MAX_FILL_ROUNDS; round++) {
    const failure = attempt(() => action(round))
    if (failure !== undefined) return failure
  }
  return 'memory never ended'
}

/** Fills until memory runs out; returns sizes and values before and after the failing call. */
async function fillUp(
  engine: Engine,
  state: StateManager,
  fill: (state: StateManager, round: number) => void,
): Promise<{ before: object; after: object }> {
  let before = {}
  const failure = untilFailure((round) => {
    before = sizesOf(state)
    fill(state, round)
  })
  expect(failure).toBe('OUT_OF_MEMORY')
  engine.renew()
  return { before, after: sizesOf(state) }
}

/** All sizes except those that reads change. */
function sizesOf(state: StateManager): object {
  const { overlayAccounts, overlaySlots, journalBytes, codeEntries, snapshots } = state.metrics()
  const depth = state.checkpointDepth
  return { overlayAccounts, overlaySlots, journalBytes, codeEntries, snapshots, depth }
}

async function expectStillWorking(state: StateManager, untouched: Hex): Promise<void> {
  expect(await state.getBalance(untouched)).toBe(7n)
  while (state.checkpointDepth > 1) state.revert()
  state.revert()
  expect(await state.getBalance(untouched)).toBe(7n)
  expect(state.checkpointDepth).toBe(0)
}
