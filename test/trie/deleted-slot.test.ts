/** A deletion that collapses a branch, among writes of zeros that change nothing. */

import { type Hex, keccak256, numberToHex } from 'viem'
import { expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { servePreState, writePreState } from '../state-tests/pre-state.ts'
import { describeEngines } from '../support/engines.ts'

const ADDRESS: Hex = `0x${'c0'.repeat(20)}`
const slotOf = (number: number): Hex => numberToHex(number, { size: 32 })
const DELETED = slotOf(1)
const KEPT = slotOf(2)
/** The first nibble of a slot's path. */
const firstNibble = (slot: Hex): string => keccak256(slot).charAt(2)
/** Slots that are zero and are written as zero; their proofs lack the leaf that stays. */
const UNCHANGED = Array.from({ length: 40 }, (_, index) => slotOf(100 + index)).filter(
  (slot) => firstNibble(slot) !== firstNibble(KEPT),
)

const env = {
  currentCoinbase: ADDRESS,
  currentDifficulty: '0x0',
  currentGasLimit: '0x0',
  currentNumber: '0x2',
  currentTimestamp: '0x1',
} as const
const account = { balance: '0x1', nonce: '0x0', code: '0x' } as const
const preOf = (storage: Record<Hex, Hex>) => ({ [ADDRESS]: { ...account, storage } })

describeEngines('a collapse', (engine) => {
  test('statement 31: the next block is asked for the deleted slot', async () => {
    const pre = preOf({ [DELETED]: '0x01', [KEPT]: '0x02' })
    const node = await servePreState({ name: '', pre, env, runs: [] })
    const askedOfNext: unknown[] = []
    const request = async ({ method, params = [] }: { method: string; params?: unknown }) => {
      const [, slots, block] = params as unknown[]
      if (method === 'eth_getProof' && block === '0x2') askedOfNext.push(slots)
      return node.answer(method, params as unknown[])
    }
    using state = new StateManager({ rpcClient: { request }, verify: true, ffi: engine })
    for (const slot of [...UNCHANGED, DELETED]) state.setStorage(ADDRESS, slot, 0n)
    const root = await state.getStateRoot()
    expect(askedOfNext).toEqual([[DELETED]])

    using local = new StateManager({ ffi: engine })
    writePreState(local, preOf({ [KEPT]: '0x02' }))
    expect(root).toBe(await local.getStateRoot())
  })
})
