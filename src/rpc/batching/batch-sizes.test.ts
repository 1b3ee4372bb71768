import { describe, expect, it } from 'vitest'
import { BatchSizes } from './batch-sizes.ts'

const setUp = (maxBatchCalls = 100) => new BatchSizes({ maxBatchCalls, maxBatchBytes: 10_000 })
const passFull = (sizes: BatchSizes, times: number) => {
  for (let time = 0; time < times; time++) sizes.passed(sizes.maxCalls, 10)
}

describe('BatchSizes', () => {
  it('starts at the limits of the transport, and never leaves them', () => {
    const sizes = setUp()
    passFull(sizes, 1_000)
    expect([sizes.maxCalls, sizes.maxBytes]).toEqual([100, 10_000])
    for (let time = 0; time < 20; time++) sizes.tooManyCalls(sizes.maxCalls)
    expect(sizes.maxCalls).toBe(1)
  })

  it('halves what was refused, but is not lowered by larger sends that come back late', () => {
    const sizes = setUp()
    sizes.tooManyCalls(100)
    sizes.tooManyCalls(100)
    expect(sizes.maxCalls).toBe(50)
    sizes.tooManyBytes(8_001)
    expect([sizes.maxCalls, sizes.maxBytes]).toEqual([50, 4_001])
  })

  it('grows by a quarter after some full sends, and not by small ones', () => {
    const sizes = setUp()
    sizes.tooManyCalls(80)
    for (let time = 0; time < 100; time++) sizes.passed(39, 10)
    passFull(sizes, 7)
    expect(sizes.maxCalls).toBe(40)
    passFull(sizes, 1)
    expect(sizes.maxCalls).toBe(50)
    passFull(sizes, 100)
    expect(sizes.maxCalls).toBe(100)
  })

  it('grows the limit of bytes by sends that come near it', () => {
    const sizes = setUp()
    sizes.tooManyBytes(8_000)
    for (let time = 0; time < 8; time++) sizes.passed(1, 2_999)
    expect(sizes.maxBytes).toBe(4_000)
    for (let time = 0; time < 8; time++) sizes.passed(1, 3_000)
    expect(sizes.maxBytes).toBe(5_000)
  })

  it('tries a limit that is real less and less often', () => {
    const sizes = setUp()
    sizes.tooManyCalls(8)
    let refusals = 0
    for (let send = 0; send < 10_000; send++) {
      if (sizes.maxCalls > 4) {
        refusals++
        sizes.tooManyCalls(sizes.maxCalls)
      } else sizes.passed(sizes.maxCalls, 10)
    }
    expect(refusals).toBeLessThan(20)
    expect(sizes.maxCalls).toBeGreaterThanOrEqual(3)
  })

  it('stays at single calls when batches are refused', () => {
    const sizes = setUp()
    sizes.refuseBatches()
    passFull(sizes, 1_000)
    expect(sizes.maxCalls).toBe(1)
  })
})
