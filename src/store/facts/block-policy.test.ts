import { describe, expect, it } from 'vitest'
import { DEFAULT_MIN_DEPTH, keepSettledBlocks } from './block-policy.ts'
import type { FactBlock } from './facts.ts'

const at = (number: bigint): FactBlock => ({ chainId: 1n, number, hash: `0x${'ab'.repeat(32)}` })

describe('keeping settled blocks', () => {
  it.each([
    ['the finalized block', 100n, { finalized: 100n }, true],
    ['one below it', 99n, { finalized: 100n, head: 101n }, true],
    ['one above it', 101n, { finalized: 100n, head: 102n }, false],
    ['a block deep below the head', 100n, { head: 100n + DEFAULT_MIN_DEPTH }, true],
    ['one not deep enough', 101n, { head: 100n + DEFAULT_MIN_DEPTH }, false],
    ['a deep one on a chain that finalizes late', 100n, { head: 1_000n, finalized: 10n }, true],
    ['the head', 100n, { head: 100n }, false],
    ['a block of a chain of which nothing is known', 100n, {}, false],
  ])('%s', (_, number, chain, expected) => {
    expect(keepSettledBlocks(at(number), chain)).toBe(expected)
  })
})
