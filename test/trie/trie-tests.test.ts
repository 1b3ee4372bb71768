/**
 * The TrieTests of the fixtures on the core's trie, which a small program in Zig makes.
 *
 * The core has tries of hashed keys only, as the state has: keys of one length and so no values in
 * branches. The tests of the plain trie, whose keys are words of any length, are shown as skipped.
 */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Hex, isHex, keccak256, stringToHex } from 'viem'
import { describe, expect, test } from 'vitest'

import { zigEnvironment, zigPath } from '../../scripts/zig.ts'
import { describeFixtures, fixtureNames, readFixture } from '../support/fixtures.ts'
import { seededBelow } from '../support/random.ts'

/** A test of a file: entries in any order, or steps in this one. */
interface TrieTest {
  readonly in: Readonly<Record<string, string>> | readonly (readonly [string, string | null])[]
  readonly root: Hex
}

/** Random orders of a test whose order does not matter. */
const ORDERS = 20

/** Key and value; null deletes. */
type Step = readonly [key: string, value: string | null]

const source = fileURLToPath(new URL('../../core/src/trie_replay.zig', import.meta.url))

describeFixtures('TrieTests', () => {
  for (const file of fixtureNames('trie-tests')) {
    if (!/secure/i.test(file)) {
      test.skip(`${file} (keys that are not hashed)`, () => {})
      continue
    }
    describe(file, () => testFile(readFixture<Record<string, TrieTest>>(`trie-tests/${file}`)))
  }
})

function testFile(tests: Readonly<Record<string, TrieTest>>): void {
  for (const [name, { in: entries, root }] of Object.entries(tests)) {
    const isOrdered = Array.isArray(entries)
    const steps: readonly Step[] = isOrdered ? entries : Object.entries(entries)
    test(`${name}: each step by itself`, () => {
      expect(rootsOf([steps.map((step) => [step])])).toEqual([root])
    })
    test(`${name}: all at once`, () => {
      expect(rootsOf([[[...new Map(steps)]]])).toEqual([root])
    })
    if (isOrdered) continue
    test(`${name}: in ${ORDERS} random orders`, () => {
      const orders = Array.from({ length: ORDERS }, (_, seed) => shuffled(steps, seed))
      const tries = orders.map((order) => order.map((step) => [step]))
      expect(rootsOf(tries)).toEqual(orders.map(() => root))
    })
  }
}

/** A trie as the batches of steps that lead to it. */
type Batches = readonly (readonly Step[])[]

/** Roots that the core comes to. */
function rootsOf(tries: readonly Batches[]): readonly Hex[] {
  const lines = tries.flatMap((batches) => [
    'new',
    ...batches.flatMap((steps) => [...steps.map(stepLine), 'root']),
  ])
  const run = spawnSync(zigPath(), ['run', source], {
    env: zigEnvironment(),
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
  })
  expect(run.status, run.stderr).toBe(0)
  const roots = run.stdout.trim().split('\n')
  let at = -1
  return tries.map(({ length }): Hex => {
    at += length
    return `0x${roots[at]}`
  })
}

/** Keys and values that begin with `0x` are hex, all others text. */
function stepLine([key, value]: Step): string {
  return `${keccak256(hexOf(key)).slice(2)} ${hexOf(value ?? '').slice(2)}`
}

function hexOf(text: string): Hex {
  return isHex(text) ? text : stringToHex(text)
}

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const below = seededBelow(seed)
  const left = [...items]
  return items.map(() => left.splice(below(left.length), 1)[0] as Item)
}
