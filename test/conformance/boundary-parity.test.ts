/** Statement 33: both builds give byte-identical results for every operation and every error. */

import type { Hex } from 'viem'
import { describe, expect, test } from 'vitest'

import { STATE_MANAGER_MAX_CODE_BYTES } from '../../src/ffi/abi.gen.ts'
import { type Engine, ForkStateError, StateManager } from '../../src/index.ts'
import { engineCases } from '../support/engines.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { word } from '../support/sample-keys.ts'
import { rawFunctions } from './abi-declarations.ts'
import { traceCalls } from './raw-call-list.ts'

const [wasm, native] = engineCases
const CALLS = 20_000
const SEEDS = [1, 2, 3]
const CONTEXT_LINES = 12

/** The first difference, with the calls before it. */
function firstDifference(left: readonly string[], right: readonly string[]): string | undefined {
  const index = left.findIndex((line, at) => line !== right[at])
  if (index < 0) return undefined
  const before = left.slice(Math.max(0, index - CONTEXT_LINES), index)
  return [...before, `wasm:   ${left[index]}`, `native: ${right[index]}`].join('\n')
}

describe.skipIf(native?.engine === undefined)(
  `WebAssembly against native${native?.absence === undefined ? '' : ` (${native.absence})`}`,
  () => {
    const engines = [wasm?.engine, native?.engine] as readonly Engine[]
    const statuses = new Set<string>()
    const called = new Set<string>()

    test.for(SEEDS)('statement 33: the same raw calls give the same bytes (seed %i)', (seed) => {
      const [left = [], right = []] = engines.map((engine) => traceCalls(engine, seed, CALLS))
      expect(firstDifference(left, right)).toBeUndefined()
      for (const line of left) {
        called.add(/ (\w+)\(/.exec(line)?.[1] ?? '')
        statuses.add(/-> (\w+)/.exec(line)?.[1] ?? '')
      }
    })

    test('statement 33: the same mistakes give the same errors', async () => {
      const [left, right] = await Promise.all(engines.map(errorsOf))
      expect(left).toEqual(right)
      expect(new Set(left).size).toBeGreaterThan(8)
    })

    test('statement 33: the calls above reach every function and nearly every status', () => {
      expect([...called].sort()).toEqual(rawFunctions.map(({ name }) => name).sort())
      expect(statuses.size).toBeGreaterThanOrEqual(13)
    })
  },
)

/** Class, code and message of the error for each mistake. */
async function errorsOf(engine: Engine): Promise<string[]> {
  const chain = new FakeChain()
  const address = `0x${'ab'.repeat(20)}` as const
  const client = new FakeRpcClient(chain)
  const state = new StateManager({ ffi: engine })
  const fork = new StateManager({ ffi: engine, rpcClient: client })
  const gone = new StateManager({ ffi: engine })
  await fork.pinned()
  gone.destroy()
  client.before = () => {
    throw new Error('no route to host')
  }
  const mistakes: readonly (() => unknown)[] = [
    () => state.commit(),
    () => state.revert(),
    () => state.revertToSnapshot(7n),
    () => state.revertToSnapshot(-1n),
    () => state.setBalance(address, -1n),
    () => state.setBalance(address, 2n ** 256n),
    () => state.setNonce(address, 2n ** 64n),
    () => state.setStorage(address, '0x1' as Hex, 1n),
    () => state.setStorage(address, word(1), '0x' as Hex),
    () => state.setCode(address, '0x123' as Hex),
    () => state.setCode(address, `0x${'00'.repeat(STATE_MANAGER_MAX_CODE_BYTES + 1)}`),
    () => state.getBalance('vitalik.eth' as Hex),
    () => state.peekCode(new Uint8Array(19)),
    () => gone.setBalance(address, 1n),
    () => gone.getBalance(address),
    () => gone.checkpoint(),
    () => gone.branch(),
    () => fork.getBalance(address),
    () => fork.getStorage(address, word(1)),
    () => fork.getCode(address),
    () => state.pinned(),
    () => fork.repin(10_000n),
    () => new StateManager({ ffi: engine, rpcClient: client, maxCacheSize: 0 }),
    () => new StateManager({ ffi: engine, rpcClient: client, maxCacheSize: 1.5 }),
  ]
  const errors: string[] = []
  for (const mistake of mistakes) {
    try {
      await mistake()
      errors.push(`nothing: ${mistake}`)
    } catch (error) {
      if (!(error instanceof ForkStateError)) throw error
      errors.push(`${error.name} ${error.code} ${error.message}`)
    }
  }
  state.destroy()
  fork.destroy()
  return errors
}
