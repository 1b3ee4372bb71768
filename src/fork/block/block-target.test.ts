import { describe, expect, it } from 'vitest'
import { InvalidHexError, InvalidInputError } from '../../diagnostics/errors.ts'
import type { ForkBlockTag } from './block-target.ts'
import { parseBlockTag } from './block-target.ts'

const HASH = `0x${'aB'.repeat(32)}` as const

describe('parseBlockTag', () => {
  it.each([
    [0, 0n],
    [19_000_000, 19_000_000n],
    [2n ** 60n, 2n ** 60n],
    ['latest', 'latest'],
    ['safe', 'safe'],
    ['finalized', 'finalized'],
    ['earliest', 'earliest'],
    [HASH, HASH.toLowerCase()],
  ] as const)('takes %s', (tag, target) => {
    expect(parseBlockTag(tag)).toBe(target)
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 60, -1n, 'Latest', '19', '', null, undefined, {}, true])(
    'refuses %s',
    (tag) => {
      expect(() => parseBlockTag(tag as ForkBlockTag)).toThrow(InvalidInputError)
    },
  )

  it.each(['0x', '0x10', `${HASH}00`, `0x${'zz'.repeat(32)}`])('refuses the hash %s', (tag) => {
    expect(() => parseBlockTag(tag as ForkBlockTag)).toThrow(InvalidHexError)
  })

  it('says why a pending block cannot be pinned', () => {
    expect(() => parseBlockTag('pending' as ForkBlockTag)).toThrow(/keeps changing/)
  })
})
