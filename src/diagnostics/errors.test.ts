import { describe, expect, it } from 'vitest'
import { AbortedError, DestroyedError, ForkStateError, InvalidInputError } from './errors.ts'

describe('ForkStateError', () => {
  it('says what failed, where, why and what to try', () => {
    const cause = new Error('inner')
    const error = new InvalidInputError('it failed', {
      cause,
      address: '0xaa',
      slot: '0x01',
      block: '7',
      details: 'more',
      hint: 'do this',
    })
    expect(error.message).toBe(
      'it failed\n  address: 0xaa\n  slot:    0x01\n  block:   7\n  details: more\n  try:     do this',
    )
    expect(error).toMatchObject({
      name: 'InvalidInputError',
      code: 'INVALID_INPUT',
      shortMessage: 'it failed',
      address: '0xaa',
      slot: '0x01',
      block: '7',
      details: 'more',
      hint: 'do this',
      cause,
    })
  })

  it('has no cause unless there is one', () => {
    expect('cause' in new DestroyedError('gone')).toBe(false)
    expect(new AbortedError('stop')).toBeInstanceOf(ForkStateError)
  })
})
