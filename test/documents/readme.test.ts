/**
 * README.md cannot rot: its programs compile, run against a real anvil and print what they say; its
 * tables name everything there is, with the numbers of the code.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as abi from '../../src/ffi/abi.gen.ts'
import { MAX_SLOTS_PER_PROOF } from '../../src/fork/fetch/chain-calls.ts'
import { MAX_READ_ROUNDS } from '../../src/fork/fetch/waiting-reads.ts'
import { DEFAULT_MAX_CACHE_BYTES, DEFAULT_MAX_CACHE_SIZE } from '../../src/fork/fork-options.ts'
import * as forkstate from '../../src/index.ts'
import type { RpcErrorFields } from '../../src/rpc/errors.ts'
import { resolveRpcOptions } from '../../src/rpc/options.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'
import { runText } from '../support/run-program.ts'
import { blocksOf, CheckedBlocks, readDocument, runnable } from './readme-blocks.ts'

const readme = readDocument('README.md')
const blocks = blocksOf(readme)

type ErrorClass = new (shortMessage: string, fields: RpcErrorFields) => forkstate.ForkStateError

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && value.prototype instanceof forkstate.ForkStateError
}

/** One error of a class; that of a recording is made of the request it lacks. */
function makeError(ErrorOfUser: ErrorClass): forkstate.ForkStateError {
  const asked = { method: '', endpoint: '', place: {} }
  if ((ErrorOfUser as unknown) === forkstate.NotRecordedError) {
    return new forkstate.NotRecordedError([], asked)
  }
  return new ErrorOfUser('', asked)
}

/** Rows of tables that name something in code font. */
function rowsOf(name: string): readonly string[] {
  const inCode = new RegExp(`\`[^\`|]*\\b${name}\\b[^\`|]*\``)
  return readme.split('\n').filter((line) => line.startsWith('|') && inCode.test(line))
}

function digits(value: number): string {
  return value.toLocaleString('en-US')
}

describe('programs', () => {
  let anvil: RpcNode

  beforeAll(async () => {
    anvil = await startAnvil()
  })
  afterAll(async () => {
    await anvil?.stop()
  })

  test('there are some, and each says what it prints', () => {
    expect(blocks.length).toBeGreaterThan(1)
    expect(blocks.filter(({ prints }) => prints.length === 0)).toEqual([])
  })

  test.each(blocks)('$title', async (block) => {
    const { code, stdout, stderr } = await runText(runnable(block, anvil.url))
    expect(code, stderr).toBe(0)
    expect(stdout.trimEnd().split('\n')).toEqual(block.prints)
  })
})

describe('tables', () => {
  let checked: CheckedBlocks

  beforeAll(() => {
    checked = new CheckedBlocks(blocks)
  })

  test('the programs compile as a strict user would compile them', () => {
    expect(checked.problems()).toEqual([])
  })

  test('every class and function that is exported is named', () => {
    const entries = ['forkstate', 'eip1193', 'ethereumjs', 'metrics', 'native', 'viem', 'wasm'].map(
      (name) => (name === 'forkstate' ? name : `forkstate/${name}`),
    )
    const names = entries.flatMap((entry) => checked.exportedValues(entry))
    expect(names).toContain('StateManager')
    expect(names.filter((name) => !readme.includes(name))).toEqual([])
  })

  test('every method and every option is named', () => {
    const types = ['StateManager', 'StateManagerOptions', 'ForkBackendOptions', 'RpcClientOptions']
    const missing = types.flatMap((type) => {
      const members = checked.membersOf('forkstate', type)
      expect(members.length).toBeGreaterThan(3)
      return members.filter((name) => rowsOf(name).length === 0).map((name) => `${type}.${name}`)
    })
    expect(missing).toEqual([])
  })

  test('every error has a row with its class and its code', () => {
    const exported: readonly unknown[] = Object.values(forkstate)
    const classes = exported.filter(isErrorClass)
    expect(classes.length).toBeGreaterThan(15)
    for (const ErrorOfUser of classes) {
      const { name, code } = makeError(ErrorOfUser)
      expect(rowsOf(name).join(), name).toContain(`| \`${code}\` |`)
    }
  })

  test('every limit of the core has a row with its value', () => {
    const limits = Object.entries(abi).filter(([name]) =>
      /^(STATE_MANAGER|FORK_BACKEND)_MAX_/.test(name),
    )
    expect(limits.length).toBeGreaterThan(5)
    const all = { ...Object.fromEntries(limits), MAX_SLOTS_PER_PROOF, MAX_READ_ROUNDS }
    for (const [name, value] of Object.entries(all)) {
      expect(rowsOf(name).join(), name).toContain(`| ${digits(Number(value))} |`)
    }
  })

  test('every default has its value', () => {
    const numbers = Object.entries(resolveRpcOptions()).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0,
    )
    expect(numbers.length).toBeGreaterThan(6)
    const all = {
      ...Object.fromEntries(numbers),
      maxCacheSize: DEFAULT_MAX_CACHE_SIZE,
      maxCacheBytes: DEFAULT_MAX_CACHE_BYTES,
    }
    for (const [name, value] of Object.entries(all)) {
      expect(rowsOf(name).join(), name).toContain(digits(value))
    }
  })

  test('every metric has its name', () => {
    using state = new forkstate.StateManager()
    const names = Object.keys(state.metrics())
    expect(names.filter((name) => rowsOf(name).length === 0)).toEqual([])
  })
})
