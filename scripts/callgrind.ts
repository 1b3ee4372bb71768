/**
 * Counts the instructions and allocations of a program's operations with callgrind. The program
 * requests one profile for each operation, named `NAME, N times`, as `core/cost/main.zig` does.
 * Only what runs inside functions of the C ABI is counted. This module has no limits to compare
 * with.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ScriptError } from './project.ts'

/** Totals of one operation that was repeated `times` times. */
export interface Cost {
  readonly times: number
  /** Without those of the allocator, which differs between users of the core. */
  readonly instructions: number
  /** Calls of malloc and similar functions. */
  readonly allocations: number
}

/** Costs by name of operation, in the order in which they were counted. */
export type Costs = Readonly<Record<string, Cost>>

const valgrind = 'valgrind'

/** Names of the functions of the C ABI. A profile collects only while one of them runs. */
const counted = ['state_manager_*', 'fork_backend_*', 'forkstate_*']

const allocating: ReadonlySet<string> = new Set([
  'aligned_alloc',
  'calloc',
  'malloc',
  'memalign',
  'posix_memalign',
  'realloc',
])
const allocator: ReadonlySet<string> = new Set([...allocating, 'free', 'malloc_usable_size'])

/** Why instructions cannot be counted here; undefined if they can. */
export function whyNotCountable(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return 'the counted program runs on x64 Linux only'
  }
  return spawnSync(valgrind, ['--version']).status === 0 ? undefined : 'valgrind is not installed'
}

/**
 * Runs the program under callgrind.
 *
 * @throws ScriptError if the program fails or leaves no profiles.
 */
export function countCosts(program: string): Costs {
  const folder = mkdtempSync(path.join(tmpdir(), 'forkstate-cost-'))
  try {
    runCallgrind(program, folder)
    return readCosts(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runCallgrind(program: string, folder: string): void {
  const args = ['--tool=callgrind', '--callgrind-out-file=profile', '--dump-line=no']
  args.push('--compress-strings=no', '--compress-pos=no')
  args.push(...counted.map((pattern) => `--toggle-collect=${pattern}`))
  const { status, signal, stderr, error } = spawnSync(valgrind, [...args, program], {
    // A personal .valgrindrc or the size of the environment must not change the counts.
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  })
  if (error) throw new ScriptError(`cannot run valgrind: ${error.message}`)
  if (status !== 0) {
    throw new ScriptError(`${program} under valgrind: exit ${status ?? signal}\n${stderr}`)
  }
}

function readCosts(folder: string): Costs {
  // Requested profiles are numbered. The one that is written at the end has no number.
  const numbers = readdirSync(folder)
    .map((name) => Number(/^profile\.(\d+)$/.exec(name)?.[1]))
    .filter((number) => Number.isInteger(number))
    .sort((a, b) => a - b)
  if (numbers.length === 0) throw new ScriptError('callgrind wrote no profiles')
  return Object.fromEntries(
    numbers.map((number) =>
      readProfile(readFileSync(path.join(folder, `profile.${number}`), 'utf8')),
    ),
  )
}

/**
 * Reads the name and cost of an operation from its profile in callgrind's format.
 *
 * @throws ScriptError if the profile has no name, or no instruction was counted.
 */
export function readProfile(profile: string): readonly [name: string, cost: Cost] {
  const [, name, times] = /^desc: Trigger: Client Request: (.*), (\d+) times$/m.exec(profile) ?? []
  if (name === undefined) throw new ScriptError('a profile lacks the name of its operation')
  const total = Number(/^totals: (\d+)$/m.exec(profile)?.[1] ?? 0)
  const inAllocator = readAllocator(profile.split('\n'))
  const instructions = total - inAllocator.instructions
  if (!(instructions > 0)) throw new ScriptError(`no instruction was counted: ${name}`)
  return [name, { times: Number(times), instructions, allocations: inAllocator.allocations }]
}

/** The cost of calls to the allocator, and how many allocate. Calls inside it do not count. */
function readAllocator(lines: readonly string[]): Omit<Cost, 'times'> {
  let caller = ''
  let callee = ''
  let instructions = 0
  let allocations = 0
  lines.forEach((line, index) => {
    const [, key, value = ''] = /^(fn|cfn|calls)=(.*)$/.exec(line) ?? []
    if (key === 'fn') caller = functionName(value)
    if (key === 'cfn') callee = functionName(value)
    if (key !== 'calls' || !allocator.has(callee) || allocator.has(caller)) return
    // The next line holds a position and the instructions inside the calls.
    instructions += Number(lines[index + 1]?.split(' ')[1])
    if (allocating.has(callee)) allocations += Number.parseInt(value, 10)
  })
  return { instructions, allocations }
}

/** The name without the suffix that callgrind adds for recursive calls. */
function functionName(name: string): string {
  return name.replace(/'\d+$/, '')
}
