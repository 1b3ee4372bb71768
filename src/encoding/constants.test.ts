import { keccak256 } from 'viem'
import { expect, it } from 'vitest'
import { EMPTY_CODE_HASH, EMPTY_ROOT, ZERO_WORD } from './constants.ts'

it('the hashes of nothing are what keccak-256 makes of it', () => {
  expect(EMPTY_CODE_HASH).toBe(keccak256('0x'))
  expect(EMPTY_ROOT).toBe(keccak256('0x80'))
})

it('zero is 32 bytes', () => {
  expect(ZERO_WORD).toBe(`0x${'0'.repeat(64)}`)
})
