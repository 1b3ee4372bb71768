import { describe, expect, test } from 'vitest'
import { type Cost, readProfile } from '../../scripts/callgrind.ts'
import { compareCosts, costTable, isFailure } from '../../scripts/cost-comparison.ts'

const before: Cost = { times: 100, instructions: 28_000, allocations: 3 }

function compare(change: Partial<Cost>) {
  const [comparison, ...others] = compareCosts({ read: before }, { read: { ...before, ...change } })
  if (comparison === undefined || others.length > 0) throw new Error('not one comparison')
  return { verdict: comparison.verdict, fails: isFailure(comparison) }
}

describe('costs compared with the baseline', () => {
  test('equal counts pass', () => {
    expect(compare({})).toEqual({ verdict: 'as before', fails: false })
  })

  test('6 % more instructions fail', () => {
    expect(compare({ instructions: 29_680 })).toEqual({ verdict: 'worse', fails: true })
  })

  test('5 % more instructions pass, one more than that fails', () => {
    expect(compare({ instructions: 29_400 })).toEqual({ verdict: 'as before', fails: false })
    expect(compare({ instructions: 29_401 })).toEqual({ verdict: 'worse', fails: true })
  })

  test('one allocation more fails, however few instructions', () => {
    const worse = { verdict: 'worse', fails: true }
    expect(compare({ allocations: 4 })).toEqual(worse)
    expect(compare({ allocations: 4, instructions: 1 })).toEqual(worse)
  })

  test('6 % fewer instructions, or an allocation less, pass and are named', () => {
    const better = { verdict: 'better', fails: false }
    expect(compare({ instructions: 26_320 })).toEqual(better)
    expect(compare({ allocations: 2 })).toEqual(better)
  })

  test('fewer allocations do not pay for instructions', () => {
    expect(compare({ allocations: 0, instructions: 29_680 }).verdict).toBe('worse')
  })

  test('an operation that is done another number of times fails', () => {
    expect(compare({ times: 200, instructions: 56_000 })).toEqual({
      verdict: 'unknown',
      fails: true,
    })
  })

  test('an operation on one side only fails', () => {
    const comparisons = compareCosts({ old: before }, { new: before })
    expect(comparisons.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['new', 'unknown'],
      ['old', 'gone'],
    ])
    expect(comparisons.every(isFailure)).toBe(true)
  })

  test('the table names operation, counts per operation, and change', () => {
    const now = { ...before, instructions: 29_680 }
    const comparisons = compareCosts({ read: before, old: before }, { read: now })
    const cells = costTable(comparisons)
      .split('\n')
      .map((line) => line.split(/ {2,}/))
    expect(cells).toEqual([
      ['operation', 'instructions', 'baseline', 'change', 'allocations', 'baseline'],
      ['read', '296.8', '280', '+6.0 %', '0.03', '0.03', 'worse'],
      ['old', '-', '280', '-', '-', '0.03', 'gone'],
    ])
  })
})

const profile = `# callgrind format
desc: Trigger: Client Request: branch, destroy it, 100 times
events: Ir
summary: 232675

fn=state_manager_branch
0 100
cfn=posix_memalign
calls=300 0
0 1200
cfn=free
calls=300 0
0 900

fn=posix_memalign
cfn=malloc'2
calls=300 0
0 600

fn=tables.grow'2
cfn=realloc
calls=2 0
0 60
totals: 232675
`

describe('a profile of callgrind', () => {
  test('gives name, total without the allocator, and allocations from outside it', () => {
    expect(readProfile(profile)).toEqual([
      'branch, destroy it',
      { times: 100, instructions: 232_675 - 1_200 - 900 - 60, allocations: 302 },
    ])
  })

  test('without a name, or with nothing counted, is an error', () => {
    const nothing = 'no instruction was counted: branch, destroy it'
    expect(() => readProfile(profile.replace(/^desc:.*$/m, ''))).toThrow('lacks the name')
    expect(() => readProfile(profile.replace(/^totals:.*$/m, ''))).toThrow(nothing)
    expect(() => readProfile(profile.replace(/^totals:.*$/m, 'totals: 0'))).toThrow(nothing)
  })
})
